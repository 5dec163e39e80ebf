"""Records what the processes of a program say to each other, and shows it as lanes.

A program of `probe` runs under either implementation, and all its connections go
through a `relay`, which writes down what passes. `pickles` reads it, and runs nothing.
Most connections lead to a manager's server; what is said to others is shown, too.
"""

import argparse
import itertools
import json
import re
import sys
import textwrap
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from compare import interpreters, pickles, probe, relay, show

CHALLENGE, FAILURE = "#CHALLENGE#", "#FAILURE#"
HANDSHAKE = 6  # frames: challenge, answer and welcome, both ways
CUT = 160  # characters of a message that are shown, unless all are wanted
TAIL = 20  # of them, about, from the end of the message
SAME, DIFFERENT, VARIES, SILENT = "same", "different", "varies", "silent"
NOTHING = "(nothing)"
NO_WORD = (
    "No process of the program connects to another. Pipes and queues that a process"
    " inherits are not seen."
)
ALL_SAME = "The conversations are the same."
NOT_ASKED = "The conversations differ: objects are not asked the same."
SAME_CALLS = "Both call the same methods of objects, but arguments or replies differ."
SO_DOES_CPYTHON = (
    "But so do two runs under CPython, for the same processes: what these say is"
    " another thing each time, and proves nothing."
)
# The module of a name, which stands outside of quotes.
MODULE = re.compile(r"(?<=[ (\[])(?:multiprocessing|minimp)\.\w+\.(?=\w)")
CALL = re.compile(r"→ \(<.+?>, '.*?', ")  # object and method of a request
WITH_TRACEBACK = re.compile(
    r"multiprocessing\.pool\.rebuild_exc\((.*), <traceback>\)", re.DOTALL
)


class Message(NamedTuple):
    """A frame, read.

    `connection` is the client's name, and which of its connections it is: "Ann #2".
    `kind` is "handshake", "server" for a request to the server itself and its reply,
    "object" for one to an object, or "unknown"; `about` the function of the server, or
    the object. In `text`, what is another one in each run has a name instead.
    """

    client: str
    connection: str
    asks: bool
    kind: str
    about: str
    text: str
    size: int  # bytes of the payload

    @property
    def arrow(self):
        return "→" if self.asks else "←"

    @property
    def bare(self):
        """The text without module names, and without the traceback of an error."""
        return probe.normalised(WITH_TRACEBACK.sub(r"\1", self.text))

    def renamed(self, old, new):
        """Return the same with another name for an object."""
        text = self.text.replace(f"<{old}>", f"<{new}>")
        return self._replace(text=text, about=new if self.about == old else self.about)


class Row(NamedTuple):
    """A moment, as the lanes show it: who asks, what passes, who is asked."""

    client: str
    wire: str
    server: str


@dataclass
class Conversation:
    """What one run of a program said; `run` is its `probe.Transcript`."""

    run: probe.Transcript
    messages: list

    @property
    def who(self):
        """Who has run it, in a sentence."""
        return probe.NAMES[self.run.impl]

    def named(self, version):
        """Who has run it, CPython with its version."""
        return f"CPython {version}" if self.run.impl == "cpython" else self.who

    def to_objects(self):
        """Return {client: what it and the objects say to each other, in order}.

        Clients that run at the same time may come in any order; each has its own.
        """
        said = defaultdict(list)
        for one in self.messages:
            if one.kind in ("object", "unknown"):
                said[one.client].append(f"{one.arrow} {one.bare}")
        return said

    def counts(self):
        """Return a Counter of what there was, by words."""
        asked = [one for one in self.messages if one.asks]
        kinds = Counter(one.kind for one in asked)
        counts = {
            "connections": len({one.connection for one in self.messages}),
            "frames": len(self.messages),
            "bytes in them": sum(one.size for one in self.messages),
            "requests to objects": kinds["object"],
            "requests to the server": kinds["server"],
        }
        return Counter(counts) + Counter(
            f"  {one.about}" for one in asked if one.kind == "server"
        )

    def digests(self):
        """Return the digests that the handshakes used, as a text."""
        good = _good_handshakes(self.messages).values()
        return " and ".join(sorted({_digest(messages) for messages in good}))


