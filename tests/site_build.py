"""Builds the docs site once for all tests that look at it."""

import functools
import shutil
import tempfile
import weakref
from pathlib import Path

import pytest

from compare import site


class Site:
    """The built site: its directory, and the names of its pages."""

    def __init__(self):
        self.root = Path(tempfile.mkdtemp(prefix="minimp-site-"))
        weakref.finalize(self, shutil.rmtree, self.root, ignore_errors=True)
        self.status = site.build(self.root)

    def pages(self):
        """The paths of all pages, relative to the root, sorted."""
        found = self.root.rglob("*.html")
        return sorted(path.relative_to(self.root).as_posix() for path in found)

    def chapters(self):
        """The pages that were written, not generated."""
        generated = {"genindex.html", "search.html"}
        return [
            page
            for page in self.pages()
            if page not in generated and not page.startswith("source/")
        ]

    def read(self, page):
        return self.root.joinpath(page).read_text("utf-8")


@functools.cache
def _site():
    return Site()


def built():
    """The Site; skips where Sphinx or the theme is missing, fails if it warns."""
    for module in ("sphinx", "furo", "myst_parser"):
        pytest.importorskip(module)
    if _site().status:
        pytest.fail("the docs do not build without a warning", pytrace=False)
    return _site()
