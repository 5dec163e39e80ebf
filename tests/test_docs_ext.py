"""The docs' machinery without a browser: what it finds, refuses and says."""

import gzip
import io
import itertools
import re
import sys
from collections import namedtuple
from pathlib import Path

import pytest
import site_build

from compare import pairs, probe, versions

DOCS = pairs.ROOT / "docs"
SOURCE = '''\
def send(msg, twice=False):
    """Send it.

    Really.
    """
    try:
        put(msg)
    finally:
        done()

    if twice:
        try:
            put(msg + msg)
        except OSError:
            raise
'''


def part(name):
    """A module of the machinery."""
    return pytest.importorskip(f"docs._ext.{name}")


@pytest.fixture
def send():
    """An excerpt whose first line is line 40 of its file."""
    lines = tuple(SOURCE.splitlines())
    path = Path("wire.py")
    symbol = pairs.Symbol("multiprocessing.wire.send", path, 40, 54, lines, "")
    return part("excerpt").Excerpt(symbol)


@pytest.fixture
def build(tmp_path, monkeypatch):
    """build(markdown, builder) -> (directory with the output, what was warned)."""
    monkeypatch.setattr(sys, "path", [*sys.path])  # conf.py adds to it
    numbers = itertools.count()

    def run(text, builder="html"):
        where = tmp_path / f"build{next(numbers)}"
        where.joinpath("source").mkdir(parents=True)
        where.joinpath("source", "index.md").write_text(text, "utf-8")
        warned = io.StringIO()
        source, out, trees = (where / name for name in ("source", "out", "trees"))
        site_build.run_sphinx(source, DOCS, out, trees, builder, warning=warned)
        return out, re.sub(r"\x1b\[[0-9;]*m", "", warned.getvalue())

    return run


# ---- patterns ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("put(msg", [6, 12]),
        ("put(msg)", [6]),
        ("/^ +try:/", [5, 11]),
        (r"try:\n put(msg)", [5]),
        (r"try:\nput(msg + msg)\nexcept", [11]),
        (r"raise\nnothing after the end", []),
        ("absent", []),
    ],
)
def test_a_pattern_finds_lines_by_what_they_say(send, pattern, found):
    assert send.find(pattern) == found


def test_a_pattern_is_looked_for_within_a_span(send):
    assert send.find("put", 7, 13) == [12]
    assert send.find("put", 7, 12) == []


def test_a_start_must_be_one_line(send):
    assert send.only("finally") == 7
    error = part("excerpt").PatternError
    with pytest.raises(error, match=r"'try:' matches lines 45, 51 of multipro"):
        send.only("try:")
    python = re.escape(f"Python {sys.version.split()[0]}")
    with pytest.raises(error, match=rf"no line of .*wire\.send \({python}\)"):
        send.only("absent")
    with pytest.raises(error, match=r"nearest: put\(msg\)"):
        send.only("puts(msg)")


@pytest.mark.parametrize(
    ("version", "chosen"),
    [((3, 11), "a | b"), ((3, 12, 1), "new: it"), ((3, 13), "-"), ((4, 0), "-")],
)
def test_a_pattern_may_change_with_the_version(version, chosen):
    option = "a | b || 3.12: new: it || 3.13: -"
    assert part("excerpt").for_version(option, version) == chosen


def test_a_version_must_be_said():
    with pytest.raises(part("excerpt").PatternError, match="'b' should read like"):
        part("excerpt").for_version("a || b")


# ---- steps -------------------------------------------------------------------


def steps(*patterns):
    """Step 0, and a step that starts at each of *patterns*; None does not say."""
    made = [{"title": "", "number": 0, "patterns": {}, "spans": {}}]
    for number, pattern in enumerate(patterns, 1):
        said = {} if pattern is None else {"left": pattern}
        made.append({"title": "", "number": number, "patterns": said, "spans": {}})
    return made


def spans(excerpt, *patterns):
    return part("pair").cut(steps(*patterns), "left", excerpt)


