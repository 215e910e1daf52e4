"""check.R stays something that a reader reads: forty lines of a hundred columns."""

from maw.reporting.check_script import HERE, script
from maw.settings.plan import Analysis

PLAN = {"contrasts": [{"system": 'o"d\\d', "baseline": "base"}], "sesoi": 0.01}


def test_the_script_is_short_in_lines_and_in_columns() -> None:
    lines = (HERE / "check.R.j2").read_text().splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100


def test_the_plan_stands_in_the_script_as_r_writes_it() -> None:
    plan = Analysis.checked(PLAN, source="test")
    told = script(plan, trained=['o"d\\d']).splitlines()
    assert told[1].startswith('primary <- "nDCG@10"; alpha <- 0.05; sesoi <- 0.01')
    assert told[2].startswith('trained <- c("o\\"d\\\\d"); linked <- c(); named <- list()')
    assert len(told) <= 40
