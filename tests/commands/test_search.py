"""`maw search` ranks as the suite did: a test query of the suite gets its ranking again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from maw.commands.search import best, start_of
from maw.errors import InputError
from maw.ranking.systems.command import Config as Program
from maw.ranking.systems.run import Config as Given
from maw.stages.finished.finished_run import open_run

RunOf = Callable[[str], Path]
ALL = ["bm25", "maw_grpo", "maw_supervised", "non_maw", "non_maw_zeroshot"]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("query_id", ["q.std", "q.sort"])
def test_a_test_query_gets_its_ranking_again(name: str, query_id: str, run_of: RunOf) -> None:
    run = open_run(run_of(name))
    queries = pd.read_parquet(run.data_folder / "queries.parquet").set_index("query_id")
    found_documents, n_cut = best(run, queries["text"][query_id], k=10)
    ranking = pd.read_parquet(run.folder / "ranking.parquet")
    expected = ranking[ranking["query_id"] == query_id]
    assert found_documents["doc_id"].tolist() == expected["doc_id"].tolist()
    assert len(found_documents) == 6 if name != "bm25" else len(found_documents) > 0
    assert found_documents["score"].tolist() == pytest.approx(expected["score"].tolist(), abs=1e-6)
    assert n_cut == (11 if run.neural and query_id == "q.sort" else 0)


def test_k_documents_with_their_first_words(run_of: RunOf, maw: Callable[..., Any]) -> None:
    output = maw("search", "--run", run_of("maw_grpo"), "spread", "-k", 2).output
    assert "maw_grpo seed 42 on own: 2 documents" in output
    rows = [line.split() for line in output.splitlines() if line.strip()[:1] in ("1", "2")]
    assert [row[0] for row in rows] == ["1", "2"]
    assert all(row[2].startswith("a.") for row in rows)


def test_a_query_without_a_known_term_finds_nothing(run_of: RunOf, maw: Callable[..., Any]) -> None:
    output = maw("search", "--run", run_of("bm25"), "xyzzy").output
    assert "No document shares a term with the query." in output


def test_words_stand_on_one_line() -> None:
    assert start_of("one\n  two three", n_words=3) == "one two three"
    assert start_of("one two three", n_words=2) == "one two …"


def test_an_empty_query_is_refused(run_of: RunOf) -> None:
    with pytest.raises(InputError, match="search: the query is empty; give some words"):
        best(open_run(run_of("bm25")), " ", k=1)


def test_a_program_is_not_run_because_a_result_names_it(run_of: RunOf, tmp_path: Path) -> None:
    program = Program(rank=f"touch {tmp_path}/ran {{queries}} {{out}}")
    run = replace(open_run(run_of("bm25")), system=program)
    with pytest.raises(InputError, match="'command' ranks for its suite alone, and cannot search;"):
        best(run, "spread", k=1)
    assert not (tmp_path / "ran").exists()


def test_a_run_made_elsewhere_cannot_search(run_of: RunOf) -> None:
    run = replace(open_run(run_of("bm25")), system=Given(path="mine.run"))
    with pytest.raises(InputError, match="its rankings were made elsewhere, and no model of it is"):
        best(run, "spread", k=1)
