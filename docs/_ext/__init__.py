"""The machinery of the docs site: one Sphinx extension in small modules.

`excerpt`, `links`, `palette` and `pictures` know nothing of Sphinx; `figures` holds
what the chapters' figures are made by; each other module begins with the directives
and roles that it adds.
"""

from . import (
    ahead,
    chain,
    computed,
    conversation,
    exercise,
    lanes,
    marks,
    memmap,
    navigation,
    pair,
    pair_html,
    sources,
    tags,
    transcript,
)

PARTS = (
    pair,
    pair_html,
    marks,
    sources,
    lanes,
    memmap,
    transcript,
    conversation,
    computed,
    ahead,
    tags,
    chain,
    exercise,
    navigation,
)


def setup(app):
    """Add every directive, role and transform of the site to *app*."""
    for part in PARTS:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
