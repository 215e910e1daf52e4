"""Repeats of one system become one score per topic, and the output says so."""

import pandas as pd
import pytest

from maw.errors import InputError
from maw.runs.content import SCORES
from maw.runs.evidence import Evidence
from maw.runs.replicates import KINDS, Table, averaged, numbered, replicates_of


def evidence(*rows: tuple[str, int, str, float]) -> Evidence:
    """Return scores of nDCG@10 on one collection. rows: system, seed, topic and score."""
    frame = pd.DataFrame(rows, columns=["system", "seed", "query_id", "value"])
    frame = frame.assign(dataset="toy", measure="nDCG@10")[list(SCORES)]
    return Evidence(frame, ("nDCG@10",), ())


def test_repeats_are_averaged_on_each_topic() -> None:
    result = averaged(
        evidence(
            *[("b", 0, "1", 0.5), ("b", 1, "1", 1.0), ("b", 2, "1", 0.0)],
            *[("b", 0, "2", 0.2), ("b", 1, "2", 0.4), ("b", 2, "2", 0.6)],
            *[("a", 0, "1", 0.3), ("a", 0, "2", 0.7)],
        )
    )
    assert list(result.scores.columns) == list(SCORES)
    rows = result.scores[["system", "seed", "query_id"]].itertuples(index=False, name=None)
    assert list(rows) == [("a", 0, "1"), ("a", 0, "2"), ("b", 0, "1"), ("b", 0, "2")]
    assert result.scores["value"].tolist() == pytest.approx([0.3, 0.7, 0.5, 0.4])
    (notice,) = result.notices
    assert (notice.code, notice.subject, notice.count) == ("repeats-averaged", "runs", 1)
    assert notice.text.startswith("3 decoding repeats of 1 system ('b'), averaged on each topic")
    assert "says nothing about training them again" in notice.text


def test_systems_may_have_different_numbers_of_repeats() -> None:
    rows = [("a", seed, "1", 0.1) for seed in range(2)] + [("b", s, "1", 0.1) for s in range(5)]
    (notice,) = averaged(evidence(*rows)).notices
    assert notice.text.startswith("2 to 5 decoding repeats of 2 systems ('a', 'b')")


def test_single_runs_stay_as_they_are() -> None:
    single = evidence(("a", 0, "1", 0.1), ("b", 0, "1", 0.2))
    assert averaged(single) is single


def test_a_kind_is_one_of_two_words() -> None:
    assert [replicates_of(name) for name in ("seeds", "repeats", None)] == [
        *("seeds", "repeats"),
        None,
    ]
    with pytest.raises(InputError, match="replicates: 'epochs' is unknown; give `seeds` where"):
        replicates_of("epochs")


def table(origin: str, *rows: tuple[str, int, str, float]) -> Table:
    return origin, evidence(*rows).scores


def seeds_of(tables: list[Table]) -> list[list[tuple[str, int]]]:
    """Return the system and the seed of each row of each table."""
    return [
        list(frame[["system", "seed"]].itertuples(index=False, name=None)) for _, frame in tables
    ]


def test_scores_of_one_system_in_several_tables_are_numbered_once_they_are_told() -> None:
    tables = [
        table("monday", ("a", 0, "1", 0.1), ("b", 0, "1", 0.2)),
        table("tuesday", ("a", 0, "1", 0.3)),
        table("friday", ("a", 0, "1", 0.5), ("c", 0, "1", 0.6)),
    ]
    for kind in KINDS:
        found = numbered(tables, replicates=kind)
        assert seeds_of(found) == [[("a", 0), ("b", 0)], [("a", 1)], [("a", 2), ("c", 0)]]
        assert [origin for origin, _ in found] == ["monday", "tuesday", "friday"]
    message = "tuesday: the scores of 'a' are in monday as well; keep one .* --replicates seeds or"
    with pytest.raises(InputError, match=message):
        numbered(tables, replicates=None)


def test_tables_of_other_topics_or_with_seeds_of_their_own_keep_them() -> None:
    apart = [table("x", ("a", 0, "1", 0.1)), table("y", ("a", 0, "2", 0.3))]
    assert seeds_of(numbered(apart, replicates=None)) == [[("a", 0)], [("a", 0)]]
    # the same seed twice is a mistake that `from_scores` names
    seeded = [table("x", ("a", 42, "1", 0.1)), table("y", ("a", 42, "1", 0.3))]
    assert seeds_of(numbered(seeded, replicates="seeds")) == [[("a", 42)], [("a", 42)]]
