"""Programs that raise what people paste into a search engine.

Each has a `main(mp)`, and a docstring with the fields that `compare.tracebacks` reads.
"""
