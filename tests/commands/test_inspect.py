"""`maw inspect` shows the depth and the probability that the ranking used."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.commands.inspect import look
from maw.errors import InputError
from maw.stages.finished.finished_run import FinishedRun, open_run

RunOf = Callable[[str], Path]
LONG = "put elements into order, the smallest first, and then go on until all are in it"


def texts_of(run: FinishedRun) -> dict[str, str]:
    """Return id -> text of all documents and queries."""
    documents = pd.read_parquet(run.data_folder / "documents.parquet").set_index("doc_id")["text"]
    queries = pd.read_parquet(run.data_folder / "queries.parquet").set_index("query_id")["text"]
    return {**documents, **queries}


@pytest.mark.parametrize("name", ["maw_grpo", "maw_supervised"])
def test_depth_and_probability_are_those_of_the_ranking(name: str, run_of: RunOf) -> None:
    run = open_run(run_of(name))
    depths = pd.read_parquet(run.folder / "depths.parquet")
    ids = depths["query_id"].fillna(depths["doc_id"])
    texts = texts_of(run)
    assert len(depths) == 6 + 2
    for name_of_text, row in zip(ids, depths.itertuples(), strict=True):
        inspection = look(run, texts[name_of_text], side=row.side, pairs=3)
        assert inspection.chosen == row.depth
        assert inspection.probability == pytest.approx(row.probability, abs=1e-6)


def test_it_says_what_was_cut_off(run_of: RunOf, maw: Callable[..., Any]) -> None:
    output = maw("inspect", "--run", run_of("maw_grpo"), LONG).output
    assert "read as a query, 9 tokens; 11 more were cut off, as in ranking" in output
    whole = maw("inspect", "--run", run_of("maw_grpo"), "--side", "document", "two words").output
    assert "read as a document, 4 tokens\n" in whole


def test_the_table_names_depths_and_marks_special_tokens(
    run_of: RunOf, maw: Callable[..., Any]
) -> None:
    output = maw("inspect", "--run", run_of("maw_grpo"), "spread of things", "--pairs", 40).output
    assert "Chosen depth: " in output
    assert (
        sum(line.split()[:1] in (["0"], ["1"], ["2"], ["→"]) for line in output.splitlines()) == 3
    )
    for token in ("[CLS] *", "[SEP] *", "spread", "things"):
        assert token in output
    assert "spread *" not in output
    assert "\x1b" not in output  # not a terminal: no colour


def test_a_system_without_depths_says_so_and_shows_its_pairs(
    run_of: RunOf, maw: Callable[..., Any]
) -> None:
    for name in ("non_maw", "non_maw_zeroshot"):
        output = maw("inspect", "--run", run_of(name), "spread of things").output
        assert "no depths to choose from" in output
        assert "attends to" in output
        assert "Chosen depth" not in output


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "bm25",
            "words",
            "this run's system is of the kind 'bm25'; give a bi_encoder's run",
        ),
        ("maw_grpo", "  \n", "the text is empty; give some words"),
    ],
)
def test_what_cannot_be_inspected_is_one_line(
    name: str, text: str, message: str, run_of: RunOf
) -> None:
    with pytest.raises(InputError, match=message) as error:
        look(open_run(run_of(name)), text, side="query", pairs=3)
    assert "\n" not in str(error.value)
