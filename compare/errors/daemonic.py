"""A daemonic process, such as a worker of a `Pool`, tried to start a process.

A daemonic process is killed when its parent ends; its own children would be left alone.
A manager is a process too, so `Manager()` inside a task raises this.

Text: AssertionError: daemonic processes are not allowed to have children
Code: multiprocessing.process.BaseProcess.start
Do: Make the manager before the pool and pass proxies, or use `concurrent.futures`.
Read: how-a-process-ends#ending-others
"""

import importlib


def start_one(name):
    importlib.import_module(name).Manager()


def main(mp):
    with mp.Pool(1) as pool:
        pool.apply(start_one, (mp.__name__,))