def record(program, impl, method="fork", python=sys.executable):
    """Run a program under "cpython" or "minimp"; return its Conversation.

    Raises LookupError as `probe.run` does.
    """
    with relay.relaying() as through:
        prepare = f"from compare import relay; relay.begin({through.path!r})"
        run = probe.run(program, impl, method, python, prepare=prepare)
    return Conversation(run, _Reader().messages(through.frames))


def rows(conversation, full=False):
    """Return the Rows of a conversation.

    Unless `full`, a handshake that went well is one row, and names have no modules.
    """
    shaken = {} if full else _good_handshakes(conversation.messages)
    found = []
    for one in conversation.messages:
        text = f"{one.arrow} {one.text}"
        if full:
            text = f"{text} [{one.size} bytes]"
        elif one.kind == "handshake" and one.connection in shaken:
            if one is not shaken[one.connection][-1]:
                continue
            text = f"⇄ handshake, {_digest(shaken[one.connection])}"
        else:
            text = MODULE.sub("", text)
        whom = "the server" if one.kind == "server" else one.about
        found.append(Row(one.connection, text, whom if one.asks else ""))
    return found


def cut(text):
    """Return a message of at most CUT characters: first words, and the last ones."""
    if len(text) <= CUT:
        return text
    head, tail = text[: CUT - TAIL - 5], text[-TAIL:]
    head = head[: head.rfind(" ", 2)] if " " in head[2:] else head
    return f"{head} ... {tail[tail.find(' ') + 1 :]}"


# --- same or different --------------------------------------------------------


class Difference(NamedTuple):
    """Where the talk of a client with the objects parts.

    `before` is what was said before on both sides, "" at the beginning; a side that
    says no more has NOTHING.
    """

    client: str
    before: str
    cpython: str
    minimp: str


class Verdict(NamedTuple):
    """SAME, DIFFERENT, VARIES or SILENT; that in sentences; where clients part."""

    word: str
    said: str
    differences: list[Difference]


def verdict(left, right, again=None):
    """Return the Verdict on two conversations: objects are asked and answer the same?

    How often the server itself is asked, and over how many connections, is for an
    implementation to choose; and so is whether an error brings its traceback along.
    `again` is a second conversation of the left side. A client that differs between
    these two proves nothing.
    """
    if not left.messages and not right.messages:
        return Verdict(SILENT, NO_WORD, [])
    parts = list(_differences(left, right))
    if not parts:
        differs = list(_by_design(left, right))
        same = "To objects both say the same, and get the same replies."
        return Verdict(SAME, " ".join([same, *differs]) if differs else ALL_SAME, [])
    calls = [_called(one.to_objects()) for one in (left, right)]
    said = NOT_ASKED if calls[0] != calls[1] else SAME_CALLS
    moody = {one.client for one in _differences(left, again)} if again else set()
    steady = [one for one in parts if one.client not in moody]
    if steady:
        return Verdict(DIFFERENT, said, steady)
    return Verdict(VARIES, f"{said} {SO_DOES_CPYTHON}", parts)


def compare(program, method="fork", python=sys.executable, impls=tuple(probe.MODULES)):
    """Record a program under each of `impls`; return ([Conversation], Verdict).

    There is no Verdict, but None, if a run fails or there is one side only.
    """
    found = []
    for impl in impls:
        show.progress(f"{program}, {probe.NAMES[impl]} ...")
        found.append(record(program, impl, method, python))
    judged = None
    if len(found) == 2 and not any(one.run.failure for one in found):
        judged = verdict(*found)
        if judged.word == DIFFERENT:  # or it is the program that is moody
            show.progress(f"{program}, {probe.NAMES['cpython']} once more ...")
            judged = verdict(*found, record(program, "cpython", method, python))
    show.progress("")
    return found, judged


