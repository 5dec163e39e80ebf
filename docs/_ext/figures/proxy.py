"""What proxies do: their messages, their errors, and what an interruption does."""

from concurrent.futures import ThreadPoolExecutor

from compare import bench, wire
from compare.probe import NAMES

from . import programs
from .statements import STATEMENTS

ROUNDS = 40

# --- messages


def messages() -> str:
    """How many requests each statement makes, as Markdown."""
    with ThreadPoolExecutor(len(NAMES)) as pool:
        theirs, ours = pool.map(_requests, NAMES)
    lines = [
        "| statement | object | CPython | minimp |",
        "|---|--:|--:|--:|",
    ]
    for text, (to_object, to_server), other in zip(
        STATEMENTS, theirs, ours, strict=True
    ):
        if other[0] != to_object:
            raise RuntimeError(f"{text}: the implementations differ")
        lines.append(
            f"| `{text}` | {to_object} | {to_server or ''} | {other[1] or ''} |"
        )
    return "\n".join(lines)


def _requests(impl):
    """Return (requests to objects, to the server itself) for each statement."""
    found = wire.record(str(programs.HERE / "statements.py"), impl)
    if found.run.failure:
        raise RuntimeError(f"{impl}: {found.run.failure}\n{found.run.stderr}")
    kinds = []
    for one in found.messages:
        if one.asks and "'is_set'" in one.text:
            kinds.append([])
        elif one.asks and kinds:
            kinds[-1].append(one.kind)
    del kinds[-1]  # the end of the manager
    return [(kind.count("object"), kind.count("server")) for kind in kinds]


# --- an interrupted call


@programs.ahead
def interrupted() -> str:
    """What the calls after an interrupted one return, as Markdown."""
    return "\n\n".join(
        f"Under {name}:\n\n{programs.block(programs.printed('interrupted_call', impl))}"
        for impl, name in NAMES.items()
    )


# --- the manager is gone


MOMENTS = (
    "killed; a thread that has called before calls",
    "killed; it calls again",
    "killed; another thread calls for the first time",
    "shut down; another thread calls for the first time",
    "killed while a call waits for its reply",
)


@programs.ahead
def gone() -> str:
    """What calls raise when the manager has ended, under CPython, as Markdown.

    Under minimp it is the same error each time.
    """
    theirs, ours = [
        programs.printed("manager_gone", impl).splitlines() for impl in NAMES
    ]
    lines = ["| the manager is | CPython raises |", "|---|---|"]
    for moment, one, other in zip(MOMENTS, theirs, ours, strict=True):
        if ".ManagerGoneError: the manager at" not in other.split("\t")[-1]:
            raise RuntimeError(f"{moment}: {other}")
        error = one.split("\t")[-1]
        lines.append(f"| {moment} | `{error}` |")
    return "\n".join(lines)


def first_call() -> str:
    """The last lines of both tracebacks where a thread calls first, as Markdown."""
    theirs, ours = [
        programs.printed("manager_gone", impl).splitlines()[3] for impl in NAMES
    ]
    blocks = [
        f"Under {name}:\n\n{programs.block(lines)}"
        for name, lines in (
            ("CPython", theirs.replace("\t", "\n\n")),
            ("minimp", ours.split("\t")[-1]),
        )
    ]
    return "\n\n".join(blocks)


# --- names


@programs.ahead
def names() -> str:
    """What a proxy says of names that it has not, as Markdown."""
    return "\n\n".join(
        f"Under {name}:\n\n{programs.block(programs.printed('names', impl))}"
        for impl, name in NAMES.items()
    )


# --- in a child


@programs.ahead
def in_a_child() -> str:
    """What a child can do with a dict's proxy, as Markdown."""
    return "\n\n".join(
        f"Under {name}:\n\n{programs.block(programs.printed('dict_in_child', impl))}"
        for impl, name in NAMES.items()
    )


# --- the cost


def cost() -> str:
    """What a call takes, a bare message there and back being 1, as Markdown."""
    call = next(one for one in bench.OPERATIONS if one.name == "call")
    found = bench.measure(call, "pinned", rounds=ROUNDS)
    rows = {call.limit.title: bench.LIMIT}
    rows |= {f"`numbers[0]`, {name}": impl for impl, name in NAMES.items()}
    lines = ["| | takes |", "|---|--:|"]
    for text, side in rows.items():
        # The least of the rounds: other programs of the machine only add to it.
        ratio = min(found.seconds[side]) / min(found.seconds[bench.LIMIT])
        lines.append(f"| {text} | {ratio:.1f} |")
    return "\n".join(lines)
