"""A lean SVG shows the same picture with fewer characters."""

from xml.etree import ElementTree

import pytest

from maw.reporting.figures.lean import lean
from maw.reporting.figures.registry import FIGURES, svg_of
from tests.reporting.small_suite import comparison_frames, random_tables
from tests.scored import plan_of

SVG = "{http://www.w3.org/2000/svg}"


def made(inside: str) -> ElementTree.Element:
    return lean(ElementTree.fromstring(f'<svg xmlns="{SVG[1:-1]}">{inside}</svg>'))


def test_what_all_parts_of_a_group_share_is_said_once_and_an_exception_stays() -> None:
    root = made(
        '<g><line stroke="red" x2="5"/><line stroke="red" x2="6"/><line stroke="blue" x2="7"/></g>'
    )
    group = root[0]
    assert group.get("stroke") == "red"
    assert [line.get("stroke") for line in group] == [None, None, "blue"]


def test_what_one_part_lacks_is_not_handed_up() -> None:
    group = made('<g><line stroke="red" x2="5"/><text>a</text></g>')[0]
    assert group.get("stroke") is None
    assert group[0].get("stroke") == "red"


def test_a_group_keeps_what_it_says_itself() -> None:
    group = made('<g fill="none"><path d="M0,0" fill="red"/><path d="M1,1" fill="red"/></g>')[0]
    assert group.get("fill") == "none"
    assert [path.get("fill") for path in group] == ["red", "red"]


def test_opacity_stays_at_its_mark_unless_it_is_whole() -> None:
    group = made('<g><path d="M0,0" opacity="0.5"/><path d="M1,1" opacity="1"/></g>')[0]
    assert [path.get("opacity") for path in group] == ["0.5", None]
    assert group.get("opacity") is None


def test_areas_that_nobody_sees_are_removed_and_coloured_ones_stay() -> None:
    root = made(
        '<g><path class="background" d="M0,0h9v9h-9Z"/>'
        '<path class="background" d="M0,0h9v9h-9Z" fill="red"/>'
        '<path class="foreground" d="" display="none" fill="red"/></g>'
    )
    assert [path.get("fill") for path in root[0]] == ["red"]


def test_coordinates_have_two_decimals() -> None:
    path = made('<path d="M1.23456,-0.00001L1e-7,2.5" transform="translate(3.999,7)"/>')[0]
    assert path.get("d") == "M1.23,-0L1e-7,2.5"
    assert path.get("transform") == "translate(4,7)"


def test_two_arcs_around_the_middle_are_a_circle() -> None:
    arcs = "M2.5,0A2.5,2.5,0,1,1,-2.5,0A2.5,2.5,0,1,1,2.5,0"
    circle = made(f'<path d="{arcs}" transform="translate(3,4)"/>')[0]
    assert (circle.tag, circle.get("r"), circle.get("d")) == (f"{SVG}circle", "2.5", None)
    assert circle.get("transform") == "translate(3,4)"


def test_one_font_is_said_at_the_root_and_several_at_their_texts() -> None:
    root = made('<text font-family="A">a</text><g><text font-family="A">b</text></g>')
    assert root.get("font-family") == "A"
    assert all(text.get("font-family") is None for text in root.iter(f"{SVG}text"))
    other = made('<text font-family="A">a</text><text font-family="B">b</text>')
    assert [text.get("font-family") for text in other] == ["A", "B"]


@pytest.mark.parametrize("name", ["forest", "leaderboard"])
def test_a_real_figure_keeps_its_texts_and_loses_a_fifth_of_its_characters(name: str) -> None:
    plan = plan_of(("new", "old"), ("new", "random"))
    svg = svg_of(name, comparison_frames(random_tables(), plan), plan=plan)
    assert name in FIGURES
    before = ElementTree.fromstring(svg)
    texts = [element.text for element in before.iter(f"{SVG}text")]
    after = lean(ElementTree.fromstring(svg))
    assert [element.text for element in after.iter(f"{SVG}text")] == texts
    assert len(ElementTree.tostring(after)) < 0.8 * len(svg.encode())