def _differences(left, right):
    """Yield the first Difference of each client, in the order of their first words."""
    sides = left.to_objects(), right.to_objects()
    for client in dict.fromkeys([*sides[0], *sides[1]]):
        talks, before = [side.get(client, []) for side in sides], ""
        for one, other in itertools.zip_longest(*talks, fillvalue=NOTHING):
            if one != other:
                yield Difference(client, before, one, other)
                break
            before = one


def _called(talk):
    """Return {client: the methods it calls, and of what, in order}."""
    return {
        client: [call[0] for text in texts if (call := CALL.match(text))]
        for client, texts in talk.items()
    }


def _by_design(left, right):
    """Yield a sentence on each difference that is for an implementation to choose."""
    sides = left, right
    clauses = []
    for one in sides:
        counts = one.counts()
        clauses.append(
            f" asks the server itself {counts['requests to the server']} times over"
            f" {counts['connections']} connections"
        )
    if clauses[0] != clauses[1]:
        yield f"For that, {left.who}{clauses[0]}, {right.who}{clauses[1]}."
    brings = [any(WITH_TRACEBACK.search(m.text) for m in one.messages) for one in sides]
    if brings[0] != brings[1]:
        who = sides[brings.index(True)].who
        yield f"With {who} an error brings its traceback along."
    digests = [one.digests() for one in sides]
    if digests[0] != digests[1]:
        yield f"The handshakes use {digests[0]} with {left.who}, else {digests[1]}."


# --- in the terminal ----------------------------------------------------------


def main(argv):
    """Show the conversations of a program; return 1 unless they are the same."""
    options = _parser().parse_args(argv)
    impls = [options.only] if options.only else list(probe.MODULES)
    try:
        found, judged = compare(options.program, options.method, options.python, impls)
    except LookupError as error:
        print(f"python -m compare wire: {error}", file=sys.stderr)
        return 2
    version = interpreters.about(options.python).name
    if options.json:
        print(json.dumps(_told(found, judged, version), indent=2))
    else:
        width, _ = show.terminal()
        show.page("\n\n".join(_blocks(found, judged, version, width, options.full)))
    if options.only:
        return int(bool(found[0].run.failure))
    return int(judged is None or judged.word != SAME)


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m compare wire",
        description="Show what the processes of a program say to each other.",
        epilog="The exit status is 0 if both implementations say the same.",
    )
    parser.add_argument("program", metavar="PROGRAM", help="a name, or a .py file")
    probe.add_method(parser, probe.START_METHODS)
    parser.add_argument(
        "--only", choices=probe.MODULES, help="run it under one of them"
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="show every frame of the handshakes, and cut nothing",
    )
    interpreters.add_option(parser)
    parser.add_argument("--json", action="store_true", help="print all as JSON")
    return parser


def _blocks(found, judged, version, width, full):
    """Yield the parts of what is shown: conversations, counts, failures, verdict."""
    title = f"== {found[0].run.program}"
    for one in found:
        text = lanes(rows(one, full), width, full) if one.messages else NOTHING
        yield f"{title}, {one.named(version)}\n{text}"
    if any(one.messages for one in found):
        yield _table(found, version)
    for one in found:
        if one.run.failure:
            failed = f"{title}, {one.named(version)}: {one.run.failure}"
            yield f"{failed}\n{one.run.stderr}".rstrip()
    if judged:
        yield f"{title}: {judged.word}\n{textwrap.fill(judged.said, width)}"
        if judged.differences:
            yield "\n".join(_parting(judged.differences, width, full))


def _parting(differences, width, full):
    """Yield the lines that tell the first Difference, and who else differs."""
    first, *others = differences
    shown = [text if full else cut(text) for text in first[1:]]
    lines = dict(zip(["both", *probe.NAMES.values()], shown, strict=True))
    yield f"The first difference, in what {first.client} says and hears:"
    for who, text in lines.items():
        if text:
            begin = f"  {who:8}"
            yield from textwrap.wrap(
                text, width, initial_indent=begin, subsequent_indent=" " * 12
            )
    if others:
        names = ", ".join(one.client for one in others)
        yield from textwrap.wrap(f"Others that differ: {names}.", width)


