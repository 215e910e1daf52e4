"""The section on routing: what is unfolded, its tables by seed, and texts that cannot inject."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from maw.reporting.figures.registry import render
from maw.reporting.page_data import PageData
from maw.reporting.sections.routing import SHOWN, content, diagnoses, percent
from maw.reporting.templates import environment
from tests.reporting.routed_suite import (
    COMPARED,
    LONG,
    PLAN,
    SYSTEMS,
    depths_of,
    quantities_of,
    routed_frames,
)

ATTENTION: dict[str, Any] = {
    "dataset": "toy", "system": "new", "seed": 1, "query_id": "q", "doc_id": None,
    "text": "<script>alert(1)</script>", "depth": [0, 1], "chosen": [True, False],
    "probability": [0.75, 0.25], "position": 0, "token": "<b>", "special": False, "weight": 1.0,
    "best_relevant_rank": 2.0, "n_ranked": 10.0, "note": "",
}  # fmt: skip
REGRETS: dict[str, Any] = {"regret_best_fixed": [0.01, 0.03], "effective_depths_used": 2.0}


def page_of(*, systems: dict[str, Any] | None = None, **frames: pd.DataFrame) -> PageData:
    return PageData(frames=routed_frames(**frames), plan=PLAN, spec={"systems": systems or SYSTEMS})


def shown(**page: Any) -> dict[str, Any]:
    data = content(page_of(**page))
    assert data is not None
    return data


def html_of(data: dict[str, Any]) -> str:
    template = environment().get_template("sections/routing.html.j2")
    return template.render(routing=data, files="../tables/", remake="snakemake", root="results")


def test_without_a_router_there_is_no_section() -> None:
    assert content(page_of(depths=depths_of({}))) is None
    assert content(PageData(frames=COMPARED, plan=PLAN)) is None


def test_the_table_of_shares_has_all_depths_and_pools_no_seeds() -> None:
    table = shown(depths=depths_of({1: [0] * 4, 2: [3, 3, 3, 1]}))["shown"]
    assert (table["name"], table["texts"], table["n_texts"]) == ("new", "queries", 4)
    assert table["depths"] == [0, 1, 2, 3]
    assert [[cell["text"] for cell in row["cells"]] for row in table["rows"]] == [
        ["100", "", "", ""], ["", "25", "", "75"],
    ]  # fmt: skip
    assert [row["seed"] for row in table["rows"]] == [1, 2]
    assert table["rows"][1]["cells"][3]["share"] == "0.75"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0"), (0.004, "<1"), (0.51, "51"), (0.996, ">99"), (1, "100")],
)
def test_only_what_never_or_always_happens_is_0_or_100_percent(share: float, text: str) -> None:
    assert percent(share) == text


def test_where_a_sentence_says_all_the_table_is_folded() -> None:
    data = shown(depths=depths_of({1: [0, 0], 2: [2, 2]}))
    assert data["shown"] is None
    assert len(data["tables"]) == 1
    mixed = quantities_of({"effective_depths": 4.0, "policy_entropy": 1.38})
    data = shown(routing=mixed)
    assert (data["shown"], data["tables"]) == (None, [])


def test_systems_of_claims_come_first_and_the_third_is_folded() -> None:
    chosen = {1: [0, 1]}
    names = ["told", "free", "new"]
    depths = pd.concat([depths_of(chosen, system=name) for name in names])
    documents = depths_of(chosen, side="document")
    systems = {"told": {"router": {"kind": "told"}}, "free": {"router": {"kind": "grpo"}}}
    data = shown(depths=pd.concat([depths, documents]), systems={**SYSTEMS, **systems})
    assert [row["name"] for row in data["sentences"]] == ["new", "free"]
    assert [row["name"] for row in data["more"]] == ["told"]
    assert data["shown"]["name"] == "new"
    assert [(one["name"], one["texts"]) for one in data["tables"]] == [
        ("told", "queries"), ("free", "queries"), ("new", "documents"),
    ]  # fmt: skip


def test_several_datasets_are_named_and_what_holds_on_several_is_told_once() -> None:
    each = depths_of({1: [0, 1]})
    alike = shown(depths=pd.concat([each, each.assign(dataset="two")]))
    assert [row["name"] for row in alike["sentences"]] == ["new on toy and two"]
    assert alike["shown"] is None
    assert [table["name"] for table in alike["tables"]] == ["new on toy", "new on two"]
    single = depths_of({1: [0, 0]}).assign(dataset="two")
    apart = shown(depths=pd.concat([each, single]))
    assert [row["name"] for row in apart["sentences"]] == ["new on toy", "new on two"]


def test_the_figure_is_shown_only_where_depths_were_forced() -> None:
    svg = render("routing", routed_frames(), plan=PLAN).svg.decode()
    page = replace(page_of(), pictures={"routing": svg})
    data = content(page)
    assert data is not None
    assert data["figure"] is None
    forced = replace(page_of(routing=quantities_of(REGRETS)), pictures={"routing": svg})
    data = content(forced)
    assert data is not None
    assert data["figure"]["name"] == "routing"


def test_the_section_is_written_with_its_terms_and_escapes_texts() -> None:
    attention = pd.DataFrame(ATTENTION)
    data = shown(routing=quantities_of(REGRETS), attention=attention)
    html = html_of(data)
    assert "Did the router route?" in html
    assert 'href="#g-regret">gains</a>' in html
    assert '<td class="heat" style="--a:0.67">67</td>' in html
    assert "routing.csv" in html
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert '<th scope="col" class="heat">&lt;b&gt;</th>' in html
    assert "0 ← chosen" in html


def test_why_no_attention_is_shown_is_told() -> None:
    none = {"note": "It gives none.", "depth": [-1, -1], "weight": None}
    attention = pd.DataFrame({**ATTENTION, **none}).head(1)
    data = shown(attention=attention)
    assert data["decisions"] == []
    assert "<p>new on toy: It gives none.</p>" in html_of(data)


def test_the_main_quantities_of_each_dataset_have_a_row_for_each_seed_and_side() -> None:
    rows = [
        ("one", "maw", 42, "query", "effective_depths", 1.25),
        ("one", "maw", 42, "query", "mutual_information_length", 0.5),
        ("one", "maw", 42, "query", "mutual_information_length_by_chance", 0.125),
        ("one", "maw", 42, "query", "regret_best_fixed", -0.0625),
        ("one", "maw", 42, "weights", "depth_cosine", 0.9),
        ("one", "maw", 42, "training", "tied_share", 0.8),
        ("one", "maw", 42, "document", "effective_depths", 2.0),
        ("two", "maw", 43, "pair", "effective_depths", 4.0),
    ]
    tables = diagnoses(pd.DataFrame(rows, columns=LONG))
    assert {dataset: table.to_dict("records") for dataset, table in tables.items()} == {
        "one": [
            {
                "System": "maw", "Seed": "42", "Side": "query",
                "Depths in the mean policy": "1.250", "Bits on length": "0.500 (0.125)",
                "Regret: best depth": "−0.062",
            },
            {
                "System": "maw", "Seed": "42", "Side": "document",
                "Depths in the mean policy": "2.000", "Bits on length": "–",
                "Regret: best depth": "–",
            },
        ],
        "two": [
            {"System": "maw", "Seed": "43", "Side": "pair", "Depths in the mean policy": "4.000"}
        ],
    }  # fmt: skip
    assert all(definition.endswith(".") for _, definition in SHOWN.values())
