"""Numbers, systems and the data of a contrast in words: what the data support, and no more."""

import numpy as np
import pandas as pd
import pytest

from maw.reporting import wording


@pytest.mark.parametrize(
    ("p", "shown"),
    [(0.0312, "p = 0.031"), (0.0004, "p < 0.001"), (1.0, "p = 1.000"), (np.nan, "not tested")],
)
def test_a_p_value_is_never_zero_and_says_when_there_is_none(p: float, shown: str) -> None:
    assert wording.pvalue(p) == shown


def test_signs_are_typographic_and_missing_values_are_dashes() -> None:
    assert wording.signed(-0.01234) == "−0.0123"
    assert wording.signed(0.0) == "+0.0000"
    assert wording.interval(-0.1, 0.1) == "[−0.1000, +0.1000]"
    assert wording.number(pd.NA) == wording.signed(np.nan) == "–"


def test_a_bare_p_is_never_zero_either() -> None:
    assert [wording.bare_p(p) for p in (0.0312, 1e-9, np.nan)] == ["0.031", "<0.001", "–"]
    assert wording.span(-0.01, 0.02) == "−0.010 to 0.020"
    assert wording.interval(np.nan, np.nan) == "–"


def test_what_lies_beyond_the_measures_scale_is_not_told_as_a_difference() -> None:
    assert [wording.detectable(x) for x in (0.0163, 1.0, 499.06, np.nan)] == [
        "0.016", "1.000", "> 1", "–"
    ]  # fmt: skip
    assert wording.span(0.02, 499.06, show=wording.detectable) == "0.020 to > 1"


def test_a_system_is_told_without_what_it_does_not_use() -> None:
    ranking = {"kind": "ranking"}
    plain: dict[str, object] = {
        "kind": "bi_encoder",
        "compute_of": [],
        "router": None,
        "objective": ranking,
    }
    assert wording.system(plain) == "bi_encoder; objective ranking"
    priced = {**plain, "compute_of": ["maw_grpo", "maw_stat"]}
    assert wording.system(priced).startswith("bi_encoder (compute of maw_grpo + maw_stat); ")


def test_a_system_is_described_by_its_configuration() -> None:
    entry = {
        "kind": "bi_encoder",
        "attention": {"kind": "maw", "depths": 8},
        "router": {"kind": "grpo"},
        "objective": None,
    }
    assert wording.system(entry) == "bi_encoder; attention maw (depths 8); router grpo"
    assert wording.system({"kind": "bm25", "k1": 0.9}) == "bm25 (k1 0.9)"
    lora = {"kind": "sentence_transformer", "train": "lora", "lora": {"rank": 16, "alpha": 32.0}}
    shown = "sentence_transformer (train lora); lora (rank 16, alpha 32.0)"
    assert wording.system({**lora, "loss_options": {}}) == shown


def test_quantities_are_read_at_a_glance() -> None:
    shown = [wording.quantity(value) for value in (1774464, 12.3456, 0.001, None)]
    assert shown == ["1,774,464", "12.3", "0.001", "–"]


def test_infinite_limits_are_told_as_such() -> None:
    assert wording.interval(-np.inf, np.inf) == "[−∞, +∞]"
    assert wording.short_interval(-np.inf, 0.02, sign=True) == "[−∞, +.020]"
    assert wording.compact(np.inf, sign=True) == "+∞"


def test_short_numbers_have_no_zero_before_the_point() -> None:
    shown = [wording.compact(x) for x in (0.0312, -0.5, 1.25, 0.0, -0.0001, np.nan)]
    assert shown == [".031", "−.500", "1.250", ".000", ".000", "–"]
    assert [wording.compact(x, 2, sign=True) for x in (0.58, -0.58)] == ["+.58", "−.58"]
    assert wording.short_interval(0.012, 0.05) == "[.012, .050]"


@pytest.mark.parametrize(
    ("values", "margin", "digits"),
    [
        ((0.012, 0.05), 0.02, 3),
        ((0.0004, 0.05), None, 4),
        ((-0.0004, 0.05), None, 4),
        ((0.01997,), 0.02, 5),
        ((-0.02003,), 0.02, 5),
        ((0.02, 0.0), 0.02, 3),
        ((1e-9,), None, 6),
        ((np.inf, np.nan, 0.01), 0.02, 3),
    ],
)
def test_digits_are_enough_to_tell_a_limit_from_zero_and_from_the_margin(
    values: tuple[float, ...], margin: float | None, digits: int
) -> None:
    assert wording.digits_apart(values, margin) == digits


BASIS = {
    "system": "new", "baseline": "old", "n_queries": 550, "n_clusters": 187, "n_seeds": 5,
    "n_seeds_baseline": 5, "seeds": "shared", "chance_of_better_training": 0.617,
}  # fmt: skip


def test_the_data_of_a_contrast_say_how_its_seeds_are_compared() -> None:
    chance = "One more training of new would rank better than old on these queries with"
    assert wording.basis(BASIS) == (
        "550 queries in 187 clusters; 5 seeds. Seed s gives both systems the same batches and "
        f"negatives; differences are taken within a seed. {chance} probability 0.62."
    )
    foreign = wording.basis(BASIS | {"n_clusters": pd.NA}, queries="topics")
    assert foreign.startswith("550 topics; 5 seeds. Differences are taken within a seed. One more")
    independent = wording.basis(BASIS | {"seeds": "independent", "n_seeds_baseline": 1})
    assert independent.startswith(
        "550 queries in 187 clusters; 5 independent seeds of new and one run of old. One more"
    )


@pytest.mark.parametrize(("chance", "shown"), [(0.0, "below 0.01"), (1.0, "above 0.99")])
def test_a_chance_is_never_certain(chance: float, shown: str) -> None:
    told = wording.basis(BASIS | {"chance_of_better_training": chance})
    assert told.endswith(f"with probability {shown}.")


def test_single_runs_are_called_runs() -> None:
    single = {"seeds": "independent", "n_seeds": 1, "n_seeds_baseline": 1}
    unknown = {"chance_of_better_training": np.nan, "n_clusters": None}
    assert wording.basis(BASIS | single | unknown, queries="topics") == (
        "550 topics; one run of new and one run of old."
    )
    assert wording.estimand({"estimand": "E1"}).startswith("these runs, over new queries; nothing")
    assert wording.estimand({"estimand": "E2"}).endswith("over new queries and new seeds")
    topics = wording.estimand({"estimand": "E1"}, queries="topics")
    assert topics.startswith("these runs, over new topics; nothing")