def test_steps_cut_the_symbol_without_a_gap(send):
    assert spans(send, r"try:\n put(msg)", "-", "if twice") == [
        (0, 5),
        (5, 10),
        None,
        (10, 15),
    ]
    assert spans(send, "def send") == [None, (0, 15)]
    assert spans(send) == [(0, 15)]


def test_words_after_the_dash_name_no_line(send):
    assert spans(send, "- in `put`", "if twice") == [(0, 10), None, (10, 15)]
    assert spans(send, "if twice || 3.0: - in `put`") == [(0, 15), None]
    absent = part("excerpt").absent
    assert [absent(p) for p in ("-", "- in `put`", "-1", "a - b")] == [
        "",
        "in `put`",
        None,
        None,
    ]


def test_starts_must_rise(send):
    error = part("excerpt").PatternError
    with pytest.raises(error, match="do not rise in multiprocessing.wire.send"):
        spans(send, "if twice", "finally")
    with pytest.raises(error, match="do not rise"):
        spans(send, "finally", "finally")


def test_a_step_says_both_sides(send):
    with pytest.raises(part("excerpt").PatternError, match="step 2 does not say :left"):
        spans(send, "finally", None)


def test_a_step_is_named_in_its_error(send):
    made = steps("absent")
    made[1]["title"] = "Send"
    with pytest.raises(part("excerpt").PatternError, match="step 'Send', :left: 'abs"):
        part("pair").cut(made, "left", send)


# ---- pairs on a page ---------------------------------------------------------


def pair_page(*step_lines):
    """A page with a pair of `Heap.free` and one step."""
    return "\n".join(
        [
            "# Title",
            "",
            "::::{pair} heap.Heap.free",
            ":::{step} Queue",
            *step_lines,
            ":::",
            "::::",
        ]
    )


GOOD = (
    ":left: if not self._lock",
    ":right: self._pending_free_blocks.append",
    "",
    "Words; {at}`_pending_free_blocks`, again {at}`_pending_free_blocks`.",
)


def test_a_pair_becomes_one_figure(build):
    out, warned = build(pair_page(*GOOD))
    page = out.joinpath("index.html").read_text("utf-8")
    assert warned == ""
    assert page.count('<figure class="pair"') == 1
    assert 'id="heap.Heap.free"' in page
    assert 'id="heap.Heap.free-1"' in page
    assert page.count('class="at k0"') == 2
    to = re.search('class="at k0" href="#([^"]*)"', page)[1]
    assert f'id="{to}"' in page


def test_a_pair_shows_the_whole_of_both_sides(build):
    out, _ = build(pair_page(*GOOD))
    page = out.joinpath("index.html").read_text("utf-8")
    for side, dotted in [
        ("left", "multiprocessing.heap.Heap.free"),
        ("right", "minimp.heap.Heap.free"),
    ]:
        cells = re.findall(rf'<div class="pair-code {side}.*?</pre>', page, re.DOTALL)
        codes = [
            re.search(r"<pre><code>(.*)</code>", cell, re.DOTALL)[1] for cell in cells
        ]
        assert text_of("".join(codes)) == pairs.find(dotted).text + "\n"


FRAMES = {  # option -> side of the frame, and what it says
    ":right: -": ("right", "minimp leaves this out"),
    ":right: - in {src}`minimp.heap.Heap.malloc`": ("right", "in heap.Heap.malloc"),
    ":left: -": ("left", "only in minimp"),
    ":left: - at *once*": ("left", "at once"),
}


@pytest.mark.parametrize("option", FRAMES)
def test_a_frame_says_why_nothing_is_there(build, option):
    side, words = FRAMES[option]
    code = [line for line in GOOD[:2] if not line.startswith(f":{side}:")]
    out, warned = build(pair_page(option, *code))
    page = out.joinpath("index.html").read_text("utf-8")
    assert warned == ""
    (frame,) = re.findall(
        rf'<div class="pair-code {side} pair-none">(.*?)</div>', page, re.DOTALL
    )
    assert text_of(frame).strip() == words
    assert ("source/minimp/heap.html#L" in frame) == ("{src}" in option)
    assert page.index('class="pair-note"') < page.index(frame)
    out, warned = build(pair_page(option, *code), "text")
    assert warned == ""
    assert words in re.sub(r'["*]', "", out.joinpath("index.txt").read_text("utf-8"))


