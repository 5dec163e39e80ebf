"""`{transcript} lost_update`: what a program prints, under both implementations.

The program is one of `compare/programs`; it runs while the site is built, once a
build. Where both print the same, that is shown once; where they differ, both are
shown and the build warns. `:method:` names the start method, fork by default;
`:source:` shows the program before its output.
"""

import functools
import platform
from concurrent.futures import ThreadPoolExecutor

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from compare import probe

from .sources import note_package

logger = logging.getLogger(__name__)
DEFAULT = "fork"  # of `python -m compare run`, too
VARIES = "(varies)"  # what a program prints behind such a figure
NAMES = {"cpython": f"CPython {platform.python_version()}", "minimp": "minimp"}


@functools.cache
def runs_of(program: str, method: str) -> dict[str, probe.Transcript]:
    """Implementation -> its run, both at a time; LookupError for an unknown program."""
    with ThreadPoolExecutor(len(NAMES)) as pool:
        runs = pool.map(lambda impl: probe.run(program, impl, method), NAMES)
        return dict(zip(NAMES, runs, strict=True))


def shown(run: probe.Transcript) -> str:
    """What *run* printed: as it is compared, but with the figures that vary."""
    pairs = zip(run.stdout.splitlines(), run.lines, strict=True)
    return "\n".join(raw if VARIES in raw else line for raw, line in pairs)


class TranscriptDirective(SphinxDirective):
    """The output of a program, and whether both implementations agree."""

    required_arguments = 1
    option_spec = {
        "method": lambda text: directives.choice(text, probe.START_METHODS),
        "source": directives.flag,
    }

    def run(self):
        program = self.arguments[0]
        method = self.options.get("method", DEFAULT)
        try:
            runs = runs_of(program, method)
        except LookupError as error:
            raise self.error(f"transcript: {error.args[0]}") from error
        self.env.note_dependency(str(probe.PROGRAMS / f"{program}.py"))
        note_package(self.env)
        found = []
        if "source" in self.options:
            text = probe.PROGRAMS.joinpath(f"{program}.py").read_text("utf-8").rstrip()
            found.append(self.block(text, "python", f"compare/programs/{program}.py"))
        ours, theirs = runs["minimp"], runs["cpython"]
        how = "" if method == DEFAULT else f" --method {method}"
        command = f"$ python -m compare run {program}{how}"
        failures = {impl: run.failure for impl, run in runs.items() if run.failure}
        if ours.lines == theirs.lines and not failures:
            who = f"the same under {NAMES['cpython']} and minimp"
            return [*found, self.block(shown(ours), "text", command, who)]
        self.complain(program, failures)
        for impl, name in NAMES.items():
            text = f"{shown(runs[impl])}\n{runs[impl].failure}".strip()
            found.append(self.block(text, "text", command, f"under {name}"))
        return found

    def complain(self, program, failures):
        what = "; ".join(f"{impl}: {text}" for impl, text in failures.items())
        logger.warning(
            f"transcript {program}: {what or 'the two implementations differ'}",
            location=self.get_location(),
            type="transcript",
        )

    def block(self, text, language, *caption):
        """A block of code with its caption: a command, and what came of it."""
        code = nodes.literal_block(text, text, language=language)
        self.set_source_info(code)
        first, *rest = caption
        line = nodes.paragraph("", "", nodes.literal("", first), translatable=False)
        line += [nodes.Text(f" {words}") for words in rest]
        line["classes"] = ["transcript-line"]
        return nodes.container("", line, code, classes=["transcript"])


def setup(app):
    app.add_directive("transcript", TranscriptDirective)
