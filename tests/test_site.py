"""The built site: layout and keys in headless Chromium, its weight and its links.

Where Chromium or playwright is missing, that part skips. `--slow` looks at more
pages and widths, in the dark too, and at paper.
"""

import collections
import gzip
import html
import mimetypes
import os
import re
import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
import site_build

from compare import pairs
from compare.exercises import ladder

CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
COLUMNS = {390: 1, 820: 1, 1280: 2, 1440: 2, 1920: 3}  # width of the window: of a step
FEW = (390, 1280, 1920)  # one of each layout; --slow: all widths
HEIGHT = 900
TIMEOUT = 5000  # milliseconds; each thing that is waited for takes a few

# What one look at a page measures, for all widths alike.
MEASURE = """() => {
  for (const fold of document.querySelectorAll("details.fold")) fold.open = true;
  const box = (e) => e.getBoundingClientRect();
  const steps = [...document.querySelectorAll(".pair:not(.pair-alone) .pair-step")];
  const tops = steps.map((step) =>
    [...step.querySelectorAll(":scope > .pair-code")].filter(
      (cell) => cell.getClientRects().length).map((cell) => box(cell).top));
  const columns = steps.map((step) =>
     getComputedStyle(step).gridTemplateColumns.split(" ").length);
  const alone = [...document.querySelectorAll(".pair-alone .pair-step")].map(
    (step) => getComputedStyle(step).gridTemplateColumns.split(" ").length);
  const wide = [...document.querySelectorAll("article *")].filter(
    (e) => box(e).width && box(e).right > innerWidth + 1 && !e.closest(
      ".visually-hidden, .table-wrapper, pre")).map((e) => e.className || e.tagName);
  return {
    page: document.documentElement.scrollWidth - innerWidth,
    wide: wide.slice(0, 5),
    uneven: tops.filter(([a, b]) => Math.abs(a - b) > 0.5).length,
    columns: [...new Set(columns)],
    alone: [...new Set(alone)],
    nodes: document.querySelectorAll("*").length,
  };
}"""


@pytest.fixture(scope="session")
def site():
    return site_build.built()


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    program = CHROMIUM if os.path.exists(CHROMIUM) else shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=ARGS)
        yield running
        running.close()


class Tab:
    """One window of the browser on the built site; notes what goes wrong in it.

    The browser takes the site for a host, so that pages may do all that they may do
    when they are served; what they ask of another host is refused and noted.
    """

    HOST = "http://localhost/"

    def __init__(self, browser, site, **options):
        options.setdefault("viewport", {"width": 1440, "height": HEIGHT})
        options.setdefault("reduced_motion", "reduce")  # links jump at once
        self.site = site
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(TIMEOUT)
        self.context.route("**/*", self.answer)
        self.page = self.context.new_page()
        self.said, self.elsewhere = [], []
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def answer(self, route):
        """Send the file that is asked for."""
        uri = route.request.url
        path = self.site.root / uri.removeprefix(self.HOST).partition("?")[0]
        if not uri.startswith(self.HOST):
            self.elsewhere.append(uri)
            route.abort()
        elif path.is_file():
            kind = mimetypes.guess_type(path.name)[0]
            route.fulfill(body=path.read_bytes(), content_type=kind)
        else:
            self.said.append(f"no file {path}")
            route.fulfill(status=404)

    def hear(self, message):
        if message.type in ("error", "warning"):
            self.said.append(message.text)

    def open(self, page, anchor=""):
        self.page.goto(self.HOST + page + anchor)
        return self.page

    def resize(self, width):
        self.page.set_viewport_size({"width": width, "height": HEIGHT})


@pytest.fixture(scope="session")
def tab(browser, site):
    made = Tab(browser, site, permissions=["clipboard-read", "clipboard-write"])
    yield made
    made.context.close()


@pytest.fixture(scope="session")
def visits(tab, site):
    """Chapter -> what one look at it finds: at some widths, and of its pairs."""
    return {page: (measured(tab, page, FEW), shown(tab)) for page in site.chapters()}


