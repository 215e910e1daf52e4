"""Cut texts are told with the direction in which they push, and whole ones count as passed."""

import pandas as pd
import pytest

from maw.reporting.checks import Check
from maw.reporting.truncated import truncation_checks

SYSTEMS = {"bm25": {"kind": "bm25"}, "maw": {"kind": "bi_encoder"}}


def checks(*rows: tuple[str, str, float | None, float], **systems: dict[str, str]) -> list[Check]:
    """Return the checks of runs: dataset, system, share of cut documents, and of cut queries."""
    runs = pd.DataFrame(rows, columns=["dataset", "system", "document_cut", "query_cut"])
    runs["document_tokens_lost"] = runs["document_cut"] / 2
    runs["query_tokens_lost"] = runs["query_cut"] / 4
    return list(truncation_checks(runs, systems=systems or SYSTEMS))


def test_nearly_all_documents_cut_is_a_doubt_with_a_direction() -> None:
    (check,) = checks(("scifact", "bm25", None, 0.0), ("scifact", "maw", 0.996, 0.01))
    assert check.state == "failed"
    assert check.sentence == (
        "On scifact, encoders cut 99.6 % of documents and 49.8 % of their tokens."
    )
    assert check.pushes == "If anything, they look worse beside bm25, not beside each other."


def test_without_bm25_the_verdict_is_about_beginnings() -> None:
    (check,) = checks(("a", "maw", 0.6, 0.7), maw={"kind": "bi_encoder"})
    assert check.sentence == (
        "On a, encoders cut 60.0 % of documents and 30.0 % of their tokens; 70.0 % of queries and "
        "17.5 % of their tokens."
    )
    assert check.pushes == "Claims are about beginnings of texts alone."


@pytest.mark.parametrize(
    ("cut", "told"), [(0.0, "100 %"), (0.2, "80.0 %"), (0.0001, "over 99.9 %"), (0.5, "50.0 %")]
)
def test_mostly_whole_texts_pass(cut: float, told: str) -> None:
    (check,) = checks(("a", "maw", cut, 0.0))
    assert check.state == "passed"
    assert (
        check.sentence == f"On a, the encoders read {told} of documents and 100 % of queries whole."
    )


def test_each_dataset_has_its_own_check_by_its_worst_system() -> None:
    first, second = checks(("a", "maw", 0.1, 0.0), ("b", "maw", 0.2, 0.0), ("b", "x", 0.9, 0.0))
    assert (first.state, second.state) == ("passed", "failed")
    assert "On b" in second.sentence
    assert "90.0 %" in second.sentence


def test_datasets_of_beginnings_share_a_check() -> None:
    (check,) = checks(("a", "maw", 0.6, 0.0), ("b", "maw", 0.9, 0.0))
    assert check.sentence == (
        "Encoders cut 60.0 % of documents on a, 90.0 % of documents on b: up to 45.0 % of the "
        "tokens."
    )
    (check,) = checks(("a", "maw", 0.6, 0.0), ("b", "maw", 0.9, 0.7))
    assert "60.0 % of documents on a, 90.0 % of documents and 70.0 % of queries on b" in (
        check.sentence
    )


def test_runs_that_were_counted_by_nobody_have_no_check() -> None:
    runs = pd.DataFrame({"dataset": ["a"], "system": ["maw"]})
    assert list(truncation_checks(runs, systems=SYSTEMS)) == []
