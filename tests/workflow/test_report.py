"""The page of the smoke suite is complete, needs no network, and shows the tables' numbers."""

import re
from html import unescape
from html.parser import HTMLParser

import pandas as pd
import pytest

from maw.reporting.wording import signed
from tests.workflow.checkout import Checkout


@pytest.fixture(scope="module")
def page(smoke: Checkout) -> str:
    return (smoke.results / "report/index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def claims(smoke: Checkout) -> pd.DataFrame:
    return pd.read_parquet(smoke.results / "summary/claims.parquet")


class Links(HTMLParser):
    """Collects the addresses that a browser would fetch, and the tags that are not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        addresses = {"src", "href", "xlink:href", "srcset"}
        self.fetched += [value or "" for name, value in attrs if name in addresses]
        if tag not in {"meta", "br", "img", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_one_file_that_needs_no_network_and_no_script(page: str) -> None:
    links = Links()
    links.feed(page)
    assert links.open == []
    assert "<script" not in page
    assert "@import" not in page
    assert "url(http" not in page
    outside = [link for link in links.fetched if not link.startswith(("../tables/", "#"))]
    assert outside == []


def test_a_phone_and_a_printer_are_thought_of(page: str) -> None:
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert "@media print" in page


def test_the_first_screen_has_verdict_size_price_scope_and_the_command(
    page: str, claims: pd.DataFrame
) -> None:
    first = unescape(page[: page.index("<h2>Contrasts</h2>")])
    # two seeds judge nothing, so the limits are open
    assert "Not judged, on tiny: maw_supervised and maw_grpo have too few seeds." in first
    assert len(claims) == 2
    for _, row in claims.iterrows():
        for shown in (row["system"], row["word"], signed(row["estimate"]), "[−∞, +∞]"):
            assert shown in first
    assert "± 0.02" in first
    assert "training time" in first
    assert "trained weights" in first
    assert "encoding speed" in first
    assert "Its verdicts mean nothing." in first
    assert "snakemake --cores all --configfile workflow/config/smoke.yaml" in first


def test_the_first_screen_says_what_more_would_buy_and_what_to_be_careful_with(
    page: str, smoke: Checkout, claims: pd.DataFrame
) -> None:
    first = unescape(page[: page.index("<h2>Contrasts</h2>")])
    assert len(re.findall("To detect 0.02: probability", first)) == len(claims)
    compared = pd.read_parquet(smoke.results / "summary/comparisons.parquet")
    rows = compared[(compared["role"] == "confirmatory") & (compared["measure"] == "nDCG@10")]
    for note in "; ".join(rows["note"]).split("; "):
        assert note in first
    assert first.count("has 2 seeds: not controlled, 3 are needed") == 2 * len(claims)


def test_the_plan_came_before_any_scores(page: str) -> None:
    first = unescape(page[: page.index("<h2>Contrasts</h2>")])
    assert re.search(r"the plan was entered \S+, before any scores \(first seen \S+\)", first)
    assert "CHANGED" not in page


def test_judged_is_shown_and_not_tested(page: str, smoke: Checkout) -> None:
    assert "<th>Judged@10</th>" in page
    rows = pd.read_parquet(smoke.results / "summary/comparisons.parquet")
    assert "Judged@10" not in set(rows["measure"])


def test_the_difference_to_the_untrained_stands_beside_the_controls_own(
    page: str, smoke: Checkout
) -> None:
    rows = pd.read_parquet(smoke.results / "summary/comparisons.parquet")
    rows = rows[rows["measure"] == "nDCG@10"].set_index(["system", "baseline"])["difference"]
    shown = unescape(page)
    own = signed(rows["non_maw", "non_maw_zeroshot"])
    for system in ("maw_supervised", "maw_grpo"):
        gain = signed(rows[system, "non_maw_zeroshot"])
        assert f"Over non_maw_zeroshot: {gain} (non_maw itself {own})" in shown


def test_every_planned_part_is_there(page: str, smoke: Checkout) -> None:
    headings = re.findall(r"<h2>([^<]+)</h2>", page)
    for part in (
        "Contrasts",
        "All measures: tiny",
        "Wins, losses and sizes",
        "Planning: what more would buy",
        "What varies",
        "Across datasets",
        "Learning and routing",
        "Appendix: every test",
        "Appendix: single pairs of runs",
        "Provenance",
    ):
        assert part in headings
    assert page.count("<svg") == len(list((smoke.results / "figures").glob("*.svg")))
    board = pd.read_parquet(smoke.results / "summary/leaderboard.parquet")
    for measure in board["measure"].unique():
        assert f"<th>{measure}</th>" in page


def test_provenance_names_plan_data_versions_and_device(page: str, smoke: Checkout) -> None:
    for fact in ("torch", "SHA-256", "licence", "Split by a hash", "cpu", "plan"):
        assert fact in page[page.index("Provenance") :]


def test_every_table_has_its_csv_and_the_first_row_of_the_page_is_in_it(
    page: str, smoke: Checkout, claims: pd.DataFrame
) -> None:
    csv = pd.read_csv(smoke.results / "tables/comparisons.csv")
    assert csv["difference"].tolist() == pytest.approx(
        pd.read_parquet(smoke.results / "summary/comparisons.parquet")["difference"].tolist()
    )
    linked = set(re.findall(r'href="\.\./tables/([^"#]+)', page))
    inference = ("components", "prospects", "datasets", "seeds", "calibration")
    of_runs = ("leaderboard", "routing", "runs", "search")
    names = ("claims", "comparisons", "controls", *of_runs, *inference)
    assert linked == {f"{name}.csv" for name in names}
    for name in linked:
        assert len(pd.read_csv(smoke.results / "tables" / name)) > 0
    tex = (smoke.results / "tables/verdicts.tex").read_text()
    assert "maw\\_grpo" in tex
    assert "\\begin{tabular" in tex
