"""The sentences on scale: beside BM25, and beside the untrained model."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from maw.reporting.scale import Groups, scale, scale_across
from maw.settings.plan import Analysis
from tests.reporting.test_answer import BOARD, frames_of, plan_of

BESIDE_BM25 = Groups(trained=("S",), bm25=("words",))
BESIDE_ZERO = Groups(trained=("S", "C", "C2"), untrained=("zero",))


def board(**means: float) -> pd.DataFrame:
    rows = [("D", name, "nDCG@10", mean) for name, mean in means.items()]
    return pd.DataFrame(rows, columns=BOARD.columns)


@pytest.mark.parametrize(
    ("bm25", "sentence"),
    [
        (0.9, "All trained systems rank worse than BM25 here."),
        (0.1, "All trained systems rank better than BM25."),
        (0.55, "1 of 2 trained systems rank better than BM25."),
    ],
)
def test_the_scale_beside_bm25(bm25: float, sentence: str) -> None:
    frames = frames_of({}, board=board(S=0.6, C=0.5, words=bm25))
    told = scale(frames, plan=plan_of("S"), groups=Groups(trained=("S", "C"), bm25=("words",)))
    assert told == (sentence,)


def test_a_difference_from_bm25_that_may_be_none_is_said_of_the_means_alone() -> None:
    words = {"dataset": "D", "baseline": "words", "difference": 0.05}
    extra = (
        {**words, "system": "S", "ci_low": -0.01, "ci_high": 0.11},
        {**words, "system": "C", "ci_low": 0.01, "ci_high": 0.09},
    )
    frames = frames_of({}, board=board(S=0.6, C=0.55, words=0.5))
    rows = pd.DataFrame(extra).assign(measure="nDCG@10")
    told = scale(
        replace(frames, comparisons=rows),
        plan=plan_of("S"),
        groups=Groups(trained=("S", "C"), bm25=("words",)),
    )
    assert told == (
        "2 of 2 trained systems have a higher mean than BM25; the 95 % interval of S's difference "
        "includes 0.",
    )
    lower = replace(frames_of({}, board=board(S=0.4, C=0.45, words=0.5)), comparisons=rows)
    none, *_ = scale(lower, plan=plan_of("S"), groups=Groups(trained=("S", "C"), bm25=("words",)))
    assert none.startswith("No trained system has a higher mean than BM25; the 95 % interval of S")


def test_the_scale_beside_the_untrained_model() -> None:
    zero = {"dataset": "D", "baseline": "zero"}
    gain_of_s = {**zero, "system": "S", "difference": 0.028}
    gain_of_c = {**zero, "system": "C", "difference": -0.025}
    one = frames_of({}, board=board(S=0.6, zero=0.5), extra=(gain_of_s,))
    both = frames_of({}, board=board(S=0.6, zero=0.5), extra=(gain_of_s, gain_of_c))
    arguments: dict[str, Any] = {"plan": plan_of("S"), "groups": BESIDE_ZERO}
    assert scale(one, **arguments) == ("Over the untrained model S gains +.028.",)
    assert scale(both, **arguments) == (
        "Over the untrained model S gains +.028; its control loses −.025 by training alone.",
    )


def test_the_scale_names_the_dataset_where_there_are_several() -> None:
    two = pd.concat([board(S=0.6, words=0.5), board(S=0.4, words=0.5).assign(dataset="E")])
    told = scale(frames_of({}, board=two), plan=plan_of("S"), groups=BESIDE_BM25)
    assert told == (
        "On D: All trained systems rank better than BM25.",
        "On E: All trained systems rank worse than BM25 here.",
    )


def test_systems_with_one_control_share_a_sentence() -> None:
    zero = {"dataset": "D", "baseline": "zero"}
    gains = {"S1": 0.02, "S2": -0.01, "C": 0.03}
    extra = tuple({**zero, "system": name, "difference": gain} for name, gain in gains.items())
    frames = frames_of({"system": "S1"}, {"system": "S2"}, board=board(S1=0.6), extra=extra)
    groups = Groups(trained=("S1", "S2", "C"), untrained=("zero",))
    told = scale(frames, plan=plan_of("S1", "S2"), groups=groups)
    assert told == (
        "Over the untrained model S1 gains +.020 and S2 loses −.010; their control gains +.030 by "
        "training alone.",
    )


def test_another_control_speaks_for_one_whose_gain_is_not_planned() -> None:
    zero = {"dataset": "D", "baseline": "zero"}
    extra = tuple({**zero, "system": name, "difference": 0.02} for name in ("S", "C2"))
    pairs = [{"system": "S", "baseline": name} for name in ("C", "C2")]
    plan = Analysis.model_validate({"contrasts": pairs})
    frames = frames_of({"n_controls": 2}, board=board(S=0.6), extra=extra)
    assert scale(frames, plan=plan, groups=BESIDE_ZERO) == (
        "Over the untrained model S gains +.020; C2, one of its controls, gains +.020 by training "
        "alone.",
    )


def test_only_a_trained_control_of_all_of_them_speaks_for_one_without_a_planned_gain() -> None:
    zero = {"dataset": "D", "baseline": "zero"}
    names = ("S1", "S2", "C2", "words")
    extra = tuple({**zero, "system": name, "difference": 0.02} for name in names)
    pairs = [("S1", "C"), ("S1", "C2"), ("S1", "words"), ("S2", "C"), ("S2", "words")]
    contrasts = [{"system": system, "baseline": baseline} for system, baseline in pairs]
    plan = Analysis.model_validate({"contrasts": contrasts})
    frames = frames_of({"system": "S1"}, {"system": "S2"}, board=board(S1=0.6), extra=extra)
    groups = Groups(trained=("S1", "S2", "C", "C2"), bm25=("words",), untrained=("zero",))
    told = scale(frames, plan=plan, groups=groups)
    assert told == ("Over the untrained model S1 gains +.020 and S2 gains +.020.",)


def test_across_datasets_the_same_is_said_once() -> None:
    several = [board(S=0.6, words=0.5), board(S=0.7, words=0.5), board(S=0.4, words=0.5)]
    frames = frames_of(
        {},
        board=pd.concat(
            [one.assign(dataset=name) for one, name in zip(several, "DEF", strict=True)]
        ),
    )
    told = scale_across(frames, plan=plan_of("S"), groups=BESIDE_BM25)
    assert told == (
        "On D and E, all trained systems rank better than BM25.",
        "On F, all trained systems rank worse than BM25.",
    )


def test_across_datasets_differences_that_may_be_none_are_not_counted() -> None:
    row = {"system": "S", "baseline": "words", "difference": 0.1, "ci_low": -0.1, "ci_high": 0.3}
    rows = pd.DataFrame([{**row, "dataset": name, "measure": "nDCG@10"} for name in "DE"])
    boards = [
        board(S=mean, words=0.5).assign(dataset=name)
        for name, mean in zip("DE", (0.6, 0.4), strict=True)
    ]
    frames = replace(frames_of({}, board=pd.concat(boards)), comparisons=rows)
    told = scale_across(frames, plan=plan_of("S"), groups=BESIDE_BM25)
    assert told == ("On D and E, no trained system is shown to differ from BM25 (95 % intervals).",)


def test_across_datasets_the_controls_own_gain_has_its_name_once() -> None:
    extra = tuple(
        {"dataset": dataset, "baseline": "zero", "system": "C", "difference": gain}
        for dataset, gain in {"D": 0.043, "E": -0.006}.items()
    )
    boards = pd.concat([board(S=0.6), board(S=0.6).assign(dataset="E")])
    frames = frames_of({"dataset": "D"}, {"dataset": "E"}, board=boards, extra=extra)
    told = scale_across(frames, plan=plan_of("S"), groups=BESIDE_ZERO)
    assert told == ("By training alone, C gains +.043 on D and loses −.006 on E.",)
