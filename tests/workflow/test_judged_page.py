"""docs/judged.md says what `judged.yaml` needs, and docs/routing.md names all quantities."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from maw.cli import app
from maw.settings.dataset import Dataset
from maw.settings.read import read_suite
from tests.workflow.checkout import ROOT, Checkout

CONFIGURATION = ROOT / "workflow/config/judged.yaml"
JUDGED = (ROOT / "docs/judged.md").read_text(encoding="utf-8")
ROUTING = (ROOT / "docs/routing.md").read_text(encoding="utf-8")


def lay(folder: Path) -> None:
    """Write a collection of one document and one query."""
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "title": "", "text": "a wing"}\n')
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "wing"}\n')
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n")


def test_the_suite_is_whole_with_the_folders_that_the_page_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["check", str(CONFIGURATION)]
    missing = CliRunner().invoke(app, command)
    assert missing.exit_code != 0
    assert "data/cranfield/corpus.jsonl: no such file" in " ".join(str(missing.exception).split())
    for folder in re.findall(r"^(data/\w+)/ ", JUDGED, re.MULTILINE):
        lay(Path(folder))
    assert CliRunner().invoke(app, command).exit_code == 0


def test_the_loaders_on_the_page_give_the_same_collections() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", JUDGED, re.DOTALL)
    suite = read_suite(CONFIGURATION)
    for name, settings in yaml.safe_load(block)["datasets"].items():
        dataset = Dataset.model_validate(settings)
        assert dataset.loader.id == name
        assert dataset.split == suite.datasets[name].split


def test_the_page_names_every_quantity_and_side(smoke: Checkout) -> None:
    table = pd.read_parquet(smoke.results / "summary/routing.parquet")
    listed = re.findall(r"`(…?_?[a-z_]+)`", ROUTING)
    names = {name.lstrip("…") for name in listed}
    for quantity in table["quantity"].unique():
        known = any(quantity == name or quantity.endswith(name) for name in names)
        assert known, f"docs/routing.md does not name {quantity}"
    assert set(table["side"]) <= names
