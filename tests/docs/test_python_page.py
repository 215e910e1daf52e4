"""The Python of docs/python.md runs from top to bottom and gives what the page says."""

import re
from typing import Any

import pytest
import torch

import maw
from maw.comparison import Comparison
from maw.errors import InputError
from maw.models.encoders.cross_encoder_with_maw import CrossEncoderWithMAW
from tests.docs.test_links import ROOT

TEXT = (ROOT / "docs/python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
OF_EXPORT = "maw.load("
# what each documented name is, so that a name that moves is noticed without Sphinx
DOCUMENTED = {"Comparison": Comparison, "InputError": InputError, "compare": maw.compare}


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """Return the names that the page's blocks leave, but for the one that needs an export."""
    found: dict[str, Any] = {}
    for block in BLOCKS:
        if OF_EXPORT not in block:
            exec(block, found)
    return found


def test_runs_are_compared(names: dict[str, Any]) -> None:
    assert [verdict.system for verdict in names["found"].verdicts] == ["splade"]
    assert not names["found"].trained["splade"]
    assert names["of_training"].trained == {"bm25": False, "splade": True}


def test_a_table_of_scores_is_compared_with_and_without_a_plan(names: dict[str, Any]) -> None:
    (verdict,) = names["judged"].verdicts
    # the mean of 0.2, 0.1, −0.1 and 0.4, by hand
    assert verdict.estimate == pytest.approx(0.15)
    assert verdict.measure == "AP"
    assert names["planned"].verdicts[0].controls == ("old",)
    assert names["planned"].verdicts[0].estimate == verdict.estimate


def test_the_result_gives_a_table_json_a_page_and_latex(names: dict[str, Any]) -> None:
    assert len(names["table"]) == len(names["found"].measures)
    assert names["words"].startswith('[{"')
    assert names["page"].startswith("<!doctype html>")
    assert "\\begin{tabular}" in names["tex"]


def test_pairs_are_scored(names: dict[str, Any]) -> None:
    assert isinstance(names["model"], CrossEncoderWithMAW)
    assert names["scores_of_pairs"].shape == (1,)
    assert names["scores_of_pairs"].dtype == torch.float32


def test_the_example_of_load_is_the_one_that_the_page_on_use_has() -> None:
    # tests/commands/test_readme_use.py runs it
    (block,) = (block for block in BLOCKS if OF_EXPORT in block)
    assert block in (ROOT / "docs/use.md").read_text(encoding="utf-8")


def test_the_page_names_every_public_name_and_documents_what_exists() -> None:
    paths = re.findall(r"auto(?:function|class):: ([\w.]+)", TEXT)
    for path in paths:
        module, _, name = path.rpartition(".")
        thing = getattr(__import__(module, fromlist=[name]), name)
        assert thing.__doc__
        assert DOCUMENTED.get(name, thing) is thing
    assert set(maw.__all__) <= {path.rpartition(".")[2] for path in paths}
