"""Runs the examples of the chapters as tests, each page from a clean start."""

from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser()],
    patterns=["*.md"],
    excludes=["_build/*", "exercises/*/hints.md"],  # hints are no whole programs
).pytest()
