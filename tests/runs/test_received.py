"""A run that was made elsewhere is taken with suspicion: what is wrong is an error, odd is told."""

from pathlib import Path

import pandas as pd
import pytest

from maw.errors import InputError
from maw.runs.received import of_test_queries, read_run, refuse_foreign_documents
from tests.given_suite import LINE, write_run

TEST = ("q1", "q2")
KNOWN = ("q0", "q1", "q2", "q3")


def test_only_test_queries_stay_and_each_has_its_documents_best_first(tmp_path: Path) -> None:
    path = write_run(tmp_path / "mine.run", ["d1", "d2"], queries=("q0", "q1", "q2"))
    # the lines of q2 are in another order, which does not count
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:4], lines[5], lines[4]]) + "\n")
    checked = of_test_queries(read_run(path), path=path, test=TEST, known=KNOWN, dataset="tiny")
    assert checked.frame.to_dict("list") == {
        "query_id": ["q1", "q1", "q2", "q2"],
        "doc_id": ["d1", "d2", "d1", "d2"],
        "score": [9.0, 8.0, 9.0, 8.0],
    }
    assert (checked.n_missing, checked.oddities) == (0, ())


def test_a_query_has_at_most_a_thousand_documents(tmp_path: Path) -> None:
    path = write_run(tmp_path / "mine.run", [f"d{n}" for n in range(1002)], queries=TEST)
    checked = of_test_queries(read_run(path), path=path, test=TEST, known=KNOWN, dataset="tiny")
    assert checked.frame.groupby("query_id").size().to_dict() == {"q1": 1000, "q2": 1000}
    assert checked.frame["doc_id"].iloc[-1] == "d999"


def test_what_is_odd_is_told_in_the_words_of_a_suite(tmp_path: Path) -> None:
    scores = enumerate([2.0, 3.0, 2.0, 2.0, 2.0], start=1)
    rows = [*(("q1", f"d{rank}", rank, score) for rank, score in scores), ("q9", "d1", 1, 1.0)]
    text = "".join(
        LINE.format(query=query, document=document, rank=rank, score=score)
        for query, document, rank, score in rows
    )
    path = tmp_path / "mine.run"
    path.write_text(text)
    checked = of_test_queries(read_run(path), path=path, test=TEST, known=KNOWN, dataset="tiny")
    assert checked.n_missing == 1
    assert checked.oddities == (
        "does not answer 1 test query, which scores 0 ('q2')",
        "answers 1 query that the dataset does not have: left out ('q9')",
        "ranks contradict scores at 1 place of 1 query; scores decide, as in trec_eval",
        "3 documents of its 5 of 1 query tie with the document before; the larger document id goes "
        "first, as in trec_eval",
    )


def test_a_run_of_other_queries_is_refused(tmp_path: Path) -> None:
    path = write_run(tmp_path / "mine.run", ["d1"], queries=("x7",))
    message = r"mine\.run: answers none of the 2 test queries of 'tiny' \(its first query is 'x7'\)"
    with pytest.raises(InputError, match=message):
        of_test_queries(read_run(path), path=path, test=TEST, known=KNOWN, dataset="tiny")


def test_documents_of_another_collection_are_refused(tmp_path: Path) -> None:
    rankings = pd.DataFrame({"query_id": ["q1", "q1"], "doc_id": ["d1", "z8"]})
    refuse_foreign_documents(rankings[:1], pd.Series(["d1"]), path=tmp_path, dataset="tiny")
    message = "query 'q1' has document 'z8', which is not in the collection of 'tiny' .so have 1 of"
    with pytest.raises(InputError, match=message):
        refuse_foreign_documents(rankings, pd.Series(["d1"]), path=tmp_path, dataset="tiny")


def test_scores_are_no_rankings(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("topic,mine\nq1,0.5\nq2,0.25\n")
    with pytest.raises(InputError, match=r"scores\.csv: holds scores of queries and no rankings; "):
        read_run(path)


def test_the_format_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"q1": {"d1": 2.0, "d2": 1.0}}')
    assert read_run(path, "beir").frame["doc_id"].tolist() == ["d1", "d2"]
    with pytest.raises(InputError, match="format 'treck' is unknown; known: beir, "):
        read_run(path, "treck")
