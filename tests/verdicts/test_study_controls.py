"""The controls of a study: what passes, what fails, in which direction, and what it forbids."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from maw.significance import Seeds, crossed
from maw.verdicts import study_controls
from maw.verdicts.study_controls import (
    CONTROLS,
    Row,
    frame_of,
    negative_rows,
    planted_further_rows,
    planted_rows,
    positive_rows,
    withheld,
)
from tests.verdicts.small_study import FURTHER, Q, scores_of, study_of, table

PLAIN = table(0.5)
LOSS = np.full((Q, 1), 0.02) + np.where(np.arange(Q) % 2, 0.01, -0.01)[:, None]  # .02 on average
NEGATIVE = {"controls": {"negative": {"system": "plain", "seeds": list(FURTHER)}}}
POSITIVE = {"controls": {"positive": {"system": "plain", "baseline": "zero"}}}


def outcome_of(row: Row) -> tuple[Any, Any, Any]:
    return row["passed"], row["outcome"], row["pushes"]


def planted(after: Any, lost: float, **analysis: Any) -> Row:
    """Return the row of a loss that was planted into the scores PLAIN, which became `after`."""
    study = study_of({"plain": PLAIN}, **analysis)
    scores = scores_of({"plain": after})
    (row,) = planted_rows(study, system="plain", planted=scores, losses={"d": lost})
    return row


def test_a_planted_loss_is_measured_exactly_and_refutes() -> None:
    row = planted(PLAIN - LOSS, 0.02)
    assert outcome_of(row) == (True, "found", "none")
    assert row["estimate"] == pytest.approx(-0.02, abs=1e-12)
    assert row["target"] == -0.02
    assert row["low"] < -0.02 < row["high"] < 0  # type: ignore[operator]
    assert (row["kind"], row["system"], row["baseline"]) == ("planted", "plain", "plain")


def test_a_loss_of_another_size_than_planted_pushes_both_ways() -> None:
    row = planted(PLAIN - LOSS, 0.0201)
    assert outcome_of(row) == (False, "of another size than planted", "both")


def test_a_loss_that_is_not_found_pushes_against_the_claims() -> None:
    hidden = np.where(np.arange(Q) % 2, 0.5, -0.46)[:, None]  # .02 on average, and very uneven
    row = planted(PLAIN - hidden, 0.02)
    assert outcome_of(row) == (False, "missed: inconclusive", "against")


def test_two_seeds_cannot_refute_but_show_the_size() -> None:
    study = study_of({"plain": PLAIN[:, :2]})
    scores = scores_of({"plain": PLAIN[:, :2] - LOSS})
    (row,) = planted_rows(study, system="plain", planted=scores, losses={"d": 0.02})
    assert outcome_of(row) == (None, "not possible: 2 seeds, and 3 are needed", "none")
    assert row["estimate"] == pytest.approx(-0.02)


def test_a_control_without_training_has_one_run() -> None:
    study = study_of({"bm25": PLAIN[:, :1]})
    scores = scores_of({"bm25": PLAIN[:, :1] - LOSS})
    (row,) = planted_rows(study, system="bm25", planted=scores, losses={"d": 0.02})
    assert row["passed"]


def test_too_small_a_loss_is_not_possible() -> None:
    row = planted(PLAIN - LOSS / 2, 0.01)
    assert outcome_of(row) == (
        None,
        "not possible: the rankings can lose no more than 0.0100",
        "none",
    )


def test_another_primary_measure_than_ndcg_is_not_possible() -> None:
    study = study_of({"plain": PLAIN}, primary="RR@10")
    (row,) = planted_rows(study, system="plain", planted=None, losses={})
    assert row["outcome"] == (
        "not possible: a loss is planted in nDCG@k, and the primary measure is RR@10"
    )


@pytest.mark.parametrize(
    ("lead", "expected"),
    [(0.05, (True, "found", "none")), (0.0, (False, "missed", "against"))],
)
def test_a_known_difference_is_found_where_its_95_percent_interval_lies_above_0(
    lead: float, expected: tuple[bool, str, str]
) -> None:
    study = study_of({"plain": PLAIN, "zero": table(0.5 - lead, seeds=1, seed=3)}, **POSITIVE)
    (row,) = positive_rows(study)
    assert outcome_of(row) == expected
    assert row["target"] == 0


def test_a_plan_without_such_a_pair_or_further_seeds_has_no_row() -> None:
    study = study_of({"plain": PLAIN})
    assert positive_rows(study) == []
    assert negative_rows(study, further=study.scores) == []
    assert planted_further_rows(study, planted=study.scores, losses={}) == []


@pytest.mark.parametrize(
    ("shift", "expected"),
    [(0.0, (True, "covers 0", "none")), (0.1, (False, "excludes 0", "both"))],
)
def test_further_seeds_that_differ_push_both_ways(
    shift: float, expected: tuple[bool, str, str]
) -> None:
    study = study_of({"plain": PLAIN}, **NEGATIVE)
    further = scores_of({"plain": table(0.5 + shift, seed=5)}, FURTHER)
    (row,) = negative_rows(study, further=further)
    assert outcome_of(row) == expected
    assert row["estimate"] == pytest.approx(shift, abs=1e-9)
    assert row["kind"] == "negative"


def test_a_loss_in_further_trainings_is_covered_and_its_power_stands_beside() -> None:
    study = study_of({"plain": PLAIN}, **NEGATIVE)
    again = table(0.5, seed=5)
    rows = [
        planted_further_rows(
            study, planted=scores_of({"plain": again - lost}, FURTHER), losses={"d": 0.02}
        )[0]
        for lost in (LOSS, LOSS + 0.1)
    ]
    assert [row["passed"] for row in rows] == [True, False]
    assert str(rows[0]["outcome"]).startswith("covers the loss (power ")
    assert str(rows[1]["outcome"]).startswith("misses the loss (power ")
    assert [row["kind"] for row in rows] == ["positive"] * 2
    assert rows[1]["pushes"] == "both"
    (small,) = planted_further_rows(study, planted=study.scores, losses={"d": 0.001})
    assert small["outcome"] == "not possible: the rankings can lose no more than 0.0010"


def test_a_failed_control_of_sensitivity_withholds_and_a_noise_floor_does_not() -> None:
    row = study_controls.control_row("d", "known difference", "positive", pair=("a", "b"), target=0)
    rows = [
        row | {"dataset": "e", "passed": True},
        row | {"dataset": "f", "passed": None},
        row | {"dataset": "g", "kind": "negative", "passed": False},
        row | {"dataset": "h", "passed": False},
        row | {"dataset": "h", "control": "later", "passed": False},
        row | {"dataset": "i", "control": "planted loss", "kind": "planted", "passed": False},
    ]
    assert withheld(frame_of(rows)) == {"h": "known difference", "i": "planted loss"}


def test_every_control_is_tested_on_the_clusters_of_the_queries() -> None:
    systems = {"plain": PLAIN, "zero": table(0.45, seeds=1, seed=3)}
    controls = {"controls": {**NEGATIVE["controls"], **POSITIVE["controls"]}}
    codes = np.arange(Q) % 10
    names = {f"q{q:02}": str(code) for q, code in enumerate(codes)}
    study = replace(study_of(systems, **controls), clusters={"d": names})
    again = table(0.5, seed=5)
    further, lower = scores_of({"plain": again}, FURTHER), scores_of({"plain": PLAIN - LOSS})
    lower_again = scores_of({"plain": again - LOSS}, FURTHER)
    (found,) = planted_rows(study, system="plain", planted=lower, losses={"d": 0.02})
    (known,) = positive_rows(study)
    (itself,) = negative_rows(study, further=further)
    (covered,) = planted_further_rows(study, planted=lower_again, losses={"d": 0.02})
    for row, a, b, level in (
        (found, PLAIN - LOSS, PLAIN, 0.95),
        (known, PLAIN, systems["zero"], 0.95),
        (itself, again, PLAIN, 0.95),
        (covered, again - LOSS, PLAIN, 0.99),
    ):
        seeds: Seeds = "shared" if row is found else "independent"
        trained = (True, row is not known)
        contrast = crossed(a, b, codes, seeds=seeds, trained=trained)
        limits = contrast.confidence_interval(level)
        assert (row["low"], row["high"]) == pytest.approx((limits.low, limits.high))


def test_the_table_has_its_columns_and_types_even_without_a_row() -> None:
    for rows in ([], [planted(PLAIN - LOSS, 0.02)]):
        frame = frame_of(rows)
        assert list(frame.columns) == CONTROLS
        assert frame["passed"].dtype == "boolean"
        assert frame["estimate"].dtype == "float64"


def test_the_level_is_that_of_the_first_claim_or_alpha_without_one() -> None:
    reference = [{"system": "new", "baseline": "plain", "role": "reference"}]
    two = [{"system": s, "baseline": "plain"} for s in ("new", "zero")]
    assert study_of({"plain": PLAIN}, contrasts=reference).level == 0.05
    assert study_of({"plain": PLAIN}, contrasts=two).level == 0.025
