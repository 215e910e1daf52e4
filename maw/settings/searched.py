"""Checks of the options that a suite's search tries beside the learning rate.

A ranking is made by the system as it is configured, with the trained tensors. So only options may
be searched that act in training alone.
"""

from pydantic import BaseModel

from maw.errors import InputError, require
from maw.settings import registry
from maw.settings.factors import has_option, with_options
from maw.settings.suite import Suite

NOISE = "attention.noise"
OBJECTIVE = "objective."  # start of the path of an option of the objective
IN_TRAINING = (
    "training.temperature", "training.router_learning_rate", "training.weight_decay",
    "training.warmup", NOISE,
)  # fmt: skip
ROUTER_RATE = "training.router_learning_rate"


def check_options(suite: Suite) -> None:
    """Raise an error for options that a system does not have, or that make the search unequal.

    The error is a ValueError, or an InputError for a value that an option cannot have.
    """
    options = suite.selection.options
    for name, searched in options.items():
        require(name, suite.systems, problem="selection.options: unknown system")
        if not suite.is_searched(name):
            problem = "has no learning rate" if suite.is_trained(name) else "is not trained"
            raise ValueError(
                f"selection.options: {name!r} {problem} and has no search; take it out"
            )
        for path, values in searched.items():
            _check_option(suite, name, path)
            for value in values:
                _check_value(suite, name, path, value)
    if options:
        _check_numbers(suite)


def _check_option(suite: Suite, name: str, path: str) -> None:
    """Raise ValueError for an option that may not be searched, or would change nothing."""
    system, place = suite.systems[name], f"selection.options.{name}"
    of_objective = path.startswith(OBJECTIVE) and path != f"{OBJECTIVE}kind"
    if path not in IN_TRAINING and not of_objective:
        raise ValueError(
            f"{place}: {path!r} does not act in training alone, and a ranking is made by the "
            f"system as it is configured; name one of {', '.join(IN_TRAINING)}, or an option of "
            "the objective, as objective.NAME"
        )
    if of_objective and path.removeprefix(OBJECTIVE) in _options(system, "DECIDES_DEFAULTS"):
        raise ValueError(
            f"{place}: {path!r} decides the defaults of other options, which a trial would not "
            "change with it; give each of its values to a system of its own"
        )
    if of_objective and path.removeprefix(OBJECTIVE) in _options(system, "CHANGES_FLOPS"):
        _require_no_compute_of(suite, name, path)
    if path == NOISE and not _has_noise(system):
        raise ValueError(
            f"{place}: the projection of the system has no noise, so {path!r} changes nothing; "
            "name another option"
        )
    if path.startswith("training."):
        router = getattr(system, "router", None)
        learns = router is not None and registry.module_of(router).LEARNS
        if path == ROUTER_RATE and not learns:
            raise ValueError(
                f"{place}: the system has no router that learns, so {path!r} changes nothing; "
                "name another option"
            )
    elif not has_option(system, path):
        raise ValueError(f"{place}: the system's entry has no option {path!r}; name one it has")


def _options(system: BaseModel, attribute: str) -> tuple[str, ...]:
    """Return the options that a system's objective names in one of its class attributes.

    attribute: `DECIDES_DEFAULTS`, of options by which others get their defaults, or
    `CHANGES_FLOPS`, of options on which the FLOPs of a training step depend.
    """
    names: tuple[str, ...] = getattr(getattr(system, "objective", None), attribute, ())
    return names


def _require_no_compute_of(suite: Suite, name: str, path: str) -> None:
    """Raise ValueError where a system trains for as much compute as the named one is set to take.

    The FLOPs of a step are counted before the search, with the options as they are configured.
    """
    for other in suite.systems:
        if name in suite.priced_for(other):
            who = "it" if other == name else repr(other)
            raise ValueError(
                f"selection.options.{name}: {path!r} changes what a training step costs, but {who} "
                "trains by its FLOPs, which are counted as it is configured; give each of its "
                "values to a system of its own"
            )


def _has_noise(system: BaseModel) -> bool:
    """Return whether the depths of a system start with noise, which slices of heads do not."""
    projection = getattr(getattr(system, "attention", None), "projection", None)
    return projection is None or not registry.module_of(projection).CUTS


def _check_value(suite: Suite, name: str, path: str, value: bool | int | float | str) -> None:
    """Raise InputError for a value that the option cannot have."""
    try:
        with_options(suite.systems[name], suite.training, {path: value})
    except InputError as error:
        raise InputError(f"selection.options.{name}: {error}") from None


def _check_numbers(suite: Suite) -> None:
    """Raise ValueError unless all systems with a search try equal numbers of values."""
    n_values = {
        name: len(values)
        for name, searched in suite.selection.options.items()
        for values in searched.values()
    }
    first = next(iter(n_values))
    for name in filter(suite.is_searched, suite.systems):
        if name not in n_values:
            raise ValueError(
                f"selection.options: {name!r} searches no option, but {first!r} does, and all "
                f"trained systems have equal trials; give it an option and {n_values[first]} values"
            )
        if n_values[name] != n_values[first]:
            raise ValueError(
                f"selection.options: {name!r} tries {n_values[name]} values but {first!r} tries "
                f"{n_values[first]}, and all trained systems have equal trials; give each as many"
            )
