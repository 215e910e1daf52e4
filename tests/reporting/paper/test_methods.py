"""The methods of a study in words: every figure comes from the results and the plan."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.reporting.page_data import PageData
from maw.reporting.paper.citations import plain
from maw.reporting.paper.methods import hypotheses, methods, sizes
from maw.settings.sections import TrainedLayers
from tests.reporting.small_suite import (
    TOY,
    comparison_frames,
    search_frame,
    selection_frame,
    suite_frames,
)
from tests.scored import plan_of

GENERATOR = np.random.default_rng(4)
TABLES = {name: GENERATOR.uniform(size=(20, 4)) for name in ("new", "old")}
PLAN = plan_of(("new", "old"), sesoi_reason="One rank is seen.", registered="https://osf.io/x")
SYSTEMS: dict[str, Any] = {
    "new": {
        "kind": "bi_encoder",
        "attention": {"kind": "maw", "depths": 8},
        "router": {"kind": "grpo"},
        "objective": {"kind": "grpo"},
    },
    "old": {"kind": "bi_encoder", "attention": {"kind": "standard"}, "objective": None},
    "bm25": {"kind": "bm25", "k1": 0.9, "b": 0.4},
}
DATASET = {
    **TOY,
    "ids": ["x/test"],
    "citation": "Doe 2020.",
    "counts": {
        "documents": 2000,
        "train_judged": 1279,
        "dev_judged": 171,
        "test_judged": 20,
    },
}


@pytest.fixture(scope="module")
def page() -> PageData:
    frames = comparison_frames(TABLES, PLAN)
    runs = pd.DataFrame(
        {
            "dataset": "toy",
            "system": ["new", "new", "old", "old"],
            "seed": [42, 43, 42, 43],
            "trained": True,
            "steps": [30.0, 30.0, 60.0, 30.0],
        }
    )
    trials = [
        {"trial": n, "dev": 0.5, "chosen": n == 1, "parameters": f'{{"learning_rate": {rate}}}'}
        for n, rate in ((1, 0.001), (2, 0.003), (3, 0.01))
    ]
    return PageData(
        frames=suite_frames(
            frames,
            runs=runs,
            search=search_frame(trials),
            selection=selection_frame([{"n_dev": 171}]),
        ),
        plan=PLAN,
        spec={
            "systems": SYSTEMS,
            "backbone": {
                "name": "minilm",
                "trained_layers": 2,
                "max_document_tokens": 64,
                "max_query_tokens": 32,
            },
        },
        history={"told": "the plan was entered on Monday, before any scores"},
        datasets=(DATASET,),
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "The claim was that new ranks better than old.",
        "new (bi-encoder, attention maw with 8 depths, router grpo, objective grpo), old "
        "(bi-encoder, attention standard, untrained) and bm25 (BM25 (Robertson and Zaragoza, "
        "2009), k1 = 0.9, b = 0.4).",
        "toy (made up) has 2,000 documents, read by ir_datasets (MacAvaney et al., 2021); its "
        "judged queries were split by a hash of each query's group: 1,279 for training, 171 for "
        "development and 20 queries for the test.",
        "The dataset is that of Doe 2020.",
        "Training changed the last 2 layers of all-MiniLM-L6-v2, which read documents up to 64 "
        "tokens and queries up to 32.",
        "Each trained system had 2 seeds (42 and 43) and 30 training steps (old 60).",
        "Settings were chosen for each system by nDCG@10 on 171 development queries: learning "
        "rate 0.001, 0.003, 0.01 (3 trials).",
        "The primary measure was nDCG@10 (Järvelin and Kekäläinen, 2002), computed by ir-measures",
        "or missing from a run, scored 0.",
        "tested by generalised p-values (Tsui and Weerahandi, 1989): the verdicts are about the "
        "training procedure.",
        "Differences were taken within a seed",
        "The level α = 0.05 for the one claim; limits hold at 95 %.",
        "The smallest effect size of interest was 0.02 nDCG@10. The plan says why: “One rank is "
        "seen.”",
        "two one-sided tests (Schuirmann, 1987; Lakens et al., 2018).",
        f"The plan (SHA-256 {PLAN.digest()[:12]}…) is on record: the plan was entered on Monday, "
        "before any scores.",
        "It was registered at https://osf.io/x.",
    ],
)
def test_every_figure_is_filled_in(page: PageData, sentence: str) -> None:
    assert sentence in plain(methods(page))


@pytest.mark.parametrize(
    ("trained_layers", "layers"), [(1, "the last layer"), ("all", "all layers")]
)
def test_the_trained_layers_are_told(
    page: PageData, trained_layers: TrainedLayers, layers: str
) -> None:
    backbone = {**page.spec["backbone"], "trained_layers": trained_layers}
    text = plain(methods(replace(page, spec={**page.spec, "backbone": backbone})))
    assert f"Training changed {layers} of all-MiniLM-L6-v2" in text


def test_nothing_is_said_that_is_not_true_of_the_plan(page: PageData) -> None:
    text = plain(methods(page))
    assert "Benjamini" not in text  # one measure alone
    assert "Bonferroni" not in text  # one claim alone
    assert "cluster" not in text
    assert "t-test" not in text


def test_single_runs_are_compared_by_the_paired_t_test() -> None:
    plan = plan_of(("new", "old"), sesoi=None)
    tables = {name: table[:, :1] for name, table in TABLES.items()}
    frames = comparison_frames(tables, plan, trained=dict.fromkeys(tables, False))
    text = plain(methods(PageData(frames=frames, plan=plan, spec={"queries": "topics"})))
    assert "Systems were compared by the paired t-test over topics (Smucker et al., 2007)" in text
    assert "All systems were scored on the same 20 topics of toy." in text
    assert "The plan named no smallest effect size of interest." in text
    assert "generalised" not in text
    assert "Training changed" not in text


def test_a_suite_without_a_search_says_so(page: PageData) -> None:
    assert page.suite is not None
    frames = replace(page.suite, search=search_frame([]), selection=selection_frame([]))
    assert "No setting was searched." in methods(replace(page, frames=frames))


def test_claims_with_the_same_controls_share_a_sentence() -> None:
    plan = plan_of(("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"))
    assert list(hypotheses(plan)) == [
        "The claim was that a and b each rank better than each of c and d."
    ]
    margin = {"system": "a", "baseline": "c", "role": "non-inferiority", "margin": 0.01}
    plan = plan.model_validate({"contrasts": [margin]})
    assert list(hypotheses(plan)) == [
        "A further claim was that a ranks worse than c by no more than 0.01."
    ]


def test_sizes_name_clusters_only_where_there_are_fewer_than_queries() -> None:
    assert sizes({"n_queries": 1550, "n_clusters": 187.0}, queries="queries") == (
        "1,550 queries in 187 clusters"
    )
    assert sizes({"n_queries": 50, "n_clusters": np.nan}, queries="topics") == "50 topics"