def measured(tab, page, widths):
    """Width -> what MEASURE finds on *page*."""
    tab.open(page)
    found = {}
    for width in widths:
        tab.resize(width)
        found[width] = tab.page.evaluate(MEASURE)
    return found


def shown(tab):
    """(symbol, text) of each side of the pairs of the open page."""
    return tab.page.evaluate(SHOWN)


def with_most(site, part):
    """The chapter that has the most of *part*, a piece of HTML."""
    counted = collections.Counter(
        {p: site.read(p).count(part) for p in site.chapters()}
    )
    ((page, count),) = counted.most_common(1)
    assert count, f"no page has {part}"
    return page


# ---- layout ------------------------------------------------------------------


# Pages as long as what they list.
LISTS = ("source/", "genindex", "side-by-side/")


def check_layout(page, measures):
    for width, found in measures.items():
        columns = COLUMNS[width]
        where = f"{page} at {width}"
        assert found["page"] <= 0, where
        assert found["wide"] == [], where
        assert found["uneven"] == 0 or columns == 1, where
        assert found["columns"] in ([], [columns]), where
        assert found["alone"] in ([], [min(columns, 2)]), where
        assert found["nodes"] <= 4500 or page.startswith(LISTS), where


def test_every_chapter_fits_the_window(tab, visits):
    assert len(visits) > 10
    for page, (measures, _) in visits.items():
        check_layout(page, measures)
    assert tab.said == []
    assert tab.elsewhere == []


@pytest.mark.slow
def test_every_page_fits_every_window(browser, site):
    tab = Tab(browser, site)  # no scheme changes a width
    for page in site.pages():
        check_layout(page, measured(tab, page, COLUMNS))
    tab.context.close()
    assert tab.said == []
    assert tab.elsewhere == []


def test_a_wide_window_puts_the_note_between_the_sides(tab, site):
    page = tab.open(with_most(site, 'class="pair-step"'))
    order = """() => {
      const step = document.querySelector(".pair:not(.pair-alone) .pair-step[id]");
      const at = (name) => step.querySelector(name).getBoundingClientRect();
      const [n, l, r] = [".pair-note", ".pair-code.left", ".pair-code.right"].map(at);
      return [n.bottom <= l.top + 1, l.right <= n.left + 1, n.right <= r.left + 1,
              l.right <= r.left + 1, l.bottom <= r.top + 1];
    }"""
    tab.resize(1920)
    assert page.evaluate(order) == [False, True, True, True, False]
    tab.resize(1440)
    assert page.evaluate(order) == [True, False, False, True, False]
    tab.resize(390)
    assert page.evaluate(order) == [True, False, False, False, True]


def test_links_on_a_phone_are_large_enough(tab, site):
    page = tab.open(with_most(site, 'class="pair-step"'))
    tab.resize(390)
    low = """() => [...document.querySelectorAll(".pair-at")].filter(
      (a) => a.getBoundingClientRect().height < 24).length"""
    assert page.evaluate(low) == 0


COLOURS = """() => {
  const canvas = document.createElement("canvas");
  const paint = canvas.getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (text) => {
    if (!known.has(text)) {
      paint.clearRect(0, 0, 1, 1);
      paint.fillStyle = text;
      paint.fillRect(0, 0, 1, 1);
      known.set(text, [...paint.getImageData(0, 0, 1, 1).data]);
    }
    return known.get(text);
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const seen = new Map();
  for (const e of document.querySelectorAll("article *, .notice, nav.sidebar-tree a")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !e.getClientRects().length || e.closest(".picture")) continue;
    if (e.closest(".visually-hidden, .mm")) continue;
    const pair = [rgba(getComputedStyle(e).color), behind(e)];
    seen.set(JSON.stringify(pair), [...pair, e.className || e.tagName]);
  }
  return [...seen.values()];
}"""


