"""The section `selection`: what the search of hyper-parameters tries for each trained system."""

import re
from math import prod
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from maw.settings.sections import Section


def _number(value: Any) -> Any:
    """Return a text such as `1e-3`, which YAML does not read as a number, as a float."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d+(\.\d*)?e[+-]?\d+", value):
        return float(value)
    return value


OptionValue = Annotated[bool | int | float | str, BeforeValidator(_number)]


class Selection(Section):
    """The search of hyper-parameters: the learning rate and, where `options` says so, an option of
    each system. All trained systems of a dataset try the same learning rates and have equal numbers
    of trials, and dev queries alone decide which trial's values each system uses."""

    learning_rates: tuple[float, ...] = Field((1e-4, 3e-4, 1e-3), min_length=1)
    """Learning rates that every trained system tries, the smallest first: at least three. With one,
    that one is used; without `options` nothing is searched then."""
    options: dict[str, dict[str, tuple[OptionValue, ...]]] = Field(default_factory=dict)
    """Name of each trained system -> the one option that it searches, and the values that it tries
    at every learning rate, as in `maw_grpo: {attention.noise: [0.1, 0.5]}`. All trained systems try
    equally many values, or none does. The options that can be searched act in training alone:
    `training.temperature`, `training.router_learning_rate`, `training.weight_decay`,
    `training.warmup`, `attention.noise` and all of `objective`."""
    tuning_seed: int = 41
    """Seed of the search's training runs; it may not be one of the suite's `seeds`."""
    max_extensions: int = Field(2, ge=0)
    """Largest number of learning rates that are added below the smallest one, and above the largest
    one. One is added at a time, as long as the best learning rate is at that end. A single learning
    rate has no neighbour to go on from, and none is added."""
    cross_fit: Literal[1, 2] = 1
    """`1`: each trial is trained on the train queries and scored on the dev queries. `2`: train and
    dev queries together are halved, and each trial is trained on one half and scored on the other,
    both ways: for collections with few dev queries. Test queries are in neither."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if list(self.learning_rates) != sorted(set(self.learning_rates)):
            raise ValueError("learning_rates do not rise; give each once, the smallest first")
        if len(self.learning_rates) == 2:
            raise ValueError(
                "learning_rates are two, of which each is an edge; give one, to search nothing, or "
                "at least three"
            )
        return self

    @field_validator("options")
    @classmethod
    def _check_options(
        cls, options: dict[str, dict[str, tuple[OptionValue, ...]]]
    ) -> dict[str, dict[str, tuple[OptionValue, ...]]]:
        for system, searched in options.items():
            if len(searched) != 1:
                raise ValueError(
                    f"{system!r} searches {len(searched)} options; give one option and its values"
                )
            for path, values in searched.items():
                if len(set(values)) != len(values) or len(values) < 2:
                    raise ValueError(
                        f"{system!r} has {list(values)} for {path!r}; give at least two values, "
                        "each once"
                    )
        return options

    @property
    def searches(self) -> bool:
        """True where something is searched; False with one learning rate and no options."""
        return len(self.learning_rates) > 1 or bool(self.options)

    def n_trials(self, system: str) -> int:
        """Return how many trials a trained system has; 0 where nothing is searched.

        Trials at learning rates that the search adds are not counted.
        """
        if not self.searches:
            return 0
        n_values = prod(len(values) for values in self.options.get(system, {}).values())
        return len(self.learning_rates) * n_values
