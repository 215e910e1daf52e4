"""A verdict reads as one line and cannot be changed."""

import dataclasses
from math import nan
from typing import Any

import pandas as pd
import pytest

from maw.verdicts.claims import CLAIMS
from maw.verdicts.decide import COLUMNS
from maw.verdicts.system_verdict import SystemVerdict, contrast_result, verdict_of

CLAIM: dict[str, Any] = dict.fromkeys(CLAIMS, nan) | {
    "dataset": "toy", "system": "new", "claim": "better", "measure": "nDCG@10", "n_controls": 2,
    "word": "better, by at least SESOI", "suffix": "", "withheld": "", "estimate": 0.02,
    "lower": 0.012, "upper": 0.028, "decided_by": "old", "loses_to": "", "n_seeds": 5,
    "n_clusters": pd.NA, "seeds": "shared", "n_queries": 40,
}  # fmt: skip
ROW: dict[str, Any] = dict.fromkeys(COLUMNS, nan) | {
    "dataset": "toy", "system": "new", "baseline": "bm25", "measure": "nDCG@10",
    "role": "reference", "word": "reference", "difference": -0.05, "ci_low": -0.08,
    "ci_high": -0.02,
}  # fmt: skip


def verdict(**changes: Any) -> SystemVerdict:
    """Return the verdict of CLAIM with changes."""
    return verdict_of(CLAIM | changes, controls=("old", "older"), note="a note")


def test_a_verdict_has_the_columns_of_its_claim() -> None:
    fields = {field.name for field in dataclasses.fields(SystemVerdict)}
    assert set(CLAIMS) - {"n_controls"} == fields - {"controls", "note"}
    known = verdict()
    assert (known.estimate, known.n_seeds, known.n_clusters) == (0.02, 5, None)
    assert (known.controls, known.loses_to, known.note) == (("old", "older"), (), "a note")
    assert verdict(loses_to="old; older").loses_to == ("old", "older")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "new against old, older on toy: better, by at least SESOI"),
        ({"claim": "routing helps", "word": "inconclusive"},
         "new (routing helps) against old, older on toy: inconclusive"),
        ({"word": "refuted", "suffix": "by less than SESOI", "loses_to": "old"},
         "new against old, older on toy: refuted by less than SESOI; it loses to old"),
        ({"word": "equivalent", "withheld": "known difference"},
         "new against old, older on toy: undecided (known difference failed, so that no absence "
         "of a gain is claimed)"),
    ],
)  # fmt: skip
def test_a_verdict_reads_as_one_line(changes: dict[str, Any], line: str) -> None:
    assert str(verdict(**changes)) == f"{line} (nDCG@10 +0.0200, limits +0.0120 to +0.0280)"


def test_another_contrast_reads_as_one_line() -> None:
    assert str(contrast_result(ROW)) == (
        "new against bm25 on toy: reference (nDCG@10 -0.0500, 95 % interval -0.0800 to -0.0200)"
    )


def test_a_verdict_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        verdict().p = 0.5  # type: ignore[misc]
