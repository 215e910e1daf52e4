"""The figure of the queries that move: its steps, its panels and its words."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from maw.reporting.figures.moved import MOST, N_LEVELS, claims_of, moved_data, steps
from maw.reporting.figures.registry import FIGURES, chart_of, render
from maw.reporting.frames import ComparisonFrames
from tests.reporting.small_suite import comparison_frames, random_tables
from tests.scored import plan_of

PLAN = plan_of(("new", "old"))
KEY = {"dataset": "toy", "system": "new", "claim": "better", "baseline": "old"}
COMPARED = comparison_frames(random_tables(), PLAN)


def rows_of(*differences: float, **key: str) -> pd.DataFrame:
    """Return rows of DIFFERENCES with these differences, the first of the first query."""
    return pd.DataFrame(
        {
            **KEY,
            **key,
            "query_id": [f"q{n}" for n in range(len(differences))],
            "cluster": "",
            "score": 0.5,
            "score_baseline": 0.5 - np.array(differences),
            "difference": differences,
            "n_seeds": 3,
            "n_seeds_baseline": 3,
        }
    )


def with_differences(rows: pd.DataFrame) -> ComparisonFrames:
    return replace(COMPARED, differences=rows)


def test_a_step_reaches_from_one_query_to_the_next_and_the_last_one_ends() -> None:
    rows = rows_of(0.4, 0.4, 0.1, 0.0, -0.2)
    gains, losses = steps(rows, sign=1), steps(rows, sign=-1)
    # the two equal gains are one step from place 0 to 2
    assert gains["place"].tolist() == [0, 2, 3]
    assert gains["height"].tolist() == [0.4, 0.1, 0.1]
    assert losses["place"].tolist() == [4, 5]
    assert losses["height"].tolist() == [-0.2, -0.2]


def test_no_gain_has_no_step_and_many_queries_have_few() -> None:
    assert steps(rows_of(0.0, -0.1), sign=1).empty
    many = steps(rows_of(*np.linspace(1, -1, 20_001)), sign=-1)
    assert len(many) <= N_LEVELS + 3
    assert many["height"].iloc[-1] == -1
    assert many["place"].iloc[-1] == 20_001


def test_each_claim_has_a_panel_with_its_counts_up_to_a_largest_number() -> None:
    systems = [f"s{n}" for n in range(MOST + 1)]
    rows = pd.concat([rows_of(0.3, 0.0, -0.05, system=name) for name in systems])
    plan = plan_of(*((name, "old") for name in systems))
    panels = chart_of("moved", with_differences(rows), plan=plan).to_dict()["vconcat"]
    titles = [panel["title"] for panel in panels]
    assert [title["text"] for title in titles] == [
        f"{name} − old: nDCG@10, mean +.083" for name in systems[:MOST]
    ]
    told = "1 up, 1 tied, 1 down; 1 gain and 0 lose more than 0.1"
    assert {title["subtitle"] for title in titles} == {told}


def test_claims_and_datasets_are_named_where_there_are_several() -> None:
    rows = pd.concat([rows_of(0.1, claim="a"), rows_of(0.2, claim="b", dataset="other")])
    described = FIGURES["moved"].describe(with_differences(rows), PLAN)
    assert described.startswith("new − old, “a” on toy: 1 of 1 rank better with new, 0 equally")
    assert "new − old, “b” on other: 1 of 1" in described


def test_the_rows_of_a_claim_are_sorted_by_their_difference() -> None:
    (claim,) = claims_of(rows_of(0.1, 0.3, -0.2))
    assert claim.rows["difference"].tolist() == [0.3, 0.1, -0.2]
    assert claim.key == ("toy", "new", "better", "old")


def test_the_figure_is_drawn_with_its_numbers_beside_it() -> None:
    frames = with_differences(rows_of(0.3, -0.1))
    figure = render("moved", frames, plan=PLAN)
    assert b"1 of 2 rank better with new" in figure.svg
    assert figure.csv.decode().splitlines()[0].startswith("dataset,system,claim,baseline,query_id")
    pd.testing.assert_frame_equal(moved_data(frames, PLAN), rows_of(0.3, -0.1))


@pytest.mark.parametrize("differences", [None, rows_of()])
def test_without_a_claim_the_figure_says_so(differences: pd.DataFrame | None) -> None:
    frames = replace(COMPARED, differences=differences)
    assert FIGURES["moved"].absent in str(chart_of("moved", frames, plan=PLAN).to_dict())