def text_of(html):
    """The text of an HTML fragment."""
    text = re.sub(r"<[^>]*>", "", html)
    for entity, char in {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'"}.items():
        text = text.replace(entity, char)
    return text.replace("&amp;", "&")


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (
            pair_page(":left: if self._loc", ":right: -"),
            "index.md:3: ERROR: pair: step 'Queue', :left: 'if self._loc' matches no"
            " line of multiprocessing.heap.Heap.free",
        ),
        (
            pair_page(":left: if not self._lock"),
            "pair: step 'Queue' does not say :right: (`-` for nothing)",
        ),
        (
            pair_page(
                ":left: if not self._lock", ":right: -", "", "An {at}`absent` x."
            ),
            "WARNING: mark 'absent': no line of step 'Queue' of multiprocessing.heap",
        ),
        (
            pair_page(":left: def free", ":right: def free", "")[:-9]
            + " ".join(f"{{at}}`{c}`" for c in "abcdefl")
            + "\n:::\n::::",
            "heap.Heap.free: step 'Queue': more than 6 different marks",
        ),
        (
            "# Title\n\n::::{pair} heap.Heap.fre\n::::",
            "pair: no pair 'heap.Heap.fre'; near: heap.Heap.free",
        ),
        (
            "# Title\n\n::::{pair} heap.Heap.free\nWords.\n::::",
            "pair: only steps may stand in it",
        ),
        (pair_page(":left: -", ":right: -"), "step 'Queue' has no line on either side"),
        ("# Title\n\nAn {at}`x`.", "WARNING: mark 'x': it stands in no step"),
        ("# Title\n\n::::{listing} minimp.no.such\n::::", "listing: no symbol"),
        ("# Title\n\n{src}`minimp.heap.no`", "no symbol 'minimp.heap.no'"),
        ("# Title\n\n:::{computed} a.b\n:::", "computed: no function 'a.b'"),
        ("# Title\n\n{computed}`a.b`", "no function 'a.b'"),
        ("# Title\n\n:::{memmap}\nfree x\n:::", "memmap: 'free x': not a"),
        ("# Title\n\n:::{tags} differs\n:module: no\n:::", "tags: no file no.py"),
        ("# Title\n\n:::{transcript} no\n:::", "transcript: no program 'no'"),
    ],
)
def test_what_does_not_fit_is_told(build, page, said):
    _, warned = build(page, "dummy")  # which writes no pages
    assert said in warned


@pytest.mark.parametrize(
    "dotted, folder",
    [
        ("compare.museum.markdown", "compare/museum"),
        ("compare.museum.rooms", "compare/museum"),
        ("compare.tracebacks.markdown", "compare/errors"),
        ("compare.tracebacks.silent_markdown", "compare/errors"),
    ],
)
def test_a_page_is_read_anew_when_what_it_ran_changes(dotted, folder):
    noted = []
    env = namedtuple("Env", "note_dependency")(noted.append)
    part("computed").note_file(env, dotted)
    ran = {Path(path).parent for path in noted}
    assert pairs.ROOT / folder in ran


def test_the_page_of_versions_reads_the_files_of_each():
    noted = []
    env = namedtuple("Env", "note_dependency")(noted.append)
    part("computed").note_file(env, "compare.versions.markdown")
    assert str(versions.REASONS) in noted
    for release in versions.releases():
        assert str(release.path("managers")) in noted


def test_a_pair_without_html_is_read_from_top_to_bottom(build):
    out, warned = build(pair_page(*GOOD), "text")
    text = out.joinpath("index.txt").read_text("utf-8")
    assert warned == ""
    assert text.index("Queue") < text.index("Words;") < text.index("finally:")
    for dotted in ("multiprocessing.heap.Heap.free", "minimp.heap.Heap.free"):
        for line in pairs.find(dotted).lines:
            assert line.strip() in text


