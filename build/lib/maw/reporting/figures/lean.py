"""An SVG without what changes nothing in its picture, so that a page of many figures stays small.

Vega writes each attribute at each mark, also where all marks of a group share it or it has its
default value, and coordinates with up to seventeen digits. A figure of a page is a hundredth of a
pixel precise.
"""

import re
from collections import Counter
from xml.etree.ElementTree import Element

INHERITED = (
    "fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "text-anchor",
)  # fmt: skip
DEFAULTS = {  # of attributes that no group hands on
    "opacity": "1", "x1": "0", "x2": "0", "y1": "0", "y2": "0", "transform": "translate(0,0)",
}  # fmt: skip
POINTER = "pointer-events"  # nothing in a figure is clicked
MEASURED = ("d", "transform", "x", "y", "x1", "x2", "y1", "y2", "r", "width", "height", "points")
LONG = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
# how Vega draws a circle of radius r around 0: two arcs
CIRCLE = re.compile(r"M([\d.]+),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0")
FONT = "font-family"
EMPTY_GROUPS = ("background", "foreground")  # classes of the areas behind and before a group


def lean(root: Element) -> Element:
    """Return the SVG, changed in place: without defaults, invisible areas and needless digits.

    What all parts of a group have in common is said once, at the group, and a font that all texts
    have, at the root.
    """
    _without_invisible(root)
    fonts = {element.get(FONT) for element in root.iter() if element.get(FONT) is not None}
    if len(fonts) == 1:
        for element in root.iter():
            element.attrib.pop(FONT, None)
        root.set(FONT, str(fonts.pop()))
    _hand_up(root)
    for element in root.iter():
        for key, value in DEFAULTS.items():
            if element.get(key) == value:
                del element.attrib[key]
        element.attrib.pop(POINTER, None)
        for key in MEASURED:
            if key in element.attrib:
                element.set(key, LONG.sub(_short, element.attrib[key]))
        if circle := CIRCLE.fullmatch(element.get("d", "")):
            element.tag = element.tag.removesuffix("path") + "circle"
            del element.attrib["d"]
            element.set("r", circle[1])
    return root


def _without_invisible(parent: Element) -> None:
    """Remove areas of groups that have neither a colour nor a line, or are not displayed."""
    for child in list(parent):
        is_area = child.get("class") in EMPTY_GROUPS
        has_colour = child.get("fill") is not None or child.get("stroke") is not None
        if is_area and (child.get("display") == "none" or not has_colour):
            parent.remove(child)
        else:
            _without_invisible(child)


def _hand_up(parent: Element) -> None:
    """Move an attribute that all children have to their group, with its commonest value.

    Only a child with another value keeps its own. The lowest groups come first.
    """
    children = list(parent)
    for child in children:
        _hand_up(child)
    if len(children) < 2:
        return
    for key in INHERITED:
        values = [child.get(key) for child in children]
        if key in parent.attrib or None in values:
            continue
        (value, _), *_ = Counter(values).most_common(1)
        parent.set(key, str(value))
        for child in children:
            if child.get(key) == value:
                del child.attrib[key]


def _short(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
