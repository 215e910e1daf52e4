"""Pages of made numbers for the tests of costs and of the source's claims."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from maw.reporting.frames import SuiteFrames
from maw.reporting.page_data import PageData
from maw.settings.plan import Analysis
from maw.verdicts.ablations import COLUMNS

SYSTEMS: dict[str, Any] = {
    "maw": {"kind": "bi_encoder", "router": {"kind": "grpo"}, "objective": {"kind": "grpo"}},
    "plain": {"kind": "bi_encoder", "router": None, "objective": {"kind": "ranking"}},
    "zero": {"kind": "bi_encoder", "router": None, "objective": None},
    "bm25": {"kind": "bm25"},
}
# of the counted operations and of the theory, what the pages read
THEORY: dict[str, Any] = {
    "costs": [
        {"kind": "maw_naive", "length": 512, "ratio": 4.55},
        {"kind": "maw_lazy", "length": 512, "ratio": 1.0},
        {"kind": "maw_naive", "length": 128, "ratio": 2.1},
    ],
    "statements": [
        {"name": "Theorem 1", "says": "a bound", "holds": False, "instead": "another bound"},
        {"name": "Theorem 2", "says": "capacity", "holds": True, "instead": "one depth: count it"},
        {"name": "Complexity", "says": "2.1×", "holds": False, "instead": "see the counts"},
        {"name": "Convergence", "says": "it converges", "holds": None, "instead": "curves"},
    ],
    "counterexample": {"left": 0.76, "right": 0.0},
    "trials": [{"violations": 3, "draws": 10}, {"violations": 10, "draws": 10}],
}
PLAN: dict[str, Any] = {
    "primary": "nDCG@10",
    "sesoi": 0.02,
    "sesoi_reason": "nobody would notice less",
    "contrasts": [{"system": "maw", "baseline": "plain"}],
}


def contrast(
    baseline: str, limits: tuple[float, float], *, measure: str = "nDCG@1", **columns: Any
) -> dict[str, Any]:
    """Return a contrast of `maw` with a baseline, whose difference is the middle of its limits."""
    low, high = limits
    row: dict[str, Any] = {"dataset": "toy", "system": "maw", "baseline": baseline}
    row["measure"] = measure
    row |= {"role": "exploratory", "difference": (low + high) / 2, "ci_low": low, "ci_high": high}
    return row | columns


def page(
    contrasts: Sequence[Mapping[str, Any]],
    *,
    systems: Mapping[str, Any] | None = None,
    runs: Sequence[Mapping[str, Any]] = (),
    decided_by: str = "plain",
    **parts: Any,
) -> PageData:
    """Return a page with these contrasts; each system's mean is .5 ± 0 by every measure.

    Its datasets are `toy` and those of the contrasts.
    decided_by: the deciding control of the only claim, that of `maw`. parts: further fields.
    """
    systems = SYSTEMS if systems is None else systems
    measures = dict.fromkeys(["nDCG@10", *(row["measure"] for row in contrasts)])
    datasets = dict.fromkeys(["toy", *(row["dataset"] for row in contrasts)])
    board = pd.DataFrame(
        [
            {"dataset": dataset, "system": name, "measure": measure, "mean": 0.5, "ci_low": 0.5}
            | {"ci_high": 0.5, "n_seeds": 1, "sd_seed": None}
            for dataset in datasets
            for name in systems
            for measure in measures
        ]
    )
    claim = {"dataset": "toy", "system": "maw", "claim": "better", "decided_by": decided_by}
    columns = list(contrast("plain", (0.0, 1.0)))
    empty = pd.DataFrame()
    names = ("components", "prospects", "across", "seeds", "curves", "depths", "search")
    frames = SuiteFrames(
        comparisons=pd.DataFrame(list(contrasts), columns=columns),
        claims=pd.DataFrame([claim] if "maw" in systems else [], columns=list(claim)),
        leaderboard=board,
        runs=pd.DataFrame(list(runs)),
        selection=empty,
        **dict.fromkeys(names, empty),
    )
    plan = Analysis.model_validate(PLAN)
    return PageData(frames=frames, plan=plan, spec={"systems": systems}, **parts)


def ablations(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the table of a suite `ablations`. rows: what each setting has beside its names."""
    setting = {"dataset": "toy", "factor": "Depths", "system": "deep", "baseline": "plain"}
    return pd.DataFrame([{**setting, **row} for row in rows], columns=COLUMNS)
