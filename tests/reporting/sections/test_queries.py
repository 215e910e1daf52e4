"""The section on the queries that move: what is unfolded, what is folded, and foreign text."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.reporting.figures.moved import claims_of
from maw.reporting.page_data import PageData
from maw.reporting.sections.queries import content, depths_of, listed, ranks_of, sentence
from maw.reporting.templates import environment
from maw.settings.plan import Analysis
from maw.verdicts.moved import MOVED, movers
from tests.reporting.small_suite import (
    comparison_frames,
    random_tables,
    suite_frames,
    unmarked,
)
from tests.scored import plan_of

PLAN = plan_of(("new", "old"))
COMPARED = comparison_frames(random_tables(), PLAN)
KEY = {"dataset": "toy", "system": "new", "claim": "better", "baseline": "old"}
SIX = (0.5, 0.4, 0.3, 0.2, 0.0, -0.1, -0.2, -0.3, -0.4)
EVIL = "<script>alert(1)</script>"


def differences_of(*values: float, **key: Any) -> pd.DataFrame:
    """Return rows of DIFFERENCES; the first value is that of the query q0."""
    return pd.DataFrame(
        {
            **KEY,
            "n_seeds": 2,
            "n_seeds_baseline": 2,
            **key,
            "query_id": [f"q{n}" for n in range(len(values))],
            "cluster": "",
            "score": np.array(values) + 0.4,
            "score_baseline": 0.4,
            "difference": values,
        }
    )


def moved_of(differences: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """Return the rows of MOVED of one claim, each with the same texts, ranks and depths."""
    relevant = [{"doc_id": "d1", "grade": 2, "text": "first words …"}]
    shown = {
        "text": "what is <b>bold</b>",
        "n_relevant": 3,
        "relevant": json.dumps(relevant),
        "seeds": "[1, 2, 3]",
        "seeds_baseline": "[1, 2, 3]",
        "ranks": "[2, 1, 15]",
        "ranks_baseline": "[13, null, 16]",
        "depths": "[0, 3, 1]",
        "depths_baseline": "[null, null, null]",
        **columns,
    }
    return movers(differences).assign(**KEY, **shown)[MOVED]


def page_of(
    differences: pd.DataFrame | None,
    moved: pd.DataFrame | None = None,
    *,
    plan: Analysis = PLAN,
    queries: str = "queries",
) -> PageData:
    frames = replace(suite_frames(COMPARED), differences=differences, moved=moved)
    return PageData(frames=frames, plan=plan, spec={"queries": queries})


def html_of(page: PageData) -> str:
    template = environment().get_template("sections/queries.html.j2")
    return template.render(queries=content(page), files="../tables/", remake="", root="")


def shown_of(page: PageData) -> dict[str, Any]:
    found = content(page)
    assert found is not None
    return found


@pytest.mark.parametrize("differences", [None, differences_of()])
def test_without_differences_there_is_no_section(differences: pd.DataFrame | None) -> None:
    assert content(page_of(differences)) is None


def test_two_of_each_side_are_unfolded_in_the_order_of_the_picture() -> None:
    differences = differences_of(*SIX)
    first = shown_of(page_of(differences, moved_of(differences)))["first"]
    shown = [row["difference"] for row in first["rows"]]
    assert shown == ["+.500", "+.400", "−.300", "−.400"]
    assert [len(side["queries"]) for side in first["sides"]] == [4, 4]
    # 13, 16 and not returned; 2, 1 and 15
    assert first["rows"][0]["ranks"] == ["16", "2"]


def test_a_query_stands_in_full_with_its_ranks_per_seed_its_depths_and_documents() -> None:
    differences = differences_of(0.25, -0.1)
    html = html_of(page_of(differences, moved_of(differences)))
    assert "+.250 (.400 → .650); ranks 13, –, 16 → 2, 1, 15; depth 0, 3, 1" in html
    assert "grade 2: <code>d1</code> <bdi>first words …</bdi>" in html
    assert "and 2 more" in html
    assert "what the router chose for the query" in html


def test_no_text_from_data_becomes_markup() -> None:
    differences = differences_of(0.25, -0.1).assign(query_id=[f"{EVIL}1", f"{EVIL}2"])
    documents = json.dumps([{"doc_id": EVIL, "grade": 1, "text": EVIL}])
    html = html_of(page_of(differences, moved_of(differences, text=EVIL, relevant=documents)))
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 8


def test_depths_of_both_sides_stand_beside_each_other_and_none_for_none() -> None:
    record = {"depths": "[1, 2]", "depths_baseline": "[0, null]"}
    assert depths_of(record) == "0, – → 1, 2"
    assert depths_of({"depths": "[null]", "depths_baseline": "[null]"}) == ""


def test_the_ranks_of_the_control_come_first() -> None:
    ranks = {"ranks": "[2, 1, 2, 15, 2]", "ranks_baseline": "[13, 13, 16, 14, 1]"}
    assert ranks_of(ranks) == "13, 13, 16, 14, 1 → 2, 1, 2, 15, 2"


def test_a_query_that_most_seeds_do_not_find_has_no_median_rank() -> None:
    differences = differences_of(0.3)
    moved = moved_of(differences, ranks_baseline="[null, null, 4]", ranks="[1, 2, 4]")
    (row,) = shown_of(page_of(differences, moved))["first"]["rows"]
    assert row["ranks"] == ["–", "2"]


def test_further_claims_are_folded_with_pictures_of_their_own() -> None:
    both = [differences_of(0.3, -0.2), differences_of(0.1, 0.0, system="random")]
    plan = plan_of(("new", "old"), ("random", "old"))
    page = page_of(pd.concat(both), moved_of(both[0]), plan=plan)
    shown = shown_of(page)
    assert [one["name"] for one in shown["rest"]] == ["random − old"]
    assert shown["counts"]["body"] == [
        ["new − old", "1", "0", "1", "1", "1"],
        ["random − old", "1", "1", "0", "0", "0"],
    ]
    pictures = [one["picture"] for one in (shown["first"], *shown["rest"])]
    assert [picture["name"] for picture in pictures] == ["moved1", "moved2"]
    assert 'id="figure-moved2-title"' in pictures[1]["svg"]
    assert "random − old" in pictures[1]["svg"]
    assert "random" not in pictures[0]["svg"]


def test_the_suites_own_figure_is_shown_where_there_is_one_claim() -> None:
    page = replace(page_of(differences_of(0.3)), pictures={"moved": "<svg>drawn</svg>"})
    picture = shown_of(page)["first"]["picture"]
    assert (str(picture["svg"]), picture["csv"]) == ("<svg>drawn</svg>", "../figures/moved.csv")


def test_runs_of_others_have_topics_without_texts() -> None:
    page = page_of(differences_of(0.3, -0.2, n_seeds=1, n_seeds_baseline=1), queries="topics")
    page = replace(page, frames=replace(COMPARED, differences=page.frames.differences))
    html = unmarked(html_of(page))
    assert "Which topics move" in html
    assert "Of 2 topics, 1 rank better with new than with old, 0 equally well, 1 worse" in html
    assert "<bdi>q0</bdi></th><td>+.300</td></tr>" in html
    for word in ("rank of the best", "ranks per seed", "Means over seeds", "queries move"):
        assert word not in html.split("<svg")[0] + html.split("</svg>")[1]


@settings(max_examples=25)
@given(st.lists(st.sampled_from([-0.3, -0.1, 0.0, 0.05, 0.1, 0.2]), min_size=1, max_size=12))
def test_the_sentence_agrees_with_its_numbers(values: list[float]) -> None:
    (claim,) = claims_of(differences_of(*values))
    numbers = [int(word) for word in sentence(claim, queries="queries").split() if word.isdigit()]
    n, up, tied, down, gain, lose = numbers
    assert n == len(values) == up + tied + down
    assert gain == values.count(0.2)
    assert lose == values.count(-0.3)
    rows = listed(claim, movers(claim.rows).to_dict("records"))["rows"]
    assert len(rows) == min(up, 2) + min(down, 2)
