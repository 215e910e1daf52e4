"""What somebody without our code reads from the forest plot: its geometry, and STATISTICS.md.

Only the SVG is read: the positions of the axis' numbers give the scale, and the bars' ends, the
tick, the thick part and the band, all in pixels, give the word.
"""

import re
from dataclasses import dataclass
from math import inf
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"
NEAR = 1e-6  # pixels between two marks of one row
Row = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Read:
    """A row of the plot: its name, the word by its geometry, and the word written at its end."""

    label: str
    by_geometry: str
    written: str


def words_in(svg: str) -> list[Read]:
    """Return the rows of an SVG that have a word, from the top down."""
    root = ElementTree.fromstring(svg)
    scale = _scale(root)
    band = [place for mark in _group(root, "sesoi") for place in _x_ends(mark)]
    sesoi = scale(band[1]) if band else None
    assert not band or abs(scale(band[0]) + scale(band[1])) < 1e-9
    labels = {_y(mark): mark.text or "" for mark in _group(root, "label_bold")}
    background = root.find(f"{SVG}rect")
    assert background is not None
    read = []
    for mark in _group(root, "word"):
        y = _y(mark)
        row: Row = {}
        for name in ("limits", "equivalence", "gain", "margin"):
            for other in _group(root, name):
                if abs(_middle(other) - (y - _drop(root))) < 1:
                    low, high = _x_ends(other)
                    row[name] = scale(low), scale(high)
        (point,) = [p for p in _group(root, "estimate") if abs(_y(p) - (y - _drop(root))) < 1]
        is_hollow = point.get("fill") == background.get("fill")
        shape = "circle" if "A" in point.get("d", "") else _shape(point)
        word = _marked(shape) if is_hollow else _word(row, sesoi)
        (label,) = [text for place, text in labels.items() if abs(place - y) < NEAR]
        read.append(Read(label, word, mark.text or ""))
    return read


def _word(row: Row, sesoi: float | None) -> str:
    """Return the word by the rules of STATISTICS.md, in their order."""
    low, high = row["limits"]
    if "margin" in row:
        margin = sum(row["margin"]) / 2  # the middle of its tick
        return "non-inferior" if low > margin else "non-inferiority not shown"
    gain = sum(row["gain"]) / 2
    if sesoi is not None and low >= sesoi:
        return "better, by at least SESOI"
    if low > 0:
        is_small = sesoi is not None and gain < sesoi
        return "better, but by less than SESOI" if is_small else "better"
    if high < 0:
        if sesoi is not None and low > -sesoi:
            return "refuted, by less than SESOI"
        return "refuted, by at least SESOI" if sesoi is not None and high < -sesoi else "refuted"
    thick_low, thick_high = row.get("equivalence", (-inf, inf))
    if sesoi is not None and -sesoi < thick_low and thick_high < sesoi:
        return "equivalent"
    return "no relevant gain" if sesoi is not None and gain < sesoi else "inconclusive"


def _marked(shape: str) -> str:
    return {"circle": "not controlled", "cross": "not estimable", "diamond": "withheld"}[shape]


def _shape(point: ElementTree.Element) -> str:
    """Return cross or diamond: a cross has twelve corners, a diamond four."""
    corners = len(re.findall(r"[MLHV]", point.get("d", "")))
    return "cross" if corners > 5 else "diamond"


def _group(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    groups = (g for g in root.iter(f"{SVG}g") if f"{name}_marks" in g.get("class", "").split())
    return [mark for group in groups for mark in group]


class _Scale:
    def __init__(self, places: list[tuple[float, float]]) -> None:
        (self._x, self._value), *_, (last, end) = sorted(places)
        self._per_pixel = (end - self._value) / (last - self._x)

    def __call__(self, x: float) -> float:
        return self._value + (x - self._x) * self._per_pixel


def _scale(root: ElementTree.Element) -> _Scale:
    groups = [g for g in root.iter(f"{SVG}g") if "role-axis-label" in g.get("class", "")]
    marks = [mark for group in groups for mark in group if mark.text]
    values = [float((mark.text or "").replace("−", "-")) for mark in marks]
    scale = _Scale([(_place(mark)[0], value) for mark, value in zip(marks, values, strict=True)])
    zero = next(_place(mark)[0] for mark in marks if mark.text == "0")
    shift = _place(_group(root, "zero")[0])[0] - zero
    assert abs(shift) <= 0.5  # the axis' lines lie on whole pixels
    return scale


def _place(mark: ElementTree.Element) -> tuple[float, float]:
    found = re.search(r"translate\(([^,]+),([^)]+)\)", mark.get("transform", ""))
    return (float(found[1]), float(found[2])) if found else (0.0, 0.0)


def _y(mark: ElementTree.Element) -> float:
    return _place(mark)[1]


def _drop(root: ElementTree.Element) -> float:
    """Return by how many pixels the baseline of a word lies below the middle of its row."""
    return min(_y(word) for word in _group(root, "word")) - min(
        _y(point) for point in _group(root, "estimate")
    )


def _middle(mark: ElementTree.Element) -> float:
    """Return the height of a bar's or a tick's middle."""
    if mark.tag == f"{SVG}line":
        return _y(mark)
    _, top, _, height = _box(mark)
    return top + height / 2


def _x_ends(mark: ElementTree.Element) -> tuple[float, float]:
    """Return the left and the right end of a line or a rectangle."""
    if mark.tag == f"{SVG}line":
        left = _place(mark)[0]
        return left, left + float(mark.get("x2", "0"))
    left, _, width, _ = _box(mark)
    return left, left + width


def _box(mark: ElementTree.Element) -> tuple[float, float, float, float]:
    """Return left, top, width and height of a rectangle that is drawn as a path."""
    found = re.match(r"M([^,]+),([^h]+)h([^v]+)v([^h]+)h", mark.get("d", ""))
    assert found
    left, top, width, height = map(float, found.groups())
    return left, top, width, height
