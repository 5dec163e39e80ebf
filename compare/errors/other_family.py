"""You gave an IPv6 address, and CPython takes every pair for an IPv4 one.

The family of the socket follows from the form of the address: a pair means `AF_INET`.
minimp looks at the host.

Text: gaierror: [Errno -9] Address family for hostname not supported
minimp: ConnectionRefusedError: [Errno 111] Connection refused
Code: multiprocessing.connection.address_type
Do: Give an IPv4 address, or a name that has one.
Read: across-machines#the-address
"""

import importlib


def main(mp):
    connection = importlib.import_module(f"{mp.__name__}.connection")
    connection.Client(("::1", 1))
