"""Brings the docs site up to date, once for all tests that look at it.

Only the tests that need Sphinx import it: a process that has it takes longer to fork.
"""

import functools

import pytest

from compare import site


class Site:
    """The built site: its directory, and the names of its pages."""

    def __init__(self):
        self.root = site.OUT
        for page in self.pages():  # one whose source is gone would stay
            self.root.joinpath(page).unlink()
        self.status = site.build()

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
    need_sphinx()
    if _site().status:
        pytest.fail("the docs do not build without a warning", pytrace=False)
    return _site()


def run_sphinx(source, conf, out, trees, builder, warning):
    """Run Sphinx in this process; what it warns of is written to `warning`."""
    need_sphinx()
    application = pytest.importorskip("sphinx.application")
    docutils = pytest.importorskip("sphinx.util.docutils")
    with docutils.docutils_namespace(), docutils.patch_docutils(conf):
        application.Sphinx(
            source, conf, out, trees, builder, status=None, warning=warning
        ).build()


def need_sphinx():
    """Skip the test where Sphinx or the theme is missing."""
    for module in ("sphinx", "furo", "myst_parser"):
        pytest.importorskip(module)
