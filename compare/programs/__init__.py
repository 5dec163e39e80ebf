"""Programs that share memory; each has a `main(mp)` and runs on either implementation.

`python -m compare run NAME` runs one under both. Workers get all that they share as
arguments: only so do they work under every start method.
"""