def _told(found, judged, version):
    """Return what there is, as JSON has it."""
    first = judged and judged.differences[:1]
    return {
        "program": found[0].run.program,
        "method": found[0].run.method,
        "cpython": version,
        "verdict": judged.word if judged else None,
        "said": judged.said if judged else None,
        "first difference": first[0]._asdict() if first else None,
        "sides": {
            one.run.impl: {
                "failure": one.run.failure,
                "counts": {what.strip(): n for what, n in one.counts().items()},
                "messages": [message._asdict() for message in one.messages],
            }
            for one in found
        },
    }


def lanes(found, width, full=False):
    """Return Rows as a text of `width` columns: client | message | asked.

    Unless `full`, messages are cut. A connection is named where it is another one.
    """
    found = [one if full else one._replace(wire=cut(one.wire)) for one in found]
    found = [Row("client", "message", "asked"), *found]
    left, _, right = [max(map(len, lane)) for lane in zip(*found, strict=True)]
    middle = max(width - left - right - 6, 20)
    lines, before = [], ""
    for row in found:
        pieces = textwrap.wrap(row.wire, middle, subsequent_indent="    ")
        who = [row.client if row.client != before else ""], pieces, [row.server]
        for client, piece, server in itertools.zip_longest(*who, fillvalue=""):
            lines.append(f"{client:{left}} | {piece:{middle}} | {server}".rstrip(" |"))
        before = row.client
    lines.insert(1, "-" * min(width, left + middle + right + 6))
    return "\n".join(lines)


def _table(found, version):
    """Return the counts of conversations, side by side."""
    counts = [one.counts() for one in found]
    lines = [f"{'':32}" + "".join(f"{one.named(version):>18}" for one in found)]
    for what in dict.fromkeys(itertools.chain(*counts)):
        lines.append(f"{what:32}" + "".join(f"{one[what]:18,}" for one in counts))
    return "\n".join(lines)


# --- frames into messages ----------------------------------------------------


@dataclass
class _Line:
    """How far a connection is."""

    name: str
    shaking: int  # frames of the handshake that are to come
    asked: tuple = ("unknown", "", None)  # kind, about, and the request


