"""Numbers, verdicts and systems in words: what the data support, and no more."""

import numpy as np
import pandas as pd
import pytest

from maw.reporting import wording
from maw.significance import Verdict


@pytest.mark.parametrize(
    ("p", "shown"),
    [(0.0312, "p = 0.031"), (0.0004, "p < 0.001"), (1.0, "p = 1.000"), (np.nan, "not tested")],
)
def test_a_p_value_is_never_zero_and_says_when_there_is_none(p: float, shown: str) -> None:
    assert wording.pvalue(p) == shown


def test_signs_are_typographic_and_missing_values_are_dashes() -> None:
    assert wording.signed(-0.01234) == "−0.0123"
    assert wording.signed(0.0) == "+0.0000"
    assert wording.interval(-0.1, 0.1) == "[−0.1000, +0.1000]"
    assert wording.number(pd.NA) == wording.signed(np.nan) == "–"


def test_a_bare_p_is_never_zero_either() -> None:
    assert [wording.bare_p(p) for p in (0.0312, 1e-9, np.nan)] == ["0.031", "<0.001", "–"]
    assert wording.span(-0.01, 0.02) == "−0.010 to 0.020"
    assert wording.interval(np.nan, np.nan) == "–"


def row(verdict: str, *, mde: float = 0.01) -> pd.Series:
    return pd.Series(
        {
            "system": "new",
            "baseline": "old",
            "dataset": "toy",
            "measure": "nDCG@10",
            "verdict": verdict,
            "difference": 0.01,
            "ci_low": -0.02,
            "ci_high": 0.04,
            "mde": mde,
            "p_equivalent_if_no_difference": 0.35,
        }
    )


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_a_sentence_of_its_own(verdict: Verdict) -> None:
    sentence = wording.sentence(row(verdict.value), sesoi=0.02)
    assert sentence.startswith("new ")
    assert f"new {verdict.value} old" not in sentence
    assert "old on toy: nDCG@10 +0.0100, 95 % interval [−0.0200, +0.0400]." in sentence


def test_inconclusive_is_never_told_as_no_difference() -> None:
    sentence = wording.sentence(row("inconclusive"), sesoi=0.02)
    assert "is not shown to differ from" in sentence
    assert "compatible with every difference in that interval" in sentence


def test_a_plan_that_could_not_have_found_the_smallest_of_interest_says_so() -> None:
    assert "0.02, might have been missed" in wording.sentence(
        row("equivalent", mde=0.05), sesoi=0.02
    )
    assert "missed" not in wording.sentence(row("equivalent", mde=0.01), sesoi=0.02)
    assert "missed" not in wording.sentence(row("better", mde=0.05), sesoi=0.02)
    assert "missed" not in wording.sentence(row("equivalent", mde=0.05), sesoi=None)


def test_what_lies_beyond_the_measures_scale_is_not_told_as_a_difference() -> None:
    assert [wording.detectable(x) for x in (0.0163, 1.0, 499.06, np.nan)] == [
        "0.016", "1.000", "> 1", "–"
    ]  # fmt: skip
    assert wording.span(0.02, 499.06, show=wording.detectable) == "0.020 to > 1"
    sentence = wording.sentence(row("inconclusive", mde=499.06), sesoi=0.02)
    assert "No difference up to 1 would have been found with probability 0.8" in sentence
    assert "499" not in sentence


def test_inconclusive_tells_how_likely_equivalent_was() -> None:
    chance = "the chance of “equivalent” was 0.35"
    assert chance in wording.sentence(row("inconclusive"), sesoi=0.02)
    assert chance not in wording.sentence(row("inconclusive"), sesoi=None)
    assert chance not in wording.sentence(row("equivalent"), sesoi=0.02)


def test_a_system_is_told_without_what_it_does_not_use() -> None:
    ranking = {"kind": "ranking"}
    plain: dict[str, object] = {
        "kind": "bi_encoder",
        "compute_of": [],
        "router": None,
        "objective": ranking,
    }
    assert wording.system(plain) == "bi_encoder; objective ranking"
    priced = {**plain, "compute_of": ["maw_grpo", "maw_stat"]}
    assert wording.system(priced).startswith("bi_encoder (compute of maw_grpo + maw_stat); ")


def test_a_system_is_described_by_its_configuration() -> None:
    entry = {
        "kind": "bi_encoder",
        "attention": {"kind": "maw", "depths": 8},
        "router": {"kind": "grpo"},
        "objective": None,
    }
    assert wording.system(entry) == "bi_encoder; attention maw (depths 8); router grpo"
    assert wording.system({"kind": "bm25", "k1": 0.9}) == "bm25 (k1 0.9)"


def test_quantities_are_read_at_a_glance() -> None:
    shown = [wording.quantity(value) for value in (1774464, 12.3456, 0.001, None)]
    assert shown == ["1,774,464", "12.3", "0.001", "–"]