@pytest.mark.parametrize("part", ['class="pair-step"', "data-steps", 'class="memmap'])
def test_all_text_can_be_read(tab, site, part):
    """Also what no checker of single elements sees: code without its colours."""
    page = tab.open(with_most(site, part))
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(COLOURS)
        assert len(found) > 5
        weak = [item for item in found if contrast(item[0], item[1]) < 4.5]
        assert weak == []
        dark = sum(found[0][1][:3]) < 3 * 128
        assert dark == (scheme == "dark")


def contrast(one, other):
    """The contrast of two colours, as WCAG defines it."""
    low, high = sorted(
        sum(
            share * (c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4)
            for share, c in zip((0.2126, 0.7152, 0.0722), colour[:3], strict=True)
        )
        for colour in (one, other)
    )
    return (high + 0.05) / (low + 0.05)


def test_the_theme_can_be_chosen(tab, site):
    page = tab.open("index.html")
    tab.resize(1440)
    toggle = page.locator(".theme-toggle-content .theme-toggle")
    seen = set()
    for _ in range(3):
        toggle.click()
        ground = "getComputedStyle(document.body).backgroundColor"
        seen.add((page.evaluate("document.body.dataset.theme"), page.evaluate(ground)))
    assert {theme for theme, _ in seen} == {"light", "dark", "auto"}
    assert len({colour for _, colour in seen}) == 2


# ---- pairs -------------------------------------------------------------------


SHOWN = """() => [...document.querySelectorAll(".pair-who")].map((head) => {
  const side = head.classList.contains("left") ? "left" : "right";
  const cells = head.closest(".pair").querySelectorAll(`.pair-code.${side}`);
  const shown = [...cells].filter((cell) => getComputedStyle(cell).display !== "none");
  const pres = shown.flatMap((cell) => [...cell.querySelectorAll("pre")]);
  return [head.dataset.symbol, pres.map((pre) => pre.textContent).join("")];
})"""


def test_what_is_shown_is_the_source(visits):
    checked = 0
    for name, (_, pairs_of_it) in visits.items():
        for dotted, text in pairs_of_it:
            assert text == pairs.find(dotted).text + "\n", (name, dotted)
            checked += 1
    assert checked > 1


COPIED = """async () => {
  for (let tries = 0; tries < 250; tries++) {
    const text = await navigator.clipboard.readText();
    if (text) return text;
    await new Promise((done) => setTimeout(done, 20));
  }
}"""


def copied(page, head):
    """The text that the button of a pair's *head* copies."""
    page.evaluate("navigator.clipboard.writeText('')")
    head.locator(".copy").click()
    return page.evaluate(COPIED)


def test_the_buttons_copy_the_source(tab, site):
    page = tab.open(with_most(site, '<figure class="pair"'))
    figure = page.locator(".pair:not(.pair-alone)").first
    for side, width in (("left", 1440), ("right", 1440), ("right", 390)):
        tab.resize(width)
        head = figure.locator(f".pair-who.{side}")
        text = pairs.find(head.get_attribute("data-symbol")).text + "\n"
        assert copied(page, head) == text
        head.locator(".copy:text('copied')").wait_for()


def test_the_switch_shows_another_version(tab, site):
    if not any("pair-switch" in site.read(page) for page in site.chapters()):
        pytest.skip("no other version of CPython was found")
    page = tab.open(with_most(site, 'class="pair-switch"'))
    tab.resize(1440)
    head = page.locator(".pair-who:has(.pair-switch)").first
    symbol = pairs.find(head.get_attribute("data-symbol"))
    forms = pytest.importorskip("docs._ext.editions").of(symbol).known
    at = int(head.locator(":checked").get_attribute("value"))
    assert forms[at].symbol == symbol
    for key, number in (("ArrowRight", (at + 1) % len(forms)), ("ArrowLeft", at)):
        head.locator(":checked").press(key)
        text = forms[number].symbol.text + "\n"
        assert dict(shown(tab))[symbol.dotted] == text
        assert copied(page, head) == text
        assert head.locator("p a:visible").count() == 1
    page.emulate_media(media="print")
    assert head.locator("label:visible").count() == 1
    page.emulate_media(media="screen")


