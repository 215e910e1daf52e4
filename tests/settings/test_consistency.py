"""Parts of a suite that contradict each other are one line with the key and the mend."""

from collections.abc import Callable
from typing import Any

import pytest

from maw.errors import InputError
from maw.settings.suite import Suite

PLAIN: dict[str, Any] = {"kind": "bi_encoder", "objective": {"kind": "ranking"}}
ORACLE = {**PLAIN, "attention": {"kind": "maw"}, "router": {"kind": "oracle"}}
BM25 = {"kind": "bm25"}
TINY = {"loader": {"kind": "pydocs", "documents": 120}}
FACTORS = {"a": {"settings": {"1": "non_maw", "3": "maw_grpo"}}}


def contrasts(system: str, baseline: str, **options: str) -> dict[str, Any]:
    """A plan of one contrast."""
    return {"contrasts": [{"system": system, "baseline": baseline, **options}]}


def matching(*names: str) -> dict[str, Any]:
    """A system that trains for as much compute as the named ones."""
    return {**PLAIN, "compute_of": list(names)}


def sweeping(**change: object) -> dict[str, Any]:
    """A sweep of the smoke suite, with other values of the given keys."""
    sweep = {"system": "maw_grpo", "option": "attention.strength", "values": [0.5, 1]}
    return {"ablations": FACTORS, "sweeps": {"s": {**sweep, **change}}}


def cells(**change: object) -> dict[str, Any]:
    """A learning-rate sensitivity analysis of the smoke suite, with other values of some keys."""
    return {"cells": {"seeds": [42], "systems": ["maw_grpo"], "baseline": "non_maw", **change}}


def dataset(**options: object) -> dict[str, Any]:
    """One dataset `d` in place of the smoke suite's."""
    return {"datasets": {"d": {**TINY, **options}}}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "oracle of one seed": (
        {
            "systems": {"a": ORACLE, "b": BM25},
            "seeds": [42],
            "analysis": contrasts("a", "b", role="reference"),
        },
        r"systems\.a: an oracle is chosen on another seed; train it with two seeds",
    ),
    "compute of nobody": (
        {"systems": {"a": matching("c"), "b": PLAIN}, "analysis": contrasts("a", "b")},
        r"systems\.a\.compute_of: unknown system 'c'",
    ),
    "compute of the untrained": (
        {"systems": {"a": matching("b"), "b": BM25}, "analysis": contrasts("a", "b")},
        r"systems\.a\.compute_of: 'b' is not trained",
    ),
    "cells of nobody": (
        cells(baseline="non_mow"),
        r"cells: unknown system 'non_mow'; did you mean 'non_maw'",
    ),
    "cells untrained": (
        cells(baseline="bm25"),
        "cells: 'bm25' is not trained, so no learning rate changes it",
    ),
    "cells of an oracle": (
        {
            **cells(systems=["a"], baseline="b"),
            "systems": {"a": ORACLE, "b": PLAIN},
            "seeds": [42, 43],
            "analysis": contrasts("a", "b", role="reference"),
        },
        "cells: 'a' uses the judgements; it is for diagnosis only",
    ),
    "cells of other seeds": (cells(seeds=[44]), "cells.seeds: 44 is not among the suite's seeds"),
    "cells on folds": (
        {**cells(), **dataset(split={"kind": "kfold"})},
        "cells: 'd' has not exactly one train split of its own; drop it or `cells`",
    ),
    "cells on streamed documents": (
        {**cells(), **dataset(retrieve="corpus")},
        r"datasets\.d\.retrieve: 'corpus' keeps no document, and cells rank again; drop `cells`",
    ),
    "oracle on streamed documents": (
        {
            **dataset(retrieve="pool"),
            "systems": {"a": ORACLE, "b": BM25},
            "analysis": contrasts("a", "b", role="reference"),
        },
        r"datasets\.d\.retrieve: 'pool' keeps no document, and 'a' needs the judged ones",
    ),
    "name of a fold": (
        {"datasets": {"d": {**TINY, "split": {"kind": "kfold"}}, "d.fold1": TINY}},
        "datasets: a dataset has the name of another one's fold; rename it",
    ),
    "setting of nobody": (
        {"ablations": {"a": {"settings": {"1": "non_mow", "2": "maw_grpo"}}}},
        r"ablations\.a: unknown system 'non_mow'; did you mean 'non_maw'",
    ),
    "claimed of nothing": (
        {"ablations": {"a": {**FACTORS["a"], "claimed": "depth"}}},
        r"ablations\.a\.claimed: no table 'depth'; did you mean 'depths'",
    ),
    "sweep of nobody": (sweeping(system="maw"), r"sweeps\.s: unknown system 'maw'"),
    "sweep untrained": (sweeping(system="bm25"), r"sweeps\.s: 'bm25' is not trained"),
    "sweep of nothing": (
        sweeping(option="attention.strenth"),
        r"'maw_grpo' has no option 'attention\.strenth'",
    ),
    "sweep too far": (sweeping(values=[0.5, 2]), r"attention/maw\.strength: .* 1 \(got 2"),
    "sweep shown nowhere": (
        {**sweeping(), "ablations": {}},
        r"sweeps are shown beside `ablations`; name a factor there",
    ),
    "sweep on folds": (
        {**sweeping(), **dataset(split={"kind": "kfold"})},
        r"sweeps: a dev query of one fold of 'd' is a test query of another; give it a holdout",
    ),
    "transfer from nowhere": (
        dataset(split={"kind": "transfer", "source": "b"}),
        r"datasets\.d\.split\.source: unknown dataset 'b'",
    ),
    "transfer from itself": (
        dataset(split={"kind": "transfer", "source": "d"}),
        "'d' trains no models of its own",
    ),
    "a fold": (
        dataset(split={"kind": "fold", "collection": "d", "fold": 1, "folds": 2}),
        r"datasets\.d\.split: folds are made by `kind: kfold`; write that",
    ),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_contradiction_is_one_line_that_names_file_key_and_mend(
    suite_with: Callable[..., Suite], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        suite_with(**change)
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith("x.yaml")


def test_what_fits_together_is_accepted(suite_with: Callable[..., Suite]) -> None:
    suite = suite_with(**sweeping(), **cells())
    assert list(suite.sweeps) == ["s"]
    assert suite.cells is not None
    assert suite.cells.trained == ("maw_grpo", "non_maw")
