"""Tables as people read them: verdicts, claims, means, and their forms for page and paper."""

import pandas as pd

from maw.reporting.tables import claims, latex, means, rows_of, stacked_means, verdicts
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


def test_claims_have_a_row_each_with_the_controls_to_beat() -> None:
    (row,) = claims(FRAMES.claims).to_dict("records")
    assert (row["System"], row["Claim"], row["Controls to beat"]) == ("new", "better", "old")
    assert row["Verdict"] == "inconclusive"


def test_means_are_ordered_by_the_first_measure() -> None:
    rows = means(BOARD, dataset="one")
    assert list(rows.columns) == ["System", "nDCG@10", "AP"]
    assert rows.to_numpy().tolist() == [["a", "0.750", "0.125"], ["b_m", "0.500", "0.250"]]


def test_the_means_of_all_datasets_stand_under_each_other() -> None:
    rows = stacked_means(BOARD)
    assert rows["Dataset"].tolist() == ["one", "one", "two"]
    assert rows["System"].tolist() == ["a", "b_m", "a"]


def test_a_template_gets_text_and_a_paper_gets_escaped_latex() -> None:
    rows = means(BOARD, dataset="one")
    shown = rows_of(rows)
    assert shown == {
        "head": ["System", "nDCG@10", "AP"],
        "body": [["a", "0.750", "0.125"], ["b_m", "0.500", "0.250"]],
    }
    table = latex(rows).decode()
    assert r"\begin{tabular" in table
    assert r"b\_m" in table
