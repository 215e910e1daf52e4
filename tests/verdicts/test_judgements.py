"""Rows on judgements: shares, differences on judged documents, and bounds."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.significance import crossed
from maw.verdicts.judgements import (
    ContrastBounds,
    bounds_rows,
    condensed_rows,
    few_judged,
    share_rows,
    shares_of,
)
from maw.verdicts.score_table import ScoreTables
from maw.verdicts.study_controls import Row, Study, frame_of
from tests.scored import long
from tests.verdicts.small_study import study_of, table

PLAIN, NEW = table(0.5), table(0.5) + 0.05
CONTRASTS = [
    {"system": "new", "baseline": "plain"},
    {"system": "new", "baseline": "old", "role": "reference"},
]


def judged_table(**shares: float) -> pd.DataFrame:
    """Return Judged@10 of two seeds and two queries a system, with this mean."""
    frames = [
        long(
            np.array([[0.0, share], [share, 2 * share]]),
            system=name,
            dataset="d",
            measure="Judged@10",
        )
        for name, share in shares.items()
    ]
    return pd.concat(frames, ignore_index=True)


def study() -> Study:
    return study_of({"new": NEW, "plain": PLAIN, "old": PLAIN[:, :1]}, contrasts=CONTRASTS)


def judged_scores(difference: float, *, spread: float = 0.01) -> ScoreTables:
    """Return scores by both measures, with this mean lead of `new`."""
    noise = np.random.default_rng(2).normal(0, spread, PLAIN.shape)
    tables = {"plain": PLAIN, "new": PLAIN + difference + noise - noise.mean()}
    return ScoreTables(
        pd.concat(
            [
                long(values, system=name, dataset="d", measure=measure)
                for name, values in tables.items()
                for measure in ("nDCG@10 (condensed)", "Bpref")
            ],
            ignore_index=True,
        )
    )


def test_each_system_has_its_share_and_a_small_one_does_not_fail() -> None:
    shares = shares_of(judged_table(new=0.7, old=0.2))
    enough, few = share_rows(shares)
    assert (enough["system"], enough["passed"]) == ("new", True)
    assert enough["estimate"] == pytest.approx(0.7)
    assert enough["outcome"] == "70 % of the first ten documents are judged"
    assert (few["system"], few["target"], few["passed"]) == ("old", 0.6, None)
    assert {row["control"] for row in (enough, few)} == {"Judged@10"}
    assert {row["kind"] for row in (enough, few)} == {"judged"}


@pytest.mark.parametrize(
    ("shares", "n_pairs"),
    [
        ({"new": 0.9, "plain": 0.5}, 1),
        ({"new": 0.5, "plain": 0.9}, 1),
        ({"new": 0.6, "plain": 0.6}, 0),
    ],
)
def test_one_side_with_few_judged_documents_is_enough(
    shares: dict[str, float], n_pairs: int
) -> None:
    # `old` has a reference contrast only, which decides nothing
    few = few_judged(study(), shares_of(judged_table(**shares, old=0.1)))
    assert [pair.baseline for pair in few["d"]] == ["plain"] * n_pairs


@pytest.mark.parametrize(
    ("difference", "spread", "expected"),
    [
        (0.03, 0.01, (True, "in the direction of the primary measure", "none")),
        (0.0, 0.2, (True, "not against the primary measure", "none")),
        (-0.03, 0.01, (False, "against the primary measure", "for")),
    ],
)
def test_what_judged_documents_say_is_held_against_the_primary_measure(
    difference: float, spread: float, expected: tuple[Any, ...]
) -> None:
    few = few_judged(study(), shares_of(judged_table(new=0.3, plain=0.3, old=0.3)))
    scores = judged_scores(difference, spread=spread)
    condensed, bpref = condensed_rows(study(), few, scores=scores)
    assert (condensed["control"], bpref["control"]) == ("nDCG@10 (condensed)", "Bpref")
    for row in (condensed, bpref):
        assert (row["passed"], row["outcome"], row["pushes"]) == expected
        assert (row["system"], row["baseline"], row["kind"]) == ("new", "plain", "judged")
    a, b = (scores.get("d", system=name, measure="Bpref").values for name in ("new", "plain"))
    known = crossed(a, b, seeds="shared")
    assert bpref["estimate"] == known.mean
    assert (bpref["low"], bpref["high"]) == known.confidence_interval(0.95)


def test_a_primary_loss_that_judged_documents_turn_pushes_against_the_claims() -> None:
    worse = study_of({"new": PLAIN - 0.05, "plain": PLAIN, "old": PLAIN}, contrasts=CONTRASTS)
    few = few_judged(worse, shares_of(judged_table(new=0.3, plain=0.3, old=0.3)))
    row, _ = condensed_rows(worse, few, scores=judged_scores(0.03))
    assert (row["passed"], row["pushes"]) == (False, "against")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.01, 0.2, (True, "the direction stands whatever they are")),
        (-0.2, -0.01, (True, "the direction stands whatever they are")),
        (-0.1, 0.2, (None, "they could turn the direction")),
        (0.0, 0.2, (None, "they could turn the direction")),
        (-0.2, 0.0, (None, "they could turn the direction")),
    ],
)
def test_bounds_pass_where_they_leave_one_direction(
    low: float, high: float, expected: tuple[Any, ...]
) -> None:
    (row,) = bounds_rows([ContrastBounds("d", "new", "plain", 0.1, low, high)])
    assert (row["passed"], row["outcome"]) == expected
    assert (row["estimate"], row["low"], row["high"]) == (0.1, low, high)
    rows: list[Row] = [row]
    assert frame_of(rows)["kind"].tolist() == ["judged"]