def test_a_pair_can_go_to_paper(build):
    out, warned = build(pair_page(*GOOD), "latex")
    assert warned == ""
    assert "Words;" in out.joinpath("minimp.tex").read_text("utf-8")


def test_a_translator_gets_the_words_and_not_the_code(build):
    out, warned = build(pair_page(*GOOD), "gettext")
    text = out.joinpath("index.pot").read_text("utf-8")
    assert warned == ""
    assert 'msgid "Queue"' in text
    assert 'msgid "Words; {at}`_pending' in text
    assert "finally" not in text


# ---- other versions of CPython -----------------------------------------------

FREE = "multiprocessing.heap.Heap.free"


@pytest.fixture
def cpythons(tmp_path, monkeypatch):
    """cpythons(name, edit) adds a made-up version to the running one.

    *edit* makes its heap.py from the running one's.
    """
    (running,) = filter(part("editions").is_running, versions.releases())
    found = [running]
    reason = versions.Reason(("3.96.0",), ("heap.Heap.free",), (12,), "It *was* slow.")
    monkeypatch.setattr(versions, "releases", lambda: found)
    monkeypatch.setattr(versions, "reasons", lambda: [reason])

    def add(name, edit):
        numbers = tuple(map(int, name.split(".")))
        made = versions.Release(numbers, name, tmp_path / name)
        made.path("heap").parent.mkdir(parents=True)
        for module in versions.MODULES:
            text = running.path(module).read_text("utf-8")
            made.path(module).write_text(edit(text) if module == "heap" else text)
        found.append(made)
        found.sort()

    return add


def same(text):
    return text


def longer(text):
    """A heap.py where `free` has two more lines, one of them with a mark's words."""
    line = "        if not self._lock.acquire(False):"
    return text.replace(line, f"        # of _pending_free_blocks\n\n{line}")


def other(text):
    """A heap.py where no step of the pair finds its line."""
    return text.replace("if not self._lock.acquire(False)", "if self.is_locked()")


def without(text):
    return text.replace("def free(", "def set_free(")


def broken(text):
    return text + "def ("


RUNNING = re.escape(sys.version.split()[0])


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([], f"CPython {RUNNING} alone was found: nothing to compare."),
        ([same], f"The same in {RUNNING} and 3.96.0."),
        ([same, same], f"The same in {RUNNING}, 3.96.0 and 3.97.0."),
        ([longer, same], ""),
        ([without], "It is not in 3.96.0."),
        ([without, same, without], "{same} 3.97.0. It is not in 3.96.0 and 3.98.0."),
        ([broken], f"Python {RUNNING} cannot parse the file of 3.96.0."),
        ([longer, broken], f"Python {RUNNING} cannot parse the file of 3.97.0."),
    ],
)
def test_it_is_told_who_has_the_same_lines(cpythons, edits, said):
    for number, edit in enumerate(edits, 96):
        cpythons(f"3.{number}.0", edit)
    editions = part("editions")
    found = editions.of(pairs.find(FREE))
    said = said.replace("{same}", f"The same in {RUNNING} and")
    assert re.fullmatch(said, editions.told(found))
    assert [excerpt.versions for excerpt in found.known][1:] == (
        [("3.96.0",)] if longer in edits else []
    )


def test_a_version_whose_file_is_missing_has_nothing(cpythons):
    cpythons("3.96.0", same)
    versions.releases()[1].path("heap").unlink()
    found = part("editions").of(pairs.find(FREE))
    assert found.absent == ["3.96.0"]


def test_a_page_with_a_pair_depends_on_every_version(cpythons):
    cpythons("3.96.0", without)
    symbol = pairs.find(FREE)
    files = part("editions").files(symbol)
    assert {symbol.path, versions.REASONS, versions.releases()[1].path("heap")} <= {
        *files
    }
    right = pairs.find("minimp.heap.Heap.free")
    assert part("editions").files(right) == [right.path]


def shown_in(page, side, number):
    """The text of *side* with the button of that number checked."""
    text = ""
    cells = re.findall(
        rf'<div class="pair-code {side}(.*?)">(.*?)</div></div>', page, re.DOTALL
    )
    for classes, cell in cells:
        if "vs" not in classes.split() or f"v{number}" in classes.split():
            text += text_of("".join(re.findall("<pre><code>(.*?)</code>", cell, re.S)))
    return text


