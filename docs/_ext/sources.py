"""`{src}`, and the pages that list minimp's own files.

    {src}`minimp.heap.Heap.free`, {src}`multiprocessing.heap.Heap.free`,
    {src}`Modules/_multiprocessing/semaphore.c`

A symbol is linked to where it is defined, a path to that file of CPython's tree.
minimp's files have pages here, `source/minimp/heap`, with an anchor a line: links
to them stay inside the site, and so cannot be dead.
"""

import functools
from pathlib import Path

from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.util.docutils import SphinxRole

from compare import pairs

from . import links

PACKAGE = pairs.ROOT / "minimp"


def page_name(path: Path) -> str:
    """The name of the page that lists the file at *path*."""
    return f"source/{path.parent.name}/{path.stem}"


def note_package(env) -> None:
    """Have the page read anew when any file of minimp changes: it shows a run."""
    for path in PACKAGE.glob("*.py"):
        env.note_dependency(str(path))


def reference(symbol, text: nodes.Node, release=None) -> nodes.reference:
    """A link to where *symbol* is defined; `resolve` completes those to own pages.

    *release* is the version of CPython that it is of, if not this one.
    """
    if links.is_own(symbol.dotted):
        where = page_name(symbol.path), f"L{symbol.first}"
        return nodes.reference("", "", text, internal=True, listing=where)
    uri = links.cpython_lines(symbol.path, symbol.first, symbol.last, release)
    return nodes.reference("", "", text, internal=False, refuri=uri)


def resolve(app, doctree, docname):
    """Point links into minimp's sources at the pages that list them."""
    if app.builder.format != "html":
        return  # there are no such pages; the text alone remains
    for link in doctree.findall(nodes.reference):
        if "listing" in link:
            page, anchor = link["listing"]
            uri = app.builder.get_relative_uri(docname, page)
            link["refuri"] = f"{uri}#{anchor}"


class SrcRole(SphinxRole):
    """A symbol, or a file of CPython's tree, linked to its source."""

    def run(self):
        if "/" in self.text:
            uri = links.cpython_file(self.text)
            text = nodes.literal("", self.text)
            return [nodes.reference("", "", text, internal=False, refuri=uri)], []
        try:
            symbol = pairs.find(self.text)
        except LookupError as error:
            message = self.inliner.reporter.error(error.args[0], line=self.lineno)
            return [], [message]
        self.env.note_dependency(str(symbol.path))
        text = nodes.literal("", links.short(self.text))
        return [reference(symbol, text)], []


@functools.cache  # the tests build many a site
def numbered(text: str) -> str:
    """*text* as highlighted HTML with a linked number before each line."""
    lines = highlight(text, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    return "".join(
        f'<span class="l" id="L{n}"><a href="#L{n}">{n:>4}</a>  {line}\n</span>'
        for n, line in enumerate(lines.removesuffix("\n").split("\n"), 1)
    )


def pages(app):
    """Yield (name, context, template) for each file, as Sphinx asks for them."""
    for path in sorted(PACKAGE.glob("*.py")):
        title = f"minimp/{path.name}"
        code = numbered(path.read_text("utf-8"))
        body = (
            f"<h1>{title}</h1>\n"
            f'<div class="listing highlight"><pre><code>{code}</code></pre></div>'
        )
        yield page_name(path), {"title": title, "body": body}, "page.html"


def setup(app):
    app.add_config_value("cpython", "", "env", str)
    app.add_role("src", SrcRole())
    app.connect("doctree-resolved", resolve)
    app.connect("html-collect-pages", pages)
