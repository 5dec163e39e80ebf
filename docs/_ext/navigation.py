"""The page's own sections, in the left column below the page's name.

Furo marks the section being read only in a list inside `.toc-scroll > .toc-tree`,
and only while its own right column is empty (see `_templates/page.html`).
"""

import re

from docutils import nodes
from sphinx.environment.adapters.toctree import TocTree

CURRENT = re.compile(r'<a class="current reference internal" href="#">(.*?)</a>')
# A branch that the page is not in, such as the exercises: many pages, on each page.
SHUT = re.compile(
    r'(<li class="toctree-l1) has-children("><a [^>]*>[^<]*</a>)<input.*?</ul>\n?',
    re.DOTALL,
)
CAPTION = 'role="heading"'


def sections(app, pagename: str) -> str:
    """The sections of a page as an HTML list; '' if it has none."""
    if pagename not in app.env.tocs:
        return ""
    toc = TocTree(app.env).get_toc_for(pagename, app.builder)
    lists = [
        node for item in toc for node in item if isinstance(node, nodes.bullet_list)
    ]
    return "".join(app.builder.render_partial(part)["fragment"] for part in lists)


def with_sections(tree: str, own: str) -> str:
    """*tree*, the navigation's HTML, with *own* below the current page."""
    tree = SHUT.sub(r"\1\2", tree)
    tree = tree.replace(CAPTION, CAPTION + ' aria-level="2"')
    here = r'<a class="current reference internal" href="#" aria-current="page">\1</a>'
    if own:
        own = f'<div class="toc-scroll"><div class="toc-tree">{own}</div></div>'
    return CURRENT.sub(lambda match: match.expand(here) + own, tree)


def add_navigation(app, pagename, templatename, context, doctree):
    """Give the template `site_navigation`; after furo has made its tree."""
    tree = context["furo_navigation_tree"]
    context["site_navigation"] = with_sections(tree, sections(app, pagename))


def setup(app):
    app.connect("html-page-context", add_navigation, priority=600)