def test_a_pair_switches_to_the_lines_of_other_versions(build, cpythons):
    cpythons("3.96.0", longer)
    cpythons("3.97.0", longer)
    out, warned = build(pair_page(*GOOD))
    page = out.joinpath("index.html").read_text("utf-8")
    assert warned == ""
    buttons = re.findall(r'<input type="radio"[^>]*?( checked)?> (.*?)</label>', page)
    assert buttons == [(" checked", sys.version.split()[0]), ("", "3.96.0, 3.97.0")]
    new = part("editions").of(pairs.find(FREE)).known[1]
    assert len(new.lines) == len(pairs.find(FREE).lines) + 2
    assert shown_in(page, "left", 0) == pairs.find(FREE).text + "\n"
    assert shown_in(page, "left", 1) == new.symbol.text + "\n"
    for kinds in re.findall(r'class="([^"]*\bvs\b[^"]*)"', page):
        assert ("v0" in kinds) != (" other" in kinds)
    assert page.count('<label class="other">') == 1
    assert shown_in(page, "right", 1) == pairs.find("minimp.heap.Heap.free").text + "\n"
    assert 'class="pair-code right vs' not in page
    assert re.search(
        rf'class="pair-at vs v1 other"[^>]*/v3\.97\.0/Lib/[^>]*#L{new.symbol.first}',
        page,
    )
    assert f"heap.py {new.symbol.first}–{new.symbol.last}</a>" in page
    (foot,) = re.findall(r'<div class="pair-foot">(.*?)</div>', page, re.DOTALL)
    assert text_of(foot).strip() == "It was slow. Since 3.96.0, gh-12."
    assert "/python/cpython/issues/12" in foot


def test_a_mark_is_lit_in_each_version_and_leads_to_this_one(build, cpythons):
    cpythons("3.1.0", longer)
    left = ":left: of _pending_free || 3.2: if not self._lock"
    page = build(pair_page(left, *GOOD[1:]))[0].joinpath("index.html")
    page = page.read_text("utf-8")
    lines = re.findall(r'<span class="l k0"([^>]*)>', page)
    anchors = re.findall(r'id="(.*?)"', " ".join(lines))
    assert len(anchors) == len(set(anchors)) == 3
    assert len(lines) == 3 + 2
    assert {*re.findall('class="at k0" href="#(.*?)"', page)} == {anchors[0]}


def test_lines_that_the_steps_do_not_fit_stand_below(build, cpythons):
    cpythons("3.96.0", other)
    for builder, name in (("html", "index.html"), ("text", "index.txt")):
        out, warned = build(pair_page(*GOOD), builder)
        page = text_of(out.joinpath(name).read_text("utf-8"))
        assert warned == ""
        _, _, below = page.partition(
            "CPython 3.96.0, whose lines these steps do not fit"
        )
        assert "if self.is_locked()" in below
        assert page.count("if self.is_locked()") == 1
    assert "pair-switch" not in page


def test_without_html_this_version_alone_is_shown(build, cpythons):
    cpythons("3.96.0", longer)
    out, warned = build(pair_page(*GOOD), "text")
    text = out.joinpath("index.txt").read_text("utf-8")
    assert warned == ""
    assert text.count("def free(self, block):") == 1
    assert text.count("heap.py 2") == 2


def test_there_is_a_rule_for_each_version():
    style = DOCS.joinpath("_static/pair.css").read_text("utf-8")
    rules = re.findall(r'\[value="(\d)"\]:checked\) \.vs:not\(\.v(\d)\)', style)
    assert rules == [(str(n), str(n)) for n in range(6)]


# ---- lines of code as HTML ---------------------------------------------------


def test_an_indent_stands_apart(send):
    split = part("pair_html").split_indent
    for line, body in zip(send.lines, send.html, strict=True):
        indent = len(line) - len(line.lstrip())
        out = split(body, indent)
        assert text_of(out) == line
        assert out.startswith("<i>" + " " * indent + "</i>") == (indent > 0)


