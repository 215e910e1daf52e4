"""What the specification of a search says: the options that it tries, or that nothing is tried."""

from collections.abc import Mapping
from typing import Any

from maw.settings.selection import Selection
from maw.training.search import Searched, Trial


def searched_in(spec: Mapping[str, Any]) -> Searched:
    """Return the values of each option that is searched beside the learning rate.

    spec: the specification of the stage `trial` or `select`.
    """
    options: Searched = spec.get("options", {})
    return options


def has_learning_rate(spec: Mapping[str, Any]) -> bool:
    """Return False for the specification of a system that has no learning rate to select."""
    return "selection" in spec


def fixed_in(spec: Mapping[str, Any]) -> Trial:
    """Return the one trial of a configuration that searches nothing.

    Nobody has to train it to know that it wins. ValueError for the specification of a search.
    """
    learning_rates = Selection.model_validate(spec["selection"]).learning_rates
    if len(learning_rates) > 1 or searched_in(spec):
        raise ValueError(
            f"{spec['name']} has a search, so that its trials are needed to select one"
        )
    return Trial(learning_rates[0])
