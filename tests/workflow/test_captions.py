"""What `snakemake --report` shows: each output with a caption, in one of four categories."""

import re
import zipfile
from pathlib import Path

import pytest

from tests.workflow.checkout import ROOT, Checkout

CAPTIONS = ROOT / "workflow/report"
RULES = "".join(path.read_text() for path in sorted((ROOT / "workflow/rules").glob("*.smk")))


def captions_asked_for() -> set[str]:
    """Return the names of the captions that the rules name, without their ending."""
    literal = set(re.findall(r'caption="([\w/]+)"', RULES))
    tables = re.search(r"^TABLES = dict\((.*?)^\)", RULES, re.MULTILINE | re.DOTALL)
    drawn = re.search(r"^DRAWN = dict\((.*?)^\)", RULES, re.MULTILINE | re.DOTALL)
    assert tables is not None
    assert drawn is not None
    named = {f"tables/{name}" for name in re.findall(r"(\w+)=f", tables[1])}
    named |= {f"tables/{name}_csv" for name in re.findall(r'shown_table\("(\w+)"\)', RULES)}
    return literal | named | {f"figures/{name}" for name in re.findall(r"(\w+)=", drawn[1])}


def test_each_caption_is_there_and_none_is_left_over() -> None:
    there = {str(path.relative_to(CAPTIONS).with_suffix("")) for path in CAPTIONS.rglob("*.rst")}
    assert there == captions_asked_for() | {"workflow"}


@pytest.mark.parametrize("path", sorted(CAPTIONS.rglob("*.rst")), ids=lambda path: path.stem)
def test_a_caption_is_a_sentence(path: Path) -> None:
    text = " ".join(path.read_text().split())
    assert len(text.split()) >= 6
    assert text.endswith(".")


@pytest.mark.slow
def test_snakemakes_report_has_the_page_the_figures_the_runs_and_the_tables(
    disturbed: Checkout,
) -> None:
    disturbed.snakemake("--report", "report.zip")
    with zipfile.ZipFile(disturbed.folder / "report.zip") as archive:
        html = archive.read("report/report.html").decode()
        names = {Path(name).name for name in archive.namelist()}
    assert {"index.html", "forest.svg", "claims.csv", "verdicts.tex", "run.json"} <= names
    assert not [name for name in names if name.endswith((".png", ".parquet"))]
    for category in ("Answer", "Figures", "Runs", "Tables"):
        assert f'"{category}"' in html
    assert "The suite <strong>smoke</strong>" in html
    assert "A row for each claim on each dataset" in html
