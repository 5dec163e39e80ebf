"""Puts CPython's multiprocessing and minimp side by side.

Run it from the checkout: `python -m compare`.
"""