def test_the_first_line_of_a_fold_has_no_indent(send):
    leading = part("pair_html").split_leading
    assert [text_of(leading(body)) for body in send.html] == [
        line.lstrip() for line in send.lines
    ]


# ---- links -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "tag"),
    [
        ("3.11.7", "v3.11.7"),
        ("3.14.0rc1", "v3.14.0rc1"),
        ("3.15.0a2", "v3.15.0a2"),
        ("3.15.0a2+", "main"),
        ("3.13.1+", "3.13"),
    ],
)
def test_a_link_names_the_tag_of_a_version(version, tag):
    assert part("links").cpython_tag(version) == tag


def test_a_file_of_the_library_has_its_path_in_the_tree():
    path = pairs.find("multiprocessing.heap.Heap").path
    assert part("links").library_path(path) == "Lib/multiprocessing/heap.py"


def test_a_listing_is_the_file_with_an_anchor_a_line():
    text = pairs.ROOT.joinpath("minimp/heap.py").read_text("utf-8")
    html = part("sources").numbered(text)
    *lines, rest = html.split("\n</span>")
    assert rest == ""
    for number, (line, html_line) in enumerate(
        zip(text.splitlines(), lines, strict=True), 1
    ):
        assert f'id="L{number}"' in html_line
        assert text_of(html_line)[6:] == line


# ---- figures -----------------------------------------------------------------


def test_a_table_escapes_what_would_split_a_cell():
    module = part("lanes")
    table = module.Table("", ("A", "v", "B"), [("`a | b`", "1", "")])
    assert module.markdown(table) == [
        "| A | v | B |",
        "| :-- | :-: | :-- |",
        r"| `a \| b` | 1 |  |",
    ]


def test_a_forced_schedule_loses_an_update_and_a_held_lock_none():
    module = part("figures.lost_update")
    assert "the answer is `1`" in module.forced().caption
    assert "the answer is `2`" in module.held().caption


def test_all_orders_are_counted():
    module = part("figures.lost_update")
    assert (module.orders(), module.losing()) == (6, 4)
    kept = [order for order in itertools.product("AB", repeat=4) if whole(order)]
    assert {order for order in kept if module.result(order) == 2} == {
        tuple("AABB"),
        tuple("BBAA"),
    }


def whole(order):
    """Whether each of A and B reads and writes once."""
    return sorted(order) == list("AABB")


def test_a_memory_map_shows_every_byte_of_the_arena():
    script = part("memmap").Script()
    for line in ("malloc a, 4", "malloc b, 70", "malloc c, 8", "free a", "retire b"):
        script.run(line)
    ((size, blocks),) = script.arenas()
    assert [(b.kind, b.start, b.stop, b.asked) for b in blocks] == [
        ("free", 0, 8, 0),
        ("retired", 8, 80, 70),
        ("used", 80, 88, 8),
        ("free", 88, size, 0),
    ]
    assert str(blocks[1]) == "b: bytes 8 to 79, 70 asked for, retired"
    html = part("memmap").draw(size, blocks)
    assert re.findall("<b>(.)", html) == ["f", "b", "c", "f"]
    assert "3,968 more bytes of it" in html


def test_a_cell_of_the_map_shows_what_was_asked_for():
    module = part("memmap")
    block = module.Block("b", 24, 80, 44)
    cells = [module.cell(block, first) for first in (0, 32, 64)]
    assert [re.search("--n:(.*?)%", cell)[1] for cell in cells] == [
        "8;--u:100",
        "32;--u:100",
        "16;--u:25",
    ]