def test_a_session_is_copied_without_prompts_and_output(tab, site):
    page = tab.open(with_most(site, 'class="gp"'))
    tab.resize(1440)
    block = page.locator("div.highlight:has(.gp)").first
    block.hover()
    block.locator(".copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    shown = block.locator("pre").inner_text()
    typed = [line[4:] for line in shown.splitlines() if line[:4] in (">>> ", "... ")]
    assert typed
    assert copied == "\n".join(line for line in typed if line.strip()) + "\n"


LIT = """(step) => [...step.querySelectorAll(".l")].map((line) => [
  [...line.classList].filter((name) => name.startsWith("k")),
  getComputedStyle(line).backgroundColor !== "rgba(0, 0, 0, 0)"])"""


def test_a_mark_lights_its_lines_by_mouse_and_by_key(tab, site):
    page = tab.open(with_most(site, 'class="at k0"'))
    tab.resize(1440)
    step = page.locator(".pair-step:has(.at.k0)").first
    mark = step.locator(".at.k0").first

    def lit():
        return step.evaluate(LIT)

    assert not any(on for _, on in lit())
    for act in (mark.hover, lambda: (page.mouse.move(0, 0), mark.focus())):
        act()
        assert all(on == ("k0" in hues) for hues, on in lit())
        assert any(on for _, on in lit())


BOTH_SIDES = """() => {
  for (const mark of document.querySelectorAll(".pair:not(.pair-alone) .at")) {
    const hue = [...mark.classList].find((name) => /^k\\d$/.test(name));
    const step = mark.closest(".pair-step");
    const lines = ["left", "right"].map(
      (side) => step.querySelector(`.${side} .l.${hue}`));
    if (lines.every((line) => line)) {
      mark.focus();
      return lines.map((line) => getComputedStyle(line).backgroundColor);
    }
  }
}"""


def test_a_mark_on_both_sides_lights_both(tab, site):
    for name in site.chapters():
        colours = tab.open(name).evaluate(BOTH_SIDES)
        if colours:
            assert colours[0] == colours[1] != "rgba(0, 0, 0, 0)"
            return
    pytest.fail("no mark of the site names lines on both sides")


EVERY_LAYOUT = [
    pytest.param(width, marks=() if width in FEW else pytest.mark.slow)
    for width in COLUMNS
]


@pytest.mark.parametrize("width", EVERY_LAYOUT)
def test_a_link_to_a_step_shows_it_below_the_heads(tab, site, width):
    name, page = with_most(site, 'class="pair-step"'), tab.page
    ident = re.search('<div class="pair-step" id="(.*?)"', site.read(name))[1]
    in_sight = """(id) => {
      const step = document.getElementById(id);
      const head = step.closest(".pair").querySelector(".pair-head");
      const bar = document.querySelector(".mobile-header");
      const low = (e) => e.getBoundingClientRect().bottom;
      const top = step.getBoundingClientRect().top;
      return Math.max(low(head), low(bar)) <= top + 1 && top < innerHeight / 2;
    }"""
    tab.resize(width)
    page.goto("about:blank")
    tab.open(name, "#" + ident)
    page.wait_for_function(in_sight, arg=ident)


# ---- keys --------------------------------------------------------------------


def test_the_drawer_opens_and_closes_by_keyboard(tab, site):
    page = tab.open("index.html")
    tab.resize(1280)
    left = (
        "() => document.querySelector('.sidebar-drawer').getBoundingClientRect().left"
    )
    page.keyboard.press("Tab")  # the drawer's switch is the first stop
    assert page.evaluate("document.activeElement.id") == "__navigation"
    assert page.evaluate(left) < 0
    assert not page.locator(".sidebar-drawer").is_visible()
    page.keyboard.press("Enter")
    page.wait_for_function(f"({left})() === 0")
    assert page.locator(".sidebar-drawer").is_visible()
    page.keyboard.press("Escape")
    page.wait_for_function(f"({left})() < 0")
    page.keyboard.press("Space")
    page.wait_for_function(f"({left})() === 0")


def test_the_stepper_walks_by_keys_and_keeps_the_focus(tab, site):
    page = tab.open(with_most(site, "data-steps"))
    tab.resize(1440)
    figure = page.locator("[data-steps]").first
    rows = figure.locator("tbody tr")
    count = rows.count()
    status = figure.get_by_role("status")
    first, back, following, everything = figure.locator(".lanes-bar button").all()

    def pale():
        return rows.evaluate_all(
            "(all) => all.filter((row) => row.dataset.at === 'next'"
            " && getComputedStyle(row.cells[0]).opacity < 1).length"
        )

    assert status.inner_text() == f"{count} steps"
    assert pale() == 0
    first.focus()
    page.keyboard.press("Enter")
    assert status.inner_text() == f"step 1 of {count}"
    assert pale() == count - 1
    assert first.get_attribute("aria-disabled") == "true"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert status.inner_text() == f"step 3 of {count}"
    page.keyboard.press("ArrowLeft")
    assert status.inner_text() == f"step 2 of {count}"
    assert pale() == count - 2
    page.keyboard.press("End")
    assert pale() == 0
    assert first.evaluate("(e) => e === document.activeElement")
    following.click()
    assert status.inner_text() == f"step 1 of {count}"
    everything.click()
    back.click()
    assert status.inner_text() == f"step {count} of {count}"


def test_the_section_being_read_is_marked(tab, site):
    page = tab.open(with_most(site, "<h2>"))
    tab.resize(1440)
    links = page.locator(".sidebar-tree .toc-tree a")
    assert links.count() >= 2
    links.nth(1).click()
    page.wait_for_function(
        "document.querySelector('.sidebar-tree .scroll-current > a')?.hash"
        " === location.hash"
    )


# ---- without script, and search ---------------------------------------------


def test_without_script_every_page_is_whole(browser, site):
    tab = Tab(browser, site, java_script_enabled=False)
    page = tab.open(with_most(site, "data-steps"))
    assert page.locator(".lanes-bar, .copy").count() == 0
    rows = page.locator("[data-steps] tbody tr")
    assert rows.count()
    assert all(row.is_visible() for row in rows.all())
    page = tab.open(with_most(site, 'class="pair-step"'))
    assert page.locator(".pair-code pre").first.is_visible()
    for fold in page.locator(".pair details").all():
        fold.locator("summary").click()
        assert fold.locator("pre").is_visible()
    tab.context.close()
    assert tab.said == []


def test_the_search_finds_words_and_symbols(tab, site):
    for word, wanted in [("semaphore", ".html"), ("malloc", "#pair-heap-Heap-malloc")]:
        page = tab.open("search.html", f"?q={word}")
        page.wait_for_selector(f'ul.search li a[href*="{wanted}"]')
    assert tab.said == []
    assert tab.elsewhere == []


def test_the_search_finds_an_error_by_its_text(tab, site):
    text = "AttributeError: 'ForkAwareLocal' object has no attribute 'connection'"
    page = tab.open("search.html", f"?q={quote(text)}")
    page.wait_for_selector('ul.search li a[href*="side-by-side/errors.html"]')
    assert tab.said == []


# ---- paper -------------------------------------------------------------------


@pytest.mark.slow
def test_on_paper_both_columns_stand_and_folds_are_open(browser, site):
    tab = Tab(browser, site, color_scheme="dark")
    page = tab.open(with_most(site, '<figure class="pair"'))
    page.emulate_media(media="print")
    tab.resize(700)  # about A4 less its margins
    found = page.evaluate(MEASURE)
    assert found["page"] <= 0
    assert found["columns"] == [2]
    assert found["uneven"] == 0
    hidden = """() => [...document.querySelectorAll(
      ".copy, .sidebar-drawer, .mobile-header, .lanes-bar")].filter(
      (e) => e.getClientRects().length).length"""
    assert page.evaluate(hidden) == 0
    for ink, ground, where in page.evaluate(COLOURS):
        assert sum(ground[:3]) > 3 * 128, where
        assert contrast(ink, ground) >= 4.5, where
    for code in page.locator(".pair details pre").all():
        assert code.evaluate("(e) => e.checkVisibility()")
    assert len(page.pdf(format="A4")) > 10_000
    tab.context.close()


# --- without a browser ------------------------------------------------------------


CATALOGUES = {"side-by-side/errors.html", "side-by-side/museum.html"}


def test_pages_are_light(site):
    """A listing of a file is as long as the file, and may weigh more; so may a
    catalogue, in which people look something up."""
    heavy = {}
    for page in site.pages():
        raw = site.root.joinpath(page).read_bytes()
        k = 1024 * (2.5 if str(page).startswith("source/") else 1)
        if str(page) in CATALOGUES:
            k *= 1.5
        if len(gzip.compress(raw)) > 24 * k or len(raw) > 220 * k:
            heavy[page] = len(gzip.compress(raw)), len(raw)
    assert heavy == {}


def test_first_load_is_light(site):
    """A page with all that it links to: styles, scripts and icons."""
    for page in site.chapters():
        files = {page}
        for link in re.findall(r'(?:src|href)="([^"#?]+)[^"]*"', site.read(page)):
            path = site.root.joinpath(page).parent.joinpath(link).resolve()
            if path.suffix in {".css", ".js", ".svg"} and path.is_file():
                files.add(path.relative_to(site.root.resolve()).as_posix())
        sizes = [len(gzip.compress(site.root.joinpath(f).read_bytes())) for f in files]
        assert len(files) > 8
        assert sum(sizes) <= (72 if str(page) in CATALOGUES else 60) * 1024, page


def test_pages_load_nothing_from_elsewhere(site):
    for page in site.pages():
        for tag in re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", site.read(page)):
            if 'rel="canonical"' not in tag:
                assert not re.search(r'(?:src|href)="(?:https?:)?//', tag), (page, tag)


def test_links_within_the_site_lead_somewhere(site):
    ids = {
        page: set(re.findall(r'\bid="([^"]+)"', site.read(page)))
        for page in site.pages()
    }
    dead = []
    for page in site.pages():
        for link in re.findall(r'<a\b[^>]*\bhref="([^"]+)"', site.read(page)):
            if re.match("https?:|mailto:", link):
                continue
            path, _, anchor = html.unescape(link).partition("#")
            path = path.partition("?")[0]
            target = Path(page).parent.joinpath(path) if path else Path(page)
            name = site.root.joinpath(target).resolve()
            name = name.relative_to(site.root.resolve()).as_posix()
            if name not in ids or anchor and anchor not in ids[name]:
                dead.append((page, link))
    assert dead == []


def test_page_of_an_exercise_folds_what_helps(site):
    for exercise in ladder.load():
        page = site.read(f"exercises/{exercise.folder.name}/task.html")
        open_, *folds = page.split('<details class="fold">')
        assert f"compare exercise {exercise.name}\n" in re.sub("<.*?>", "", open_)
        titles = [re.search("<summary>(.*?)</summary>", fold)[1] for fold in folds]
        count = len(exercise.hints)
        hints = [f"Hint {n} of {count}" for n in range(1, count + 1)]
        check, *middle, notice, pair = titles
        assert check.startswith("check.py") and notice == "What to notice"
        assert middle == [*hints, "A solution"]
        assert pair == "The pair" and '<figure class="pair' in folds[-1]
        assert '<figure class="pair' not in open_


def test_chapter_leads_to_its_exercises(site):
    for exercise in ladder.load():
        for chapter in exercise.chapters:
            link = f'href="../exercises/{exercise.folder.name}/task.html"'
            end = site.read(f"{chapter}.html").partition('<div class="next ')[2]
            assert link in end, chapter
