"""Two workers of a Pool talk through one Queue, which its initializer has given them.

See that Ann finds no answer at first, and tries again. Both use the same Queue, which
does not know who has put what: if Ann did not wait for Bob, she would get her own
question back.
"""

import queue

shared = {}  # in a worker: what the initializer put there
PATIENCE = (0.1, 20, 40)  # seconds for each try


def initialize(talk, bob_has_it, ann_has_tried):
    shared.update(talk=talk, bob_has_it=bob_has_it, ann_has_tried=ann_has_tried)


def ann():
    shared["talk"].put("Dinner tonight?")
    shared["bob_has_it"].wait()
    for number, seconds in enumerate(PATIENCE, 1):
        try:
            return f"try {number}: {shared['talk'].get(timeout=seconds)}"
        except queue.Empty:
            shared["ann_has_tried"].set()
    return "no answer"


def bob():
    question = shared["talk"].get()
    shared["bob_has_it"].set()
    shared["ann_has_tried"].wait()  # he is slow
    shared["talk"].put("Not tonight.")
    return question


def main(mp):
    shares = mp.Queue(), mp.Event(), mp.Event()
    with mp.Pool(2, initialize, shares) as pool:
        answer, question = pool.apply_async(ann), pool.apply_async(bob)
        print("Bob gets:", question.get())
        print("Ann gets:", answer.get())
