"""Writes the pieces of Markdown that more than one page of the site is made of."""

ISSUES = "https://github.com/python/cpython/issues"


def table(head, rule, rows):
    """Return a table; all cells are str, `rule` is its second line, as "|:--|--:|"."""
    return "\n".join([line(head), rule, *map(line, rows)])


def line(cells):
    """Return a line of a table."""
    return f"| {' | '.join(cells)} |"


def issue(number):
    """Return a link to an issue of CPython."""
    return f"[gh-{number}]({ISSUES}/{number})"
