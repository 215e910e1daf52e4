"""The look of systems: distinct for all readers, the same in every figure; the SVG's dress."""

import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from maw.reporting.figures.look import (
    HIGHLIGHTS,
    PALETTE,
    PAPER,
    dressed,
    inlined,
    looks_of,
    palette_css,
    spread_apart,
)
from maw.reporting.figures.registry import entry, svg_of
from maw.settings.plan import Analysis
from maw.significance.clean import Array
from tests.reporting.small_suite import comparison_frames, random_tables, suite_frames
from tests.scored import plan_of

# linear RGB as it is seen without the cones for red (protanopia) or green (deuteranopia):
# Machado, Oliveira & Fernandes, IEEE TVCG 15 (2009) 1291-1298, severity 1
VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
# linear sRGB to XYZ, D65: IEC 61966-2-1
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(colour: str) -> Array:
    """Return the linear RGB values of a colour in hexadecimal, from 0 to 1."""
    coded = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def lab(rgb: Array) -> Array:
    """Return CIE L*, a*, b* of linear RGB values."""
    ratio = TO_XYZ @ np.clip(rgb, 0, 1) / TO_XYZ.sum(axis=1)
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(colour: str, ground: str) -> float:
    """Return the contrast of WCAG 2.2, from 1 to 21."""
    low, high = sorted((TO_XYZ[1] @ linear(colour), TO_XYZ[1] @ linear(ground)))
    return float((high + 0.05) / (low + 0.05))


def test_lab_is_that_of_the_books() -> None:
    # colour-science 0.4.4: XYZ_to_Lab(sRGB_to_XYZ([1, 0, 0])) = 53.24, 80.09, 67.20
    assert lab(linear("#ff0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.03)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)  # WCAG technique G18


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("is_dark", [False, True])
def test_eight_systems_differ_for_every_reader(vision: str, is_dark: bool) -> None:
    colours = [PALETTE[colour][1] if is_dark else colour for colour in HIGHLIGHTS]
    seen = [lab(VISIONS[vision] @ linear(colour)) for colour in colours]
    nearest = min(np.linalg.norm(a - b) for a, b in combinations(seen, 2))
    assert nearest > 22  # a just noticeable difference is 2.3 (Mahy et al. 1994)


@pytest.mark.parametrize("is_dark", [False, True])
def test_lines_and_points_stand_out_from_the_ground(is_dark: bool) -> None:
    ground = PALETTE[PAPER][1] if is_dark else PAPER
    for colour in HIGHLIGHTS:
        assert contrast(PALETTE[colour][1] if is_dark else colour, ground) > 2.8


@pytest.mark.parametrize("is_dark", [False, True])
def test_texts_can_be_read_on_the_ground_and_on_the_band(is_dark: bool) -> None:
    dark = dict(PALETTE.values())
    light = {variable: colour for colour, (variable, _) in PALETTE.items()}
    values = dark if is_dark else light
    for text in ("--fig-ink", "--fig-soft"):
        for ground in ("--fig-paper", "--fig-band"):
            assert contrast(values[text], values[ground]) >= 4.5  # WCAG 2.2, level AA


def test_fifteen_systems_are_told_apart_by_colour_and_dash() -> None:
    plan = plan_of(*((f"s{n:02}", "control") for n in range(15)))
    looks = looks_of(comparison_frames(random_tables(), plan_of(("new", "old"))), plan)
    marked = [looks.of(f"s{n:02}") for n in range(15)]
    assert len({(look.colour, look.dash) for look in marked}) == 15
    assert len({(look.colour, look.marker) for look in marked}) == 15
    assert {look.colour for look in marked[:8]} == set(HIGHLIGHTS)


def test_claimed_systems_are_coloured_controls_bluish_and_untrained_ones_grey() -> None:
    plan = plan_of(
        ("new", "old"), ("new", "zeroshot", "reference"), ("old", "zeroshot", "reference")
    )
    runs = pd.DataFrame(
        {
            "dataset": "toy",
            "system": ["new", "old", "zeroshot", "random"],
            "seed": 1,
            "trained": [True, True, False, True],
        }
    )
    compared = comparison_frames(random_tables(), plan_of(("new", "old")))
    frames = suite_frames(compared, runs=runs)
    looks = looks_of(frames, plan)
    variables = {name: PALETTE[look.colour][0] for name, look in looks.by_system.items()}
    assert variables == {
        "new": "--fig-1",
        "random": "--fig-2",
        "old": "--fig-control-1",
        "zeroshot": "--fig-untrained-1",
    }
    without_runs = looks_of(compared, plan)
    assert without_runs.by_system == looks.by_system
    assert looks.ordered(["zeroshot", "new", "new"]) == ["new", "zeroshot"]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=12), st.floats(0.1, 20))
def test_labels_move_as_little_as_possible_and_are_apart(places: list[float], least: float) -> None:
    moved = spread_apart(places, least=least)
    order = np.argsort(places, kind="stable")
    gaps = np.diff(np.array(moved)[order])
    assert (gaps >= least - 1e-9).all()
    steps = least * np.arange(len(places))
    expected = isotonic_regression(np.array(places)[order] - steps).x + steps
    assert np.array(moved)[order] == pytest.approx(expected, abs=1e-9)


def test_an_svg_has_title_description_and_ids_of_its_own() -> None:
    plain = (
        '<svg xmlns="http://www.w3.org/2000/svg"><defs><clipPath id="clip0"/></defs>'
        '<g role="graphics-symbol" aria-roledescription="mark" clip-path="url(#clip0)"/></svg>'
    )
    assert dressed(plain, name="cost", title="A < B", description="<script>x</script>") == (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        'aria-labelledby="figure-cost-title figure-cost-desc">'
        '<title id="figure-cost-title">A &lt; B</title>'
        '<desc id="figure-cost-desc">&lt;script&gt;x&lt;/script&gt;</desc>'
        '<defs><clipPath id="figure-cost-clip0" /></defs>'
        '<g clip-path="url(#figure-cost-clip0)" /></svg>'
    )


def test_an_inlined_svg_takes_its_colours_from_the_page() -> None:
    plain = '<svg xmlns="http://www.w3.org/2000/svg"><path fill="#0072B2" stroke="none" /></svg>'
    shown = inlined(plain)
    assert 'fill="var(--fig-1, #0072B2)" stroke="none"' in shown
    assert shown.__html__() == shown
    css = palette_css()
    assert "--fig-1: #0072b2;" in css.partition("@media")[0]
    assert "--fig-1: #3281e4;" in css.partition("@media")[2]


def test_a_name_from_the_data_cannot_inject() -> None:
    name = '"><script>alert(1)</script>'
    tables = {name: random_tables()["new"], "old": random_tables()["old"]}
    plan = Analysis.model_validate({"contrasts": [{"system": name, "baseline": "old"}]})
    frames = comparison_frames(tables, plan)
    svg = entry("leaderboard", svg_of("leaderboard", frames, plan=plan))["svg"]
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


@pytest.mark.parametrize("name", ["forest", "leaderboard"])
def test_every_colour_of_a_figure_is_a_variable(name: str) -> None:
    plan = plan_of(("new", "old"), ("new", "random", "reference"))
    svg = inlined(svg_of(name, comparison_frames(random_tables(), plan), plan=plan))
    assert not re.search(r'"#[0-9a-f]{3,8}"', svg)
    assert "var(--fig-1, #0072b2)" in svg
