"""Measures how fast both sides are, operation by operation, and how cost grows.

The sides of an operation take turns, round after round, so that what else the machine
does hits them alike. `operations` says what is measured, `growth` with what it grows,
`measuring` how; `table` and `plots` show it, and `record` keeps it for the site.
"""

from compare.bench.command import main
from compare.bench.measuring import Figures, child, measure, named
from compare.bench.operations import LIMIT, OPERATIONS, PLACES

__all__ = [
    "LIMIT",
    "OPERATIONS",
    "PLACES",
    "Figures",
    "child",
    "main",
    "measure",
    "named",
]
