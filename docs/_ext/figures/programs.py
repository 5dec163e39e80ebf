"""What programs print that cannot be in `compare/programs`.

There, both implementations have to print the same, and nothing may go wrong; the
programs here differ, or belong to one side. They lie beside this file.
"""

from pathlib import Path

from compare import probe

HERE = Path(__file__).parent


def run(name: str, impl: str, method: str = "fork") -> probe.Transcript:
    """Run figures/*name*.py under one implementation."""
    return probe.run(str(HERE / f"{name}.py"), impl, method)


def printed(name: str, impl: str, method: str = "fork") -> str:
    """What it printed; RuntimeError if it failed."""
    done = run(name, impl, method)
    if done.failure:
        raise RuntimeError(f"{name}, {impl}, {method}: {done.failure}\n{done.stderr}")
    return done.stdout


def block(text: str, language: str = "text") -> str:
    """*text* as Markdown."""
    return f"```{language}\n{text.rstrip()}\n```"
