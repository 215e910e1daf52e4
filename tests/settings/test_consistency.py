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
PROGRAM: dict[str, Any] = {
    "kind": "command",
    "train": "python -m p {data} {model} {seed}",
    "rank": "python -m p {model} {queries} {out}",
}
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


def controls(**change: object) -> dict[str, Any]:
    """A plan of one contrast with controls of the study."""
    return {"analysis": {**contrasts("maw_grpo", "non_maw"), "controls": change}}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "oracle of one seed": (
        {
            "systems": {"a": ORACLE, "b": BM25},
            "seeds": [42],
            "analysis": contrasts("a", "b", role="reference"),
        },
        r"systems\.a: an oracle chooses depths with the model of another seed, and `seeds` has "
        "only one; give at least two",
    ),
    "compute of nobody": (
        {"systems": {"a": matching("c"), "b": PLAIN}, "analysis": contrasts("a", "b")},
        r"systems\.a\.compute_of: unknown system 'c'",
    ),
    "compute of the untrained": (
        {"systems": {"a": matching("b"), "b": BM25}, "analysis": contrasts("a", "b")},
        r"systems\.a\.compute_of: 'b' is not trained",
    ),
    "seeds that the scores decide": (
        {"analysis": contrasts("maw_grpo", "non_maw", seeds="auto")},
        "'maw_grpo' against 'non_maw' has `seeds: auto`, which is for runs made elsewhere; write",
    ),
    "compute of a program": (
        {"systems": {"a": matching("b"), "b": PROGRAM}, "analysis": contrasts("a", "b")},
        r"systems\.a\.compute_of: 'b' has no count of FLOPs; name trained systems",
    ),
    "seeds shared with a program": (
        {
            "systems": {"a": PLAIN, "b": PROGRAM},
            "analysis": contrasts("a", "b", seeds="shared"),
        },
        r"analysis\.contrasts: 'a' against 'b' has `seeds: shared`, but 'b' does not record what "
        "it draws at a seed; write `seeds: independent` in the contrast",
    ),
    "more steps for a program that takes none": (
        {
            "systems": {"a": PLAIN, "b": PROGRAM},
            "analysis": {**contrasts("a", "b"), "controls": {"budget": {}}},
        },
        r"analysis\.controls\.budget: 'b' takes no \{steps\}, so that it cannot be trained for "
        r"more of them; let its command take \{steps\}, or remove `budget`",
    ),
    "a look with other seeds": (
        {
            "analysis": {
                **contrasts("maw_grpo", "non_maw"),
                "looks": [{"seeds": 9, "alpha": 0.05}],
            }
        },
        r"analysis\.looks: no look has 2 seeds; the plan looks at 9 seeds: give as many",
    ),
    "positive control of nobody": (
        controls(positive={"system": "non_mow", "baseline": "bm25"}),
        r"analysis\.controls\.positive: unknown system 'non_mow'; did you mean 'non_maw'",
    ),
    "positive control with an oracle": (
        {
            "systems": {"a": ORACLE, "b": BM25},
            "analysis": {
                **contrasts("a", "b", role="reference"),
                "controls": {"positive": {"system": "a", "baseline": "b"}},
            },
        },
        r"analysis\.controls\.positive: 'a' ranks with the test judgements; name another system",
    ),
    "negative control of nobody": (
        controls(negative={"system": "non_mow", "seeds": [1, 2, 3]}),
        r"analysis\.controls\.negative: unknown system 'non_mow'",
    ),
    "negative control untrained": (
        controls(negative={"system": "bm25", "seeds": [1, 2, 3]}),
        r"analysis\.controls\.negative: 'bm25' is not trained, or ranks with the test judgements",
    ),
    "negative control with the plan's seeds": (
        controls(negative={"system": "non_maw", "seeds": [41, 42, 44]}),
        r"analysis\.controls\.negative\.seeds: 41 is also one of `seeds`, or the tuning seed; give",
    ),
    "a cross-fit search of pairs": (
        {
            "systems": {"a": {**PLAIN, "kind": "cross_encoder"}, "b": BM25},
            "analysis": contrasts("a", "b"),
            "selection": {"cross_fit": 2},
        },
        r"selection\.cross_fit: 'a' reads pairs of a query and a document, which are encoded for "
        "one split only; set cross_fit to 1 or remove the system",
    ),
    "cells of nobody": (
        cells(baseline="non_mow"),
        r"cells: unknown system 'non_mow'; did you mean 'non_maw'",
    ),
    "cells untrained": (
        cells(baseline="bm25"),
        "cells: 'bm25' is not trained and has no learning rate; take it out of `cells`",
    ),
    "cells of a program without a learning rate": (
        {
            **cells(systems=["a"], baseline="b"),
            "systems": {"a": PLAIN, "b": PROGRAM},
            "seeds": [42, 43],
            "analysis": contrasts("a", "b"),
        },
        "cells: 'b' has no learning rate; take it out of `cells`",
    ),
    "cells of an oracle": (
        {
            **cells(systems=["a"], baseline="b"),
            "systems": {"a": ORACLE, "b": PLAIN},
            "seeds": [42, 43],
            "analysis": contrasts("a", "b", role="reference"),
        },
        "cells: 'a' ranks with the test judgements and is for diagnosis only; take it out",
    ),
    "cells of other seeds": (cells(seeds=[44]), "cells.seeds: 44 is not among the suite's seeds"),
    "cells on folds": (
        {**cells(), **dataset(split={"kind": "kfold"})},
        "cells: the split of dataset 'd' is 'kfold', but cells need one train split of the "
        "dataset's own; remove the dataset or `cells`",
    ),
    "cells on streamed documents": (
        {**cells(), **dataset(retrieve="corpus")},
        r"datasets\.d\.retrieve: 'corpus' does not keep all encoded documents, which `cells` rank "
        "again; remove `cells`",
    ),
    "oracle on streamed documents": (
        {
            **dataset(retrieve="pool"),
            "systems": {"a": ORACLE, "b": BM25},
            "analysis": contrasts("a", "b", role="reference"),
        },
        r"datasets\.d\.retrieve: 'pool' does not keep all encoded documents, and 'a' needs those "
        "that are judged; remove the system",
    ),
    "name of a fold": (
        {"datasets": {"d": {**TINY, "split": {"kind": "kfold"}}, "d.fold1": TINY}},
        r"datasets: a dataset is called like a fold of another one \(`NAME\.fold1`\); rename it",
    ),
    "setting of nobody": (
        {"ablations": {"a": {"settings": {"1": "non_mow", "2": "maw_grpo"}}}},
        r"ablations\.a: unknown system 'non_mow'; did you mean 'non_maw'",
    ),
    "claimed of nothing": (
        {"ablations": {"a": {**FACTORS["a"], "claimed": "depth"}}},
        r"ablations\.a\.claimed: unknown table 'depth'; did you mean 'depths'",
    ),
    "sweep of nobody": (sweeping(system="maw"), r"sweeps\.s: unknown system 'maw'"),
    "sweep untrained": (sweeping(system="bm25"), r"sweeps\.s: 'bm25' is not trained"),
    "sweep of nothing": (
        sweeping(option="attention.strenth"),
        r"sweeps: 'maw_grpo' has no option 'attention\.strenth'; name an option of its entry",
    ),
    "sweep too far": (sweeping(values=[0.5, 2]), r"attention/maw\.strength: .* 1 \(got 2"),
    "sweep shown nowhere": (
        {**sweeping(), "ablations": {}},
        r"sweeps: given without `ablations`, beside which they are shown; add an entry to",
    ),
    "sweep on folds": (
        {**sweeping(), **dataset(split={"kind": "kfold"})},
        r"sweeps: a dev query of one fold of 'd' is a test query of another fold; give the dataset "
        "a holdout",
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
        r"datasets\.d\.split: maw itself makes the splits of `kind: fold`; write `kind: kfold`",
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


def test_a_program_takes_part_as_its_command_lines_say(suite_with: Callable[..., Suite]) -> None:
    told = {**PROGRAM, "train": f"{PROGRAM['train']} {{learning_rate}} {{steps}}", "draws": True}
    suite = suite_with(
        systems={"a": PLAIN, "b": PROGRAM, "c": told, "d": BM25},
        analysis={
            "contrasts": [
                {"system": "a", "baseline": "b"},
                {"system": "c", "baseline": "a", "seeds": "shared"},
                {"system": "d", "baseline": "b", "seeds": "shared"},
            ]
        },
    )
    # where the plan does not say how seeds belong together, they are those of no other training
    forms = [contrast.seeds for contrast in suite.analysis.contrasts]
    assert forms == ["independent", "shared", "shared"]
    assert [suite.is_trained(name) for name in "abcd"] == [True, True, True, False]
    assert [suite.is_searched(name) for name in "abcd"] == [True, False, True, False]
    assert [suite.is_priced(name) for name in "abcd"] == [True, False, False, False]
    assert [suite.reads_index(name) for name in "abcd"] == [False, False, False, True]
    assert suite.seeds_of("b") == suite.seeds


def test_what_fits_together_is_accepted(suite_with: Callable[..., Suite]) -> None:
    suite = suite_with(**sweeping(), **cells())
    assert list(suite.sweeps) == ["s"]
    assert suite.cells is not None
    assert suite.cells.trained == ("maw_grpo", "non_maw")
