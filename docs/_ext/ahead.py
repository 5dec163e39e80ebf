"""Runs programs before the first page is read, several at a time.

Most of the time that a build takes, it waits for programs. Those of transcripts, and
of figures that say so by `@ahead`, run here; their results are cached where they are
made. All have ended when the first page is read, for other figures measure.
"""

import os
import re
from concurrent.futures import ThreadPoolExecutor

from .computed import resolve
from .transcript import DEFAULT, runs_of

TRANSCRIPT = re.compile(
    r"^:{3,}\{transcript\} (?P<program>\w+)$"
    r"(\n:(method: (?P<method>\w+)|source:)$)*",
    re.MULTILINE,
)
FIGURE = re.compile(r"(?:\{computed\}[ `]|^:from: )(_ext\.figures[\w.]+)", re.MULTILINE)


def wanted(text: str):
    """Yield the calls, (function, *arguments), that a page needs."""
    for found in TRANSCRIPT.finditer(text):
        yield runs_of, found["program"], found["method"] or DEFAULT
    for dotted in FIGURE.findall(text):
        try:
            function = resolve(dotted)
        except LookupError:
            continue  # the page will say so
        if getattr(function, "ahead", False):
            yield (function,)


def run(app, env, docnames):
    """Run what the pages need that will be read.

    What fails is told on its page: nothing is cached of it.
    """
    texts = [env.doc2path(name).read_text("utf-8") for name in docnames]
    calls = dict.fromkeys(call for text in texts for call in wanted(text))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for call in calls:
            pool.submit(*call)


def setup(app):
    app.connect("env-before-read-docs", run)
