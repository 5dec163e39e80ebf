"""How the docs site is built: `python -m compare site`."""

import platform
import sys
import tomllib
from pathlib import Path

DOCS = Path(__file__).resolve().parent
# The site reads, and runs, the checkout that it stands in.
sys.path[:0] = [str(DOCS.parent), str(DOCS)]

project = "minimp"
_pyproject = tomllib.loads(DOCS.parent.joinpath("pyproject.toml").read_text("utf-8"))
version = release = _pyproject["project"]["version"]
language = "en"

extensions = ["myst_parser", "_ext"]
cpython = platform.python_version()  # another one: every page is read anew
# Of an exercise, only the task is a page; it shows the other files.
exclude_patterns = ["_build", "exercises/*/hints.md", "exercises/*/after.md"]
nitpicky = True
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
linkcheck_anchors_ignore = [r"L\d+(-L\d+)?"]  # GitHub makes these by script

html_theme = "furo"
html_title = "minimp"
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["tokens.css", "layout.css", "pair.css", "figures.css", "print.css"]
# The words a script shows stand here, so that a translation reaches them.
html_js_files = [
    (
        "minimp.js",
        {
            "defer": "defer",
            "data-copy": "copy",
            "data-copied": "copied",
            "data-copy-code": "Copy this code",
            "data-copy-all": "Copy all of",
            "data-first": "first",
            "data-back": "back",
            "data-next": "next",
            "data-all": "all",
            "data-step": "step {} of {}",
            "data-steps": "{} steps",
        },
    )
]
html_context = {"python_version": cpython}
html_theme_options = {"top_of_page_buttons": []}
html_copy_source = False
html_show_copyright = False
pygments_style = "_ext.palette.Light"
pygments_dark_style = "_ext.palette.Dark"