@pytest.mark.parametrize("line", ["malloc a", "malloc , 3", "free a", "spam", "show"])
def test_a_script_refuses_what_it_does_not_know(line):
    with pytest.raises(ValueError, match=r"\w"):
        part("memmap").Script().run(line)


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A directory of programs that takes the place of compare/programs."""
    monkeypatch.setattr(probe, "PROGRAMS", tmp_path)
    return tmp_path


def test_a_transcript_is_shown_once_where_both_agree(build, programs):
    programs.joinpath("agree.py").write_text(
        "def main(mp):\n    print('once', 6 * 7)\n"
    )
    out, warned = build("# Title\n\n:::{transcript} agree\n:source:\n:::")
    page = text_of(out.joinpath("index.html").read_text("utf-8"))
    assert warned == ""
    assert page.count("once 42") == 1
    assert page.count("print('once', 6 * 7)") == 1
    assert "$ python -m compare run agree the same under CPython" in page


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            "print('name of', len(mp.__name__), 'letters')",
            "the two implementations differ",
        ),
        ("print('name of'); raise SystemExit(3)", "minimp: exit status 3"),
    ],
)
def test_a_transcript_warns_where_they_do_not(build, programs, body, why):
    name = f"differ{len(body)}"
    programs.joinpath(f"{name}.py").write_text(f"def main(mp):\n    {body}\n")
    out, warned = build(f"# Title\n\n:::{{transcript}} {name}\n:method: spawn\n:::")
    page = text_of(out.joinpath("index.html").read_text("utf-8"))
    assert f"index.md:3: WARNING: transcript {name}: " in warned
    assert why in warned
    assert page.count("name of") == 2
    assert f"{name} --method spawn under minimp" in page


def test_the_map_of_the_whole_has_its_stations(build):
    out, warned = build(
        "# Title\n\n::::{chain}\n"
        ":::{station} bytes in an mmap\n:draw: bytes\nNow.\n:::\n"
        ":::{station} a message\nThen.\n:::\n::::"
    )
    page = out.joinpath("index.html").read_text("utf-8")
    assert warned == ""
    assert len(re.findall(r'<div class="station[^"]*"', page)) == 2
    assert page.index("bytes in an mmap") < page.index("Now.") < page.index("a message")
    assert page.count('<svg class="picture"') == 1


# ---- tags --------------------------------------------------------------------


def test_a_note_runs_to_the_end_of_its_comment(tmp_path):
    path = tmp_path / "a.py"
    path.write_text(
        "# Left out: Windows -- one system\n"
        "class A:\n"
        "    # Differs: it is\n"
        "    # longer (test_it).\n"
        "    # Left out: more -- why\n"
        "    #\n"
        "    # Another paragraph.\n"
        "    def f(self):\n"
        "        x = 1  # Left out: not a line of its own\n"
        "        # Left out: b -- c\n"
        "        y = 2\n"
    )
    notes = part("tags").notes
    assert [(n.text, n.symbol, n.line) for n in notes(path, "Left out")] == [
        ("Windows -- one system", "", 1),
        ("more -- why", "A", 5),
        ("b -- c", "A.f", 10),
    ]
    assert [n.text for n in notes(path, "Differs")] == ["it is longer (test_it)."]


def test_every_note_reaches_the_page(build):
    out, warned = build("# Title\n\n:::{tags} left-out\n:::\n\n:::{tags} differs\n:::")
    page = out.joinpath("index.html").read_text("utf-8")
    files = pairs.ROOT.joinpath("minimp").glob("*.py")
    text = "\n".join(path.read_text("utf-8") for path in files)
    wanted = len(re.findall(r"^\s*# (?:Left out|Differs): ", text, re.MULTILINE))
    assert warned == ""
    assert page.count('href="source/minimp/') == wanted > 0


# ---- colours -----------------------------------------------------------------


def luminance(colour):
    """The relative luminance of (r, g, b), each 0 to 255, as WCAG defines it."""
    linear = [
        c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4
        for c in colour
    ]
    return sum(f * c for f, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def rgb(text):
    text = text.lstrip("#")
    text = text if len(text) == 6 else "".join(c + c for c in text)
    return tuple(int(text[i : i + 2], 16) for i in (0, 2, 4))


def mixed(over, under, share):
    return tuple(share * a + (1 - share) * b for a, b in zip(over, under, strict=True))


def tokens(theme):
    """Name -> colour of each token of tokens.css that says `light-dark(...)`."""
    text = DOCS.joinpath("_static/tokens.css").read_text("utf-8")
    found = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", text)
    return {name: rgb(both[theme == "dark"]) for name, *both in found}


THEMES = [("light", "Light", 0.18, 5.8, 4.5), ("dark", "Dark", 0.26, 7.1, 4.5)]


@pytest.mark.parametrize(("theme", "style", "share", "plain", "lit"), THEMES)
def test_code_can_be_read(theme, style, share, plain, lit):
    style = getattr(part("palette"), style)
    inks = {rgb(look["color"]) for _, look in style if look["color"]}
    cell = rgb(style.background_color)
    hues = [colour for name, colour in tokens(theme).items() if re.match(r"k\d", name)]
    assert len(inks) == 7
    assert len(hues) == part("marks").HUES
    assert min(contrast(ink, cell) for ink in inks) >= plain
    for hue in hues:
        under = mixed(hue, cell, share)
        assert min(contrast(ink, under) for ink in inks) >= lit


@pytest.mark.parametrize(("theme", "style", "share", "plain", "lit"), THEMES)
def test_labels_can_be_read(theme, style, share, plain, lit):
    cell = rgb(getattr(part("palette"), style).background_color)
    page = rgb({"light": "#fff", "dark": "#131416"}[theme])
    found = tokens(theme)
    for name in ("p-left", "p-right", "p-muted"):
        assert contrast(found[name], cell) >= 4.5
        assert contrast(found[name], page) >= 4.5
    assert contrast(found["p-badge"], found["p-badge-ink"]) >= 7
    text = rgb({"light": "#000", "dark": "#cfd0d0"}[theme])
    for name, hue in found.items():
        if re.match(r"k\d", name):
            assert contrast(hue, cell) >= 3
            assert contrast(text, mixed(hue, page, 0.32)) >= 4.5  # memory maps


def test_both_styles_colour_the_same_tokens():
    light, dark = (dict(getattr(part("palette"), s).styles) for s in ("Light", "Dark"))
    assert light.keys() == dark.keys()
    assert set(light.values()) & set(dark.values()) == {""}  # inherited


# ---- what is committed, and what is sent ------------------------------------


def test_no_text_of_the_library_is_committed():
    """Not six lines on end of CPython's package stand in any file of ours."""
    package = pairs.find("multiprocessing.heap.Heap").path.parent
    theirs = {}
    for path in package.glob("*.py"):
        for run, line in runs(path):
            theirs.setdefault(run, f"{path.name}:{line}")
    found = []
    for path in own_files():
        for run, line in runs(path):
            if run in theirs:
                found.append(f"{path.relative_to(pairs.ROOT)}:{line} is {theirs[run]}")
    assert not found, "\n".join(found)


