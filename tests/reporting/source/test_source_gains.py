"""Which contrasts stand for the source's gains, and its results table read again."""

from typing import Any

import pytest

from maw.reporting.source.source_gains import (
    fair_control,
    gain_rows,
    missing_rows,
    relative_of,
    score_rows,
    significance_rows,
    systems_of,
    untrained_model,
)
from maw.reporting.source.source_numbers import source_numbers
from maw.reporting.source.source_words import SourceWord
from tests.reporting.source_pages import SYSTEMS, contrast, page

NUMBERS = source_numbers()


def test_a_system_is_of_the_source_by_its_router_and_its_objective() -> None:
    mixture = {**SYSTEMS["maw"], "objective": {"kind": "mixture"}}
    suite = page([], systems={**SYSTEMS, "other": mixture})
    assert systems_of(suite, "grpo") == ["maw"]
    assert systems_of(suite, "supervised") == []


def test_systems_with_claims_stand_for_their_kind() -> None:
    assert systems_of(page([], systems={**SYSTEMS, "more": SYSTEMS["maw"]}), "grpo") == ["maw"]
    unclaimed = {"first": SYSTEMS["maw"], "second": SYSTEMS["maw"]}
    assert systems_of(page([], systems=unclaimed), "grpo") == ["first", "second"]


@pytest.mark.parametrize(
    ("decided_by", "baselines", "control"),
    [
        ("plain", ["random", "plain"], "plain"),
        ("random", ["random", "plain"], "plain"),  # a router that learns nothing is no NON-MAW
        ("random", ["random", "zero", "bm25"], None),
    ],
)
def test_the_fair_control_is_trained_and_has_no_router(
    decided_by: str, baselines: list[str], control: str | None
) -> None:
    random = {**SYSTEMS["plain"], "router": {"kind": "random"}}
    rows = [contrast(name, (-0.1, 0.1)) for name in baselines]
    suite = page(rows, systems={**SYSTEMS, "random": random}, decided_by=decided_by)
    assert fair_control(suite, system="maw", dataset="toy") == control


def test_the_untrained_model_is_of_the_same_kind() -> None:
    assert untrained_model(page([]), system="maw") == "zero"
    without = {name: SYSTEMS[name] for name in ("maw", "plain", "bm25")}
    assert untrained_model(page([], systems=without), system="maw") is None


def test_a_gain_stands_over_both_baselines_and_names_its_row() -> None:
    rows = [contrast("zero", (0.05, 0.15)), contrast("plain", (-0.02, 0.03))]
    _, by_ndcg = gain_rows(page(rows), NUMBERS)
    assert by_ndcg.claim == "maw, nDCG@1"
    assert by_ndcg.says == "+10 to +55 %"
    assert by_ndcg.untrained == "+20 [+10, +30] %"
    assert by_ndcg.fair == "+1 [−4, +6] %"
    assert by_ndcg.word == SourceWord.CONTRADICTED
    assert by_ndcg.reason == "below +10 %; the gain is training's"
    assert by_ndcg.csv_row == 2
    assert by_ndcg.gap == pytest.approx(0.06 - 0.10)


def test_rr_at_1_stands_in_for_success_at_1_and_a_measure_that_is_missing_is_said() -> None:
    by_success, by_ndcg = gain_rows(page([contrast("plain", (0.1, 0.2), measure="RR@1")]), NUMBERS)
    assert by_success.claim == "maw, Success@1 = RR@1"
    assert by_success.word == SourceWord.SUPPORTED
    assert by_ndcg.word == SourceWord.NOT_TESTABLE
    assert by_ndcg.reason == "no contrast by nDCG@1"
    assert not by_ndcg.is_interval


def test_a_baseline_without_a_mean_gives_no_relative_difference() -> None:
    assert relative_of(page([]), contrast("unknown", (0.0, 0.1))) is None


def test_a_router_without_a_system_is_not_testable() -> None:
    (row,) = missing_rows(page([]), NUMBERS)
    assert (row.claim, row.word) == ("supervised router", SourceWord.NOT_TESTABLE)
    assert row.says == "Success@1 +10 to +40 %; RR@1 +10 to +40 %; nDCG@1 +5 to +50 %"


def test_collections_of_the_source_are_found_and_decide_nothing() -> None:
    stamp: dict[str, Any] = {"spec": {"loader": {"id": "beir/scifact/test"}}}
    rows = [contrast("plain", (0.0, 0.1), measure="nDCG@10")]
    marco, *_, scifact = score_rows(page(rows, datasets=[{"name": "toy", "stamp": stamp}]), NUMBERS)
    assert {marco.word, scifact.word} == {SourceWord.NOT_TESTABLE}
    assert (marco.reason, marco.fair) == ("no run on it here", "")
    assert scifact.reason == "its measure is not named"
    assert scifact.fair == "maw +10 [0, +20] %"
    assert marco.says == ".385 ± .008 → .401 ± .009, p = .003, effect .82"


def test_the_sources_p_is_read_against_its_own_level() -> None:
    (row,) = significance_rows(NUMBERS)
    assert row.says == "p = .042; ticked at α = .0125"
    assert row.word == SourceWord.NOT_SUPPORTED
    assert row.reason == "its p is above its α: ×4 = .168"
