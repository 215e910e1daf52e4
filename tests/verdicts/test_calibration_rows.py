"""A test that is not calibrated says why, and the A/A checks have rows of their own."""

from math import isnan

import pytest

from maw.significance import ANY_FALSE, REJECTS, Outcome
from maw.significance.calibration import AT_OWN_LEVEL
from maw.significance.counting import FALSE_WORD, WORD
from maw.verdicts.calibration_rows import (
    COLUMNS,
    COPY,
    HALVES,
    NOT_CALIBRATED,
    level_of_rate,
    limit_rows,
    missing_row,
)
from tests.verdicts.redrawn_plans import calibrated, groups_with, pair, plan_with, reasons


def test_a_plan_without_a_margin_says_what_that_costs() -> None:
    table = calibrated(pair("new", "old"), sesoi=None)
    assert reasons(table, "power, words about the size") == [
        "the plan states no smallest effect of interest"
    ]
    assert set(table["multiple"].dropna()) == {0}


def test_what_is_not_calibrated_says_why_in_the_table() -> None:
    table = calibrated(pair("new", "old"))
    assert "which nDCG@10 is not" in reasons(table, "McNemar")[0]
    assert "one dataset" in reasons(table, "E3 and k̂")[0]
    assert reasons(table, "other tests of other measures") == [
        "other measures decide nothing; only E2 and BH are counted for them, without a true "
        "difference and in fewer experiments"
    ]


def test_halves_need_eight_seeds_and_a_copy_never_differs() -> None:
    table = calibrated(pair("many", "old"))
    rows = table[table["test"] == HALVES].set_index("system")
    assert 0 <= rows["rate"]["many"] <= 0.3
    assert rows["note"]["many"] == "share of the splits of 8 seeds into two halves with p < α"
    assert rows["note"]["old"] == "4 seeds; a test of two halves needs at least 8"
    copies = table.loc[table["test"] == COPY, ["system", "quantity", "rate", "note"]]
    assert copies.to_numpy().tolist() == [
        ["", "differs", 0.0, "every test of every system against a copy of itself"]
    ]


def test_a_row_without_a_rate_has_every_column() -> None:
    row = missing_row("toy", "new", "old", note="why")
    assert set(row) == set(COLUMNS)
    assert (row["test"], row["quantity"], row["note"]) == ("every test", NOT_CALIBRATED, "why")
    of_all = missing_row("toy", note="why", test="t")
    assert (of_all["dataset"], of_all["system"], of_all["baseline"]) == ("toy", "", "")
    assert (of_all["test"], of_all["seeds"], of_all["draws"]) == ("t", "", None)


def test_limits_depend_on_the_number_of_independent_datasets() -> None:
    groups = groups_with(pair("new", "old"))
    plan = plan_with(pair("new", "old"))
    tests = {n: [row["test"] for row in limit_rows(plan, groups, n_independent=n)] for n in (1, 3)}
    assert tests[1] == ["McNemar", "other tests of other measures", "E3 and k̂"]
    assert tests[3] == ["McNemar", "other tests of other measures"]


@pytest.mark.parametrize(
    ("test", "quantity", "multiple", "level"),
    [
        (WORD, ANY_FALSE, 1.0, 0.01),
        (WORD, "better", 0.0, None),
        (FALSE_WORD, "better", 0.0, 0.01),
        ("E2", REJECTS, 0.0, 0.05),
        ("E2", REJECTS, 1.0, None),
        (AT_OWN_LEVEL, REJECTS, 0.0, 0.01),
        ("E2 by AP", REJECTS, 0.0, 0.05),
        ("t", REJECTS, 0.0, None),
    ],
)
def test_only_errors_have_a_level(
    test: str, quantity: str, multiple: float, level: float | None
) -> None:
    outcome = Outcome("new", test, quantity, multiple, "estimate")
    found = level_of_rate(outcome, alpha=0.05, own=0.01)
    assert isnan(found) if level is None else found == level
