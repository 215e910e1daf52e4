"""The pages in Chromium: no serious finding of axe-core, a walk by keyboard, nothing too wide.

`make test-browser` installs what these need; `make test` leaves them out. The pages are those of a
real suite where `make smoke` or `make reproduce` made one, else of a small one.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from maw.reporting import comparison_page, index_page
from maw.reporting.figures.registry import FIGURES, render
from maw.reporting.glossary import TERMS
from maw.reporting.page_data import PageData
from tests.reporting.small_suite import (
    TOY,
    comparison_frames,
    page_of,
    random_tables,
    suite_frames,
)
from tests.scored import plan_of

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
WIDTHS = {"wide": 1280, "phone": 390}
HOSTILE = '<img src=x onerror="document.title=1">'
OPEN_ALL = "for (const part of document.querySelectorAll('details')) part.open = true"
WITHOUT_SUPPORTS = """for (const sheet of document.styleSheets)
    for (let n = sheet.cssRules.length - 1; n >= 0; n--)
        if (sheet.cssRules[n] instanceof CSSSupportsRule) sheet.deleteRule(n)"""
# the numbers of terms and of terms in column heads, and the terms whose definition is not whole:
# its box leaves the window, or something else covers or cuts it at a corner
FOCUS_EACH_TERM = """async () => {
    const hidden = [], terms = [...document.querySelectorAll(".term")]
    for (const term of terms) {
        term.focus()
        for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame) // it has scrolled
        const tip = term.nextElementSibling, box = tip.getBoundingClientRect()
        const inside = box.width > 0 && box.left >= 0 && box.top >= 0
            && box.right <= document.documentElement.clientWidth && box.bottom <= innerHeight
        const corners = [box.left + 2, box.right - 2].flatMap(
            x => [box.top + 2, box.bottom - 2].map(y => [x, y]))
        if (!inside || corners.some(([x, y]) => document.elementFromPoint(x, y) !== tip))
            hidden.push([term.textContent, box.left, box.top, box.right, box.bottom])
    }
    return [terms.length, terms.filter(term => term.closest("thead")).length, hidden]
}"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium, through playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory, theory_results: dict[str, Any]) -> list[Path]:
    """A suite's page, that of a comparison, and the index; all reports in results/ beside them."""
    folder = tmp_path_factory.mktemp("pages")
    plan = plan_of(("new", "old"), ("random", "old"))
    frames = suite_frames(comparison_frames(random_tables(), plan))
    pictures = {
        name: render(name, frames, plan=plan).svg.decode()
        for name, figure in FIGURES.items()
        if not figure.data(frames, plan).empty
    }
    hostile = {**TOY, "source": HOSTILE}
    suite = page_of(frames, plan, theory=theory_results, datasets=(hostile,), pictures=pictures)
    record = comparison_page.ComparisonRecord(inputs=(), scores_digest="ab")
    compared = comparison_page.build(
        comparison_frames(random_tables(), plan), plan=plan, notices=(), record=record
    )
    spec = {"suite": HOSTILE, "root": "results", "scope": HOSTILE, "systems": {}, "seeds": [1]}
    told = {"told": "as planned", "changed_late": False}
    data = PageData(frames=frames, plan=plan, spec=spec, history=told)
    entry = index_page.entry(replace(data, expected={"checked": False}))
    contents = {"suite": suite, "compare": compared}
    contents["index"] = index_page.build([entry], folder="results")
    for name, html in contents.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    made = sorted(ROOT.glob("results/**/report/index.html"))
    return [*sorted(folder.glob("*.html")), *made]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_axe_finds_nothing_serious(
    chromium: Any, pages: list[Path], scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    for path in pages:
        page = context.new_page()
        page.goto(path.as_uri())
        page.evaluate(OPEN_ALL)
        found = Axe().run(page).response["violations"]
        serious = {
            finding["id"]: [node["html"][:200] for node in finding["nodes"][:3]]
            for finding in found
            if finding["impact"] in ("serious", "critical")
        }
        assert not serious, (path.name, serious)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path.name
        page.close()
    context.close()


def test_the_first_stops_of_the_keyboard_are_the_way_to_the_answer_and_the_contents(
    chromium: Any, pages: list[Path]
) -> None:
    page = chromium.new_page()
    page.goto(next(path for path in pages if path.name == "suite.html").as_uri())
    stops = []
    for _ in range(4):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.textContent"))
    assert stops[:2] == ["To the answer", "Answer"]
    summary = page.locator("details#claims > summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('details#claims').open")


@pytest.mark.parametrize("anchored", [True, False], ids=["anchored", "without anchors"])
@pytest.mark.parametrize("width", [*WIDTHS.values(), 700], ids=[*WIDTHS, "half a screen"])
def test_each_definition_shows_on_focus_whole_and_inside_the_window(
    chromium: Any, pages: list[Path], width: int, anchored: bool
) -> None:
    for path in pages:
        page = chromium.new_page(viewport={"width": width, "height": 900})
        page.goto(path.as_uri())
        page.evaluate(OPEN_ALL)
        if not anchored:  # as a browser shows it that cannot place an element beside another
            page.evaluate(WITHOUT_SUPPORTS)
        n_terms, n_heads, hidden = page.evaluate(FOCUS_EACH_TERM)
        assert not hidden, (path.name, hidden[:5])
        if path.name in ("suite.html", "compare.html"):
            assert n_terms > n_heads > 20
        page.close()


def test_a_definition_shows_on_hover_and_stays_while_the_pointer_is_on_it(
    chromium: Any, pages: list[Path]
) -> None:
    page = _suite(chromium, pages)
    page.evaluate(OPEN_ALL)
    head = page.locator("details#claims thead .term", has_text="Bonferroni")
    head.hover()
    tip = page.locator("details#claims thead .tip:visible")
    assert tip.text_content() == TERMS["bonferroni"].definition
    tip.hover()
    assert tip.is_visible()
    page.mouse.move(0, 0)
    assert tip.count() == 0


def test_a_definition_is_the_description_of_its_term_and_leads_to_the_glossary(
    chromium: Any, pages: list[Path]
) -> None:
    page = _suite(chromium, pages)
    page.evaluate("document.querySelector('details#claims').open = true")
    term = page.locator("details#claims thead .term", has_text="Bonferroni")
    term.focus()
    session = page.context.new_cdp_session(page)
    session.send("DOM.getDocument")
    node = session.send("Runtime.evaluate", {"expression": "document.activeElement"})["result"]
    tree = session.send("Accessibility.getPartialAXTree", {"objectId": node["objectId"]})["nodes"]
    assert tree[0]["name"]["value"] == "Bonferroni"
    assert tree[0]["description"]["value"] == TERMS["bonferroni"].definition
    page.keyboard.press("Enter")
    entry = page.locator("#g-bonferroni")
    entry.wait_for(state="visible")  # the link unfolds the glossary
    assert 0 <= entry.bounding_box()["y"] <= 900


def _suite(chromium: Any, pages: list[Path]) -> Any:
    """The page of the small suite, 1,280 px wide."""
    page = chromium.new_page(viewport={"width": WIDTHS["wide"], "height": 900})
    page.goto(next(path for path in pages if path.name == "suite.html").as_uri())
    return page


def test_text_from_data_runs_nothing(chromium: Any, pages: list[Path]) -> None:
    for path in pages:
        page = chromium.new_page()
        page.goto(path.as_uri())
        assert page.title() != "1"
        assert page.locator("img").count() == 0
        page.close()


# texts that reach beyond their picture, by more than a pixel
OUTSIDE = """() => [...document.querySelectorAll("figure svg")].flatMap(svg => {
  const frame = svg.getBoundingClientRect()
  return [...svg.querySelectorAll("text")].filter(text => {
    const box = text.getBoundingClientRect()
    return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1)
  }).map(text => text.textContent)
})"""


def test_no_text_of_a_figure_is_cut_off(chromium: Any, pages: list[Path]) -> None:
    page = chromium.new_page(viewport={"width": WIDTHS["wide"], "height": 900})
    for path in pages:
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        assert page.evaluate(OUTSIDE) == [], path.name
    page.close()
