"""What programs print that cannot be in `compare/programs`.

There, both implementations have to print the same, and nothing may go wrong; the
programs here differ, or belong to one side. They lie beside this file.
"""

from pathlib import Path

from compare import probe

from ..transcript import runs_of

HERE = Path(__file__).parent


def ahead(figure):
    """Let *figure* be made before the pages are read, while other programs run.

    It only shows what its programs print, which are cached: it will be asked again.
    """
    figure.ahead = True
    return figure


def run(name: str, impl: str, method: str = "fork") -> probe.Transcript:
    """The run of figures/*name*.py under one implementation; both run, once."""
    return runs_of(str(HERE / f"{name}.py"), method)[impl]


def printed(name: str, impl: str, method: str = "fork") -> str:
    """What it printed; RuntimeError if it failed."""
    return _stdout(run(name, impl, method))


def alone(name: str, impl: str, method: str = "fork") -> str:
    """The same, but the other implementation does not run meanwhile, or at all."""
    return _stdout(probe.run(str(HERE / f"{name}.py"), impl, method))


def _stdout(done: probe.Transcript) -> str:
    if done.failure:
        how = f"{done.program}, {done.impl}, {done.method}: {done.failure}"
        raise RuntimeError(f"{how}\n{done.stderr}")
    return done.stdout


def block(text: str, language: str = "text") -> str:
    """*text* as Markdown."""
    return f"```{language}\n{text.rstrip()}\n```"
