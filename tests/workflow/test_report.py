"""The page of the smoke suite is complete, needs no network, and shows the tables' numbers."""

import re
from html import unescape
from html.parser import HTMLParser

import html5lib
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
    own = ("../tables/", "../figures/", "#")
    outside = [link for link in links.fetched if not link.startswith(own)]
    assert outside == []


def test_a_phone_and_a_printer_are_thought_of(page: str) -> None:
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert "@media print" in page


def test_the_first_screen_has_verdict_size_scope_and_checks(
    page: str, claims: pd.DataFrame
) -> None:
    first = unescape(page[: page.index("<h2>")])
    # two seeds judge nothing, so the limits are open
    assert "Not judged, on tiny: maw_supervised and maw_grpo have too few seeds." in first
    assert "Its verdicts mean nothing." in first
    assert 'id="trust"' in first
    assert 'id="fig-forest"' in first
    shown = unescape(page)
    assert len(claims) == 2
    for _, row in claims.iterrows():
        for text in (row["system"], row["word"], signed(row["estimate"]), "[−∞, +∞]"):
            assert text in shown
    assert "± 0.02" in shown
    assert "snakemake --cores all --configfile workflow/config/smoke.yaml" in shown


def test_a_claim_says_what_more_would_buy_and_what_to_be_careful_with(
    page: str, smoke: Checkout, claims: pd.DataFrame
) -> None:
    shown = unescape(page)
    assert len(re.findall("To detect 0.02: probability", shown)) == len(claims)
    compared = pd.read_parquet(smoke.results / "summary/comparisons.parquet")
    rows = compared[(compared["role"] == "confirmatory") & (compared["measure"] == "nDCG@10")]
    for note in "; ".join(rows["note"]).split("; "):
        assert note in shown


def test_the_plan_came_before_any_scores(page: str) -> None:
    first = unescape(page[: page.index("<h2>")])
    assert re.search(r"he plan was entered \S+, before any scores \(first seen \S+\)", first)
    assert "CHANGED" not in page


def test_judged_is_shown_and_not_tested(page: str, smoke: Checkout) -> None:
    assert ">Judged@10</a>" in page
    rows = pd.read_parquet(smoke.results / "summary/comparisons.parquet")
    assert "Judged@10" not in set(rows["measure"])


def test_the_page_is_valid_html_and_each_address_inside_it_exists_once(page: str) -> None:
    html5lib.HTMLParser(strict=True).parse(page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_every_part_of_the_contents_is_there(page: str, smoke: Checkout) -> None:
    contents = re.findall(r'<a href="#([a-z_]+)">', page[: page.index("</nav>")])
    assert contents == [
        "answer", "may_say", "price", "source_claims", "queries", "routing", "how_to_report",
        "everything", "glossary",
    ]  # fmt: skip
    headings = re.findall(r"<h2>([^<]+)</h2>", page)
    for part in (
        "Contrasts and sizes",
        "All measures",
        "What varies, and what more data would buy",
        "What one might have reported from one seed each",
        "Every test",
        "Training: curves and search",
        "Systems and runs",
        "Provenance",
    ):
        assert part in headings
    assert "Across datasets" not in headings  # there is one
    board = pd.read_parquet(smoke.results / "summary/leaderboard.parquet")
    for measure in board["measure"].unique():
        assert f">{measure}</a>" in page


def test_the_index_shows_the_answer_and_leads_to_the_page(smoke: Checkout) -> None:
    index = (smoke.folder / "results/index.html").read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(index)
    assert "Not judged, on tiny: maw_supervised and maw_grpo have too few seeds." in index
    assert '<a href="suites/smoke/report/index.html">smoke</a>' in index


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
    of_runs = ("leaderboard", "routing", "runs", "costs", "search", "differences")
    names = ("claims", "comparisons", "controls", *of_runs, *inference)
    assert linked <= {f"{name}.csv" for name in names}
    assert {"claims.csv", "comparisons.csv", "runs.csv", "leaderboard.csv"} <= linked
    for name in linked:
        assert len(pd.read_csv(smoke.results / "tables" / name)) > 0
    tex = (smoke.results / "tables/verdicts.tex").read_text()
    assert r"maw\_\allowbreak{}grpo" in tex
    assert "\\begin{tabular" in tex


def test_every_column_of_every_table_has_its_line_in_the_readme(smoke: Checkout) -> None:
    folder = smoke.results / "tables"
    sections = (folder / "README.md").read_text().split("\n## ")
    for path in sorted(folder.glob("*.csv")):
        (section,) = (text for text in sections if text.startswith(f"{path.name}\n"))
        missing = [
            column
            for column in pd.read_csv(path, nrows=0).columns
            if f"| `{column}` |" not in section
        ]
        assert not missing, path.name


def test_a_changed_template_makes_the_page_again(disturbed: Checkout) -> None:
    style = disturbed.folder / "maw/reporting/page.css"
    style.write_text(style.read_text() + "/* another line */\n")
    assert disturbed.planned() == {"all": 1, "report": 1, "index": 1, "total": 3}