def runs(path, length=6, letters=120):
    """(that many lines on end, number of the first), blank lines left out.

    Short ones do not count: there is one way only to write a property.
    """
    lines = [
        (line.strip(), number)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if line.strip()
    ]
    for i in range(len(lines) - length + 1):
        run = tuple(line for line, _ in lines[i : i + length])
        if sum(map(len, run)) >= letters:
            yield run, lines[i][1]


def own_files():
    for top in ("minimp", "docs", "compare", "tests"):
        for path in sorted(pairs.ROOT.joinpath(top).rglob("*")):
            if path.suffix in {".py", ".md", ".toml", ".js", ".html"}:
                if not {"_build", "__pycache__"} & set(path.parts):
                    yield path
    yield pairs.ROOT / "README.md"


def test_own_script_is_small():
    script = DOCS.joinpath("_static/minimp.js").read_bytes()
    assert len(gzip.compress(script)) <= 4 * 1024


def test_a_pair_that_is_shown_again_is_no_target(build):
    pair = "::::{{pair}} heap.Heap.free\n{}::::\n\n[there](#heap.Heap.free)\n"
    out, warned = build("# A page\n\n" + pair.format(":again:\n"))
    assert "heap.Heap.free" in warned
    assert '<figure class="pair"' in (out / "index.html").read_text("utf-8")
    out, warned = build("# A page\n\n" + pair.format(""))
    assert warned == ""
