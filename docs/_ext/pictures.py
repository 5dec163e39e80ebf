"""Small drawings for the map of the whole: SVG, 120 x 56, in the theme's colours.

No text inside: the words stand below, where they can be read aloud and translated.
"""


def _svg(*shapes: str) -> str:
    return (
        '<svg class="picture" viewBox="0 0 120 56" aria-hidden="true">'
        + "".join(shapes)
        + "</svg>"
    )


def _rect(kind: str, x: float, y: float, w: float, h: float, r: float = 3) -> str:
    return (
        f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}"'
        f' rx="{r:g}"/>'
    )


def _path(kind: str, d: str) -> str:
    return f'<path class="{kind}" d="{d}"/>'


def _cells(y: float, filled=()) -> str:
    """A strip of eight bytes, some of them in use."""
    return "".join(
        _rect("full" if i in filled else "cell", 8 + 13 * i, y, 12, 14, 2)
        for i in range(8)
    )


BYTES = _svg(_cells(12), _cells(29))
VIEW = _svg(
    _cells(34, filled=range(4)),
    _rect("view", 8, 8, 51, 17),
    _path("line", "M8 31V27H59V31"),
)
LOCK = _svg(
    _cells(34, filled=range(4)),
    _path("shackle", "M80 21V14a7 7 0 0 1 14 0V21"),
    _rect("lock", 75, 20, 24, 12),
    _path("line", "M8 31V27H59V31"),
    _rect("view", 8, 8, 51, 17),
)
MESSAGE = _svg(
    _rect("end", 6, 15, 22, 26),
    _rect("end", 92, 15, 22, 26),
    _path("arrow", "M32 23H86M81 19l5 4-5 4"),
    _path("arrow back", "M88 34H34M39 30l-5 4 5 4"),
)
PROXY = _svg(
    _rect("ghost", 6, 12, 34, 32),
    _path("dots", "M46 28H74"),
    _rect("full", 80, 12, 34, 32),
)
PICTURES = {
    "bytes": BYTES,
    "view": VIEW,
    "lock": LOCK,
    "message": MESSAGE,
    "proxy": PROXY,
}
