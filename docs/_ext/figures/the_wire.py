"""What two programs say over their connections, in figures."""

import platform

from compare import probe, wire

from ..conversation import recorded

PROGRAMS = ("manager_calls", "managed_nested")


def cpython() -> str:
    """CPython with its version."""
    return f"CPython {platform.python_version()}"


def counted() -> str:
    """How much is said in the first program, as Markdown."""
    counts = [recorded(PROGRAMS[0], impl).counts() for impl in probe.NAMES]
    heads = [f"`{PROGRAMS[0]}`", *probe.NAMES.values()]
    lines = [f"| {' | '.join(heads)} |", "|:--|--:|--:|"]
    for what in dict.fromkeys(what for one in counts for what in one):
        name = f"`{what.strip()}`" if what.startswith(" ") else what
        lines.append(f"| {name} | {' | '.join(f'{one[what]:,}' for one in counts)} |")
    return "\n".join(lines)


def verdicts() -> str:
    """What the verb says of the two programs, as Markdown."""
    lines = []
    for name in PROGRAMS:
        judged = wire.verdict(*(recorded(name, impl) for impl in probe.NAMES))
        lines += [f"`{name}`: {judged.word}", f": {judged.said}", ""]
    return "\n".join(lines)
