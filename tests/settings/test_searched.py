"""Options of the search: those that act in training alone, equally many for every system."""

from collections.abc import Callable
from typing import Any

import pytest

from maw.errors import InputError
from maw.settings.suite import Suite

NOISE: dict[str, Any] = {"attention.noise": [0.5, 0.1]}
WARMUP: dict[str, Any] = {"training.warmup": [0.1, 0]}
OPTIONS: dict[str, dict[str, Any]] = {
    "non_maw": {"training.temperature": [0.05, 0.1]},
    "maw_supervised": {"training.router_learning_rate": ["1e-3", 3e-3]},
    "maw_grpo": NOISE,
}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown system": (
        {"maw_grpa": NOISE},
        "selection.options: unknown system 'maw_grpa'; did you mean 'maw_grpo'",
    ),
    "untrained": (
        {"bm25": WARMUP},
        "selection.options: 'bm25' is not trained and has no search; take it out",
    ),
    "what acts in ranking": (
        {"maw_grpo": {"attention.depths": [3, 4]}},
        r"selection\.options\.maw_grpo: 'attention.depths' does not act in training alone, and a "
        r"ranking is made by the system as it is configured; name one of training\.temperature, .*"
        "attention.noise, or an option of the objective, as objective.NAME",
    ),
    "another objective": ({"maw_grpo": {"objective.kind": ["a", "b"]}}, "does not act in training"),
    "hard negatives": ({"maw_grpo": {"training.hard_negatives": [1, 2]}}, "does not act in"),
    "no such option": (
        {"non_maw": NOISE},
        r"options\.non_maw: the system's entry has no option 'attention.noise'; name one it has",
    ),
    "no router": (
        {"non_maw": {"training.router_learning_rate": [1e-3, 3e-3]}},
        r"options\.non_maw: the system has no router that learns, so "
        "'training.router_learning_rate' changes nothing; name another option",
    ),
    "what decides other options": (
        {"maw_grpo": {"objective.reward": ["dense", "source"]}},
        r"options\.maw_grpo: 'objective.reward' decides the defaults of other options, .* system "
        "of its own",
    ),
    "wrong value of the system": (
        {"maw_grpo": {"attention.noise": [0.5, -1]}},
        r"selection\.options\.maw_grpo: .*noise: .*greater than or equal to 0",
    ),
    "wrong value of the recipe": (
        {"non_maw": {"training.temperature": [0.05, 0]}},
        r"selection\.options\.non_maw: training\.temperature: .*greater than 0",
    ),
    "a system without options": (
        {"maw_grpo": NOISE},
        "selection.options: 'non_maw' searches no option, but 'maw_grpo' does, and all trained "
        "systems have equal trials; give it an option and 2 values",
    ),
    "other numbers of values": (
        {**OPTIONS, "maw_grpo": {"attention.noise": [0.5, 0.1, 0]}},
        "selection.options: 'maw_grpo' tries 3 values but 'non_maw' tries 2, and all trained "
        "systems have equal trials; give each as many",
    ),
}


@pytest.mark.parametrize(("options", "message"), WRONG.values(), ids=WRONG.keys())
def test_options_that_cannot_be_searched_are_one_line(
    suite_with: Callable[..., Suite], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        suite_with(selection={"options": options})
    assert str(raised.value).startswith("x.yaml: ")
    assert "\n" not in str(raised.value)


def test_each_system_may_search_an_option_of_its_own(suite_with: Callable[..., Suite]) -> None:
    suite = suite_with(selection={"options": OPTIONS})
    assert {suite.selection.n_trials(system) for system in OPTIONS} == {6}


def test_what_a_step_costs_is_not_searched_where_another_system_trains_for_as_much(
    suite_with: Callable[..., Suite],
) -> None:
    options = {**OPTIONS, "maw_grpo": {"objective.samples": [4, 8]}}
    assert suite_with(selection={"options": options}).selection.n_trials("maw_grpo") == 6
    systems = suite_with().model_dump(mode="json")["systems"]
    systems["compute"] = {**systems["non_maw"], "compute_of": ["maw_grpo"]}
    options["compute"] = options["non_maw"]
    with pytest.raises(InputError, match="'compute' trains by its FLOPs, which are counted as"):
        suite_with(systems=systems, selection={"options": options})
    systems["compute"]["compute_of"] = ["maw_supervised"]
    costly = {**OPTIONS, "compute": options["non_maw"]}
    costly["maw_supervised"] = {"objective.estimator": ["two_depths", "all_depths"]}
    with pytest.raises(InputError, match=r"maw_supervised: 'objective.estimator' changes what"):
        suite_with(systems=systems, selection={"options": costly})
    systems["compute"]["compute_of"] = ["maw_grpo"]
    cheap = {**options, "maw_grpo": {"objective.balance": [0.5, 1]}}
    assert suite_with(systems=systems, selection={"options": cheap}).priced_for("compute")


def test_slices_of_heads_have_no_noise_to_search(suite_with: Callable[..., Suite]) -> None:
    split = {"kind": "maw", "depths": 2, "projection": {"kind": "split"}}
    objective = {"kind": "grpo"}
    system = {
        "kind": "bi_encoder", "attention": split, "router": {"kind": "grpo"}, "objective": objective
    }  # fmt: skip
    plan = {"contrasts": [{"system": "a", "baseline": "b"}]}
    with pytest.raises(InputError, match="has no noise, so 'attention.noise' changes nothing"):
        suite_with(
            systems={"a": system, "b": {"kind": "bm25"}},
            analysis=plan,
            selection={"options": {"a": NOISE}},
        )


def test_a_program_without_a_learning_rate_has_no_search(
    suite_with: Callable[..., Suite],
) -> None:
    systems = suite_with().model_dump(mode="json")["systems"]
    lines = {"train": "python -m p {data} {model} {seed}", "rank": "p {model} {queries} {out}"}
    systems["program"] = {"kind": "command", **lines}
    assert suite_with(systems=systems, selection={"options": OPTIONS}).is_searched("non_maw")
    options = {**OPTIONS, "program": WARMUP}
    with pytest.raises(InputError, match="'program' has no learning rate and has no search; take"):
        suite_with(systems=systems, selection={"options": options})


def test_a_diagnostic_system_that_is_trained_needs_options_too(
    suite_with: Callable[..., Suite],
) -> None:
    systems = suite_with().model_dump(mode="json")["systems"]
    oracle = {**systems["maw_grpo"], "objective": {"kind": "ranking"}, "router": {"kind": "oracle"}}
    with pytest.raises(InputError, match="'best' searches no option"):
        suite_with(systems={**systems, "best": oracle}, selection={"options": OPTIONS})
