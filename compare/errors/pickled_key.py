"""An object that holds a key, such as a `Process` or a manager, was pickled.

Whoever has the key can have any code run in the server. So it may be sent only to a
child that is being spawned.

Text: TypeError: Pickling an AuthenticationString object is disallowed for security
    reasons
Code: multiprocessing.process.AuthenticationString.__reduce__
Do: Pass a proxy or an address instead; a bound method takes its object along, and all
    that this holds.
Read: who-are-you#where-keys-come-from
"""

import pickle


def main(mp):
    pickle.dumps(mp.current_process().authkey)