class _Reader:
    """Reads frames in order.

    An object is named after its type and how many of those its client has made, and
    for others also after that client, where two have made one. CPython gives an ident
    again when its object has gone; the name is new each time.
    """

    def __init__(self):
        self.lines = {}  # number of the connection -> _Line
        self.counts = Counter()  # what to count -> how many there were
        self.names = {}  # text of what differs from run to run -> its name
        self.own = defaultdict(dict)  # client -> {the same, as it calls it}
        self.makers = defaultdict(set)  # name of an object -> clients that made one

    def messages(self, frames):
        """Return a Message for each of the frames, which are all that there are."""
        found = [self.read(frame) for frame in frames]
        for name, makers in self.makers.items():
            if len(makers) == 1:
                long = f"{name} of {makers.pop()}"
                found = [one.renamed(long, name) for one in found]
        return found

    def read(self, frame):
        """Return the Message that a frame is."""
        line = self.lines.get(frame.connection) or self._begin(frame)
        kind, about, text = self._read(line, frame)
        who = frame.client, line.name, frame.asks
        return Message(*who, kind, about, text, len(frame.payload))

    def _begin(self, frame):
        self.names[repr(frame.address)] = "<address>"
        self.counts[frame.client] += 1
        name = f"{frame.client} #{self.counts[frame.client]}"
        shakes = frame.payload.startswith(CHALLENGE.encode())
        line = self.lines[frame.connection] = _Line(name, HANDSHAKE * shakes)
        return line

    def _read(self, line, frame):
        """Return (kind, about, text)."""
        if line.shaking:
            line.shaking -= 1
            return "handshake", "", _handshake_text(frame.payload)
        try:
            value = pickles.decode(frame.payload)
            kind, about = self._sort(line, frame, value)
            text = repr(_without_traceback(value))
        except (ValueError, RecursionError):
            return "unknown", "", f"<{len(frame.payload)} bytes>"
        for what, name in (self.names | self.own[frame.client]).items():
            text = text.replace(what, name)
        return kind, about, text

    def _sort(self, line, frame, value):
        """Return (kind, about) of a request, or of a reply by its request."""
        match value:
            case (None, str(function), args, _) if frame.asks:
                line.asked = "server", function, value
                match function, args:
                    case "accept_connection", (_, str(session), *_):
                        self.names[repr(session)] = "<session>"
            case (str(ident), str(), _, _) if frame.asks:
                line.asked = "object", self._name(frame.client, ident), value
            case (str(), _) if not frame.asks:
                if made := _made(line.asked[2], value):
                    self._give_name(frame.client, *made)
            case _:
                return "unknown", ""
        return line.asked[:2]

    def _give_name(self, client, typeid, ident):
        self.counts[client, typeid] += 1
        name = f"{typeid} {self.counts[client, typeid]}"
        self.makers[name].add(client)
        self.own[client][repr(ident)] = f"<{name}>"
        self.names[repr(ident)] = f"<{name} of {client}>"

    def _name(self, client, ident):
        """Return the name that an object has for a client."""
        if repr(ident) not in self.names:
            self.counts["object"] += 1
            self.names[repr(ident)] = f"<object {self.counts['object']}>"
        return (self.names | self.own[client])[repr(ident)].strip("<>")


def _made(request, reply):
    """Return (typeid, ident) of the object that a reply says is new, or None."""
    match request, reply:
        case (None, "create", (str(typeid), *_), _), ("#RETURN", (str(ident), _)):
            return typeid, ident
        case _, ("#PROXY", (_, pickles.Made(args=(str(typeid), _, str(ident))))):
            return typeid, ident
        case _, ("#PROXY", (_, pickles.Made(state=(str(typeid), _, str(ident))))):
            return typeid, ident
    return None


def _without_traceback(value):
    """Return a reply with the traceback left out that an error brings along."""
    match value:
        case ("#ERROR", pickles.Made(what=what, args=(error, str()))) if (
            what == "multiprocessing.pool.rebuild_exc"
        ):
            traceback = pickles.Name("<traceback>")
            return "#ERROR", pickles.Made(what, (error, traceback))
        case ("#TRACEBACK" | "#UNSERIALIZABLE" as kind, str(text)):
            last = text.strip().rpartition("\n")[2]
            return kind, pickles.Name(f"<traceback of {last}>")
    return value


def _handshake_text(payload):
    """Return what a frame of a handshake says, without its random bytes."""
    challenge = payload.startswith(CHALLENGE.encode())
    rest = payload.removeprefix(CHALLENGE.encode())
    digest = re.match(rb"(?:\{\w+\})?", rest)[0].decode()
    count = len(rest) - len(digest)
    if challenge:
        return f"{CHALLENGE}{digest}<{count} random bytes>"
    if digest or count in (16, 20):
        return f"{digest}<MAC, {count} bytes>"
    return repr(payload)[2:-1]


def _good_handshakes(messages):
    """Return {connection: messages} of the handshakes that went well."""
    found = defaultdict(list)
    for one in messages:
        if one.kind == "handshake":
            found[one.connection].append(one)
    return {
        connection: frames
        for connection, frames in found.items()
        if len(frames) == HANDSHAKE and FAILURE not in {one.text for one in frames}
    }


def _digest(messages):
    """Return the names of the digests of a handshake; MD5 goes without."""
    named = {name for m in messages for name in re.findall(r"^\{(\w+)\}", m.text)}
    return " and ".join(sorted(named)) or "md5"
