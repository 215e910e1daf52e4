"""Tables as people read them: verdicts, claims, means, and their forms for page and paper."""

from math import inf, nan

import pandas as pd

from maw.reporting.tables import (
    claims,
    deciding_limits,
    means,
    rows_of,
    spelled,
    verdicts,
)
from tests.reporting.small_suite import comparison_frames, random_tables
from tests.scored import plan_of

FRAMES = comparison_frames(random_tables(), plan_of(("new", "old"), ("old", "random", "reference")))
BOARD = pd.DataFrame(
    [
        ("one", "b_m", "nDCG@10", 0.5), ("one", "b_m", "AP", 0.25), ("one", "a", "nDCG@10", 0.75),
        ("one", "a", "AP", 0.125), ("two", "a", "nDCG@10", 0.0625), ("two", "a", "AP", 0.5),
    ],
    columns=["dataset", "system", "measure", "mean"],
)  # fmt: skip


def test_verdicts_have_a_row_for_each_contrast_by_the_primary_measure() -> None:
    rows = verdicts(FRAMES.comparisons, primary="nDCG@10")
    assert rows[["System", "Baseline"]].to_numpy().tolist() == [["new", "old"], ["old", "random"]]
    assert rows["Verdict"].tolist() == ["inconclusive", "reference"]
    assert rows["Difference"].str.match(r"[+−]0\.\d{4}").all()
    assert verdicts(FRAMES.comparisons, primary="AP").empty


def test_limits_are_those_by_which_a_row_is_read() -> None:
    row = {"ci_low": -0.1, "ci_high": 0.1, "fcr_low": -0.2, "fcr_high": 0.2}
    row |= {"bar_low": -0.3, "bar_high": 0.3}
    assert [
        deciding_limits(row | {"role": role})
        for role in ("confirmatory", "non-inferiority", "reference", "exploratory")
    ] == [
        "[−0.3000, +0.3000]",
        "[−0.3000, +0.3000]",
        "[−0.1000, +0.1000] at 95 %",
        "[−0.2000, +0.2000] FCR",
    ]
    assert deciding_limits(row | {"role": "exploratory", "fcr_low": nan, "fcr_high": nan}) == "–"
    assert deciding_limits(row | {"role": "confirmatory", "bar_low": -inf, "bar_high": inf}) == "–"


def test_claims_have_a_row_each_with_all_limits_and_corrections() -> None:
    (row,) = claims(FRAMES.claims).to_dict("records")
    assert (row["System"], row["Claim"], row["Over"]) == ("new", "better", "old")
    assert (row["Controls"], row["Verdict"], row["Loses to"]) == (1, "inconclusive", "–")
    assert row["Limits"].startswith("[−")
    assert row["Seeds"] == "4 shared"
    assert {"p", "Bonferroni", "Holm", "BH", "Detectable"} <= set(row)


def test_a_word_has_its_suffix_and_a_withheld_one_its_control() -> None:
    lost = {"word": "refuted", "suffix": "by less than SESOI", "withheld": ""}
    assert spelled(lost) == "refuted, by less than SESOI"
    withheld = {"word": "equivalent", "suffix": "", "withheld": "planted loss"}
    assert spelled(withheld) == (
        "withheld, because of the control “planted loss” (the limits say: equivalent)"
    )


def test_means_are_ordered_by_the_first_measure() -> None:
    rows = means(BOARD, dataset="one")
    assert list(rows.columns) == ["System", "nDCG@10", "AP"]
    assert rows.to_numpy().tolist() == [["a", "0.750", "0.125"], ["b_m", "0.500", "0.250"]]


def test_a_template_gets_text() -> None:
    rows = means(BOARD, dataset="one")
    shown = rows_of(rows)
    assert shown == {
        "head": ["System", "nDCG@10", "AP"],
        "body": [["a", "0.750", "0.125"], ["b_m", "0.500", "0.250"]],
        "ids": None,
    }
