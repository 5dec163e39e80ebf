"""What a process that starts has of its parent, and what happens first."""

import functools
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from compare import probe, source
from compare.probe import START_METHODS

from ..lanes import Table
from ..transcript import runs_of
from . import programs

WATCH = Path(__file__).with_name("watch")
TIMEOUT = 60  # seconds

# --- what a child has


@programs.ahead
def found() -> str:
    """What the child of each start method says that it has, as Markdown."""
    columns = [answers(method) for method in START_METHODS]
    lines = [f"| the child has | {' | '.join(START_METHODS)} |", "|:--|:--|:--|:--|"]
    for what, first in columns[0].items():
        cells = [column[what] for column in columns]
        if len(set(cells)) > 1:
            cells = [f"**{cell}**" if cell != first else cell for cell in cells]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    return "\n".join(lines)


WORDS = {"True": "yes", "False": "no"}


def answers(method) -> dict[str, str]:
    """What is asked -> the answer, the same under both."""
    runs = runs_of("what_a_child_has", method)
    if any(run.failure for run in runs.values()):
        raise RuntimeError(f"what_a_child_has fails under {method}")
    if runs["cpython"].lines != runs["minimp"].lines:
        raise RuntimeError(f"what_a_child_has differs under {method}")
    pairs = (line.split(": ", 1) for line in runs["minimp"].lines)
    return {
        re.sub(r"sys\.path|os\.environ|start\(\)", r"`\g<0>`", what): shown(answer)
        for what, answer in pairs
    }


def shown(answer):
    return WORDS.get(answer) or (answer if answer.isdigit() else f"`{answer}`")


# --- what happens


@functools.cache
def watched(name: str, *args: str) -> list[dict]:
    """The moments of a run of watch/*name*.py, in their order."""
    with probe.folder() as folder:
        log = Path(folder, "log")
        environ = {
            "WATCH": str(log),
            "PYTHONPATH": os.pathsep.join([str(WATCH), str(source.ROOT)]),
            "PYTHONDONTWRITEBYTECODE": "",  # or each child would compile all
            "TMPDIR": folder,
        }
        done = subprocess.run(
            [sys.executable, "-P", WATCH / f"{name}.py", *args],
            env=os.environ | environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        if done.returncode or done.stderr:
            raise RuntimeError(f"{name}: {done.returncode}, {done.stderr}")
        rows = [json.loads(line) for line in log.read_text().splitlines()]
    return sorted(rows, key=lambda row: row["at"])


SPEAKERS = {
    "child": "",
    "server": "*fork server:* ",
    "tracker": "*{term}`resource tracker`:* ",
}


def lanes(method, caption):
    rows = watched("start", method)
    called = next(r["at"] for r in rows if "calls `child.start()`" in r["text"])
    table = []
    for row in rows:
        ms = f"{(row['at'] - called) / 1e6:.1f}" if row["at"] >= called else ""
        if row["who"] == "parent":
            table.append((row["text"], ms, ""))
        else:
            table.append(("", ms, SPEAKERS[row["who"]] + row["text"]))
    right = "Child" if method == "fork" else "Child, and others"
    return Table(caption, ("Parent", "ms", right), table)


def forked() -> Table:
    return lanes("fork", "A child that is forked")


def spawned() -> Table:
    return lanes("spawn", "A child that is spawned")


def served() -> Table:
    return lanes("forkserver", "The first child of a fork server")


def program() -> str:
    """watch/start.py without the words around it, as Markdown."""
    text = WATCH.joinpath("start.py").read_text("utf-8")
    return programs.block(text[text.index("class Luggage") :], "python")


program.reads = [WATCH / "start.py"]

# --- without a guard

UNGUARDED = """\
import multiprocessing as mp

print("executes this file as", __name__)
mp.set_start_method("spawn", force=True)
child = mp.Process(target=print, args=("in the child",))
child.start()
child.join()
print("exit code", child.exitcode)
"""
FRAMES = re.compile(r"(?m)^  File .*\n(?:    .*\n)*")


@programs.ahead
def unguarded() -> str:
    """A program without a guard, and what it prints, as Markdown."""
    outputs = {run_unguarded(module) for module in probe.MODULES.values()}
    if len(outputs) > 1:
        raise RuntimeError("the two implementations say different things")
    shown = programs.block(outputs.pop())
    return f"{programs.block(UNGUARDED, 'python')}\n\n{shown}"


@functools.cache
def run_unguarded(module) -> str:
    """What is printed by the program, and to standard error, without the frames."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "program.py")
        text = UNGUARDED.replace("multiprocessing", module)
        path.write_text(text, "utf-8")
        done = subprocess.run(
            [sys.executable, "-u", path],
            env=os.environ | {"PYTHONPATH": str(source.ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
        )
    short = FRAMES.sub("", done.stdout)
    short = short.replace("last):\n", "last):\n  ...\n")
    return "\n".join(line.rstrip() for line in short.splitlines())


# --- what was typed in

TYPED = """\
import multiprocessing as mp
mp.set_start_method("spawn")
def greet(): print("hello")
mp.Process(target=greet).start()
"""


@programs.ahead
def typed() -> str:
    """Lines as they are typed in, and what the child says of them, as Markdown."""
    said = set()
    for module in probe.MODULES.values():
        done = subprocess.run(
            [sys.executable, "-c", TYPED.replace("multiprocessing", module)],
            env=os.environ | {"PYTHONPATH": str(source.ROOT)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        said.add(done.stderr.splitlines()[-1])
    if len(said) > 1:
        raise RuntimeError(f"the two implementations say different things: {said}")
    lines = "\n".join(f">>> {line}" for line in TYPED.splitlines())
    return programs.block(f"{lines}\n{said.pop()}")
