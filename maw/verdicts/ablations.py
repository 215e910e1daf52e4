"""What does each part of a method do, and what does it cost? One factor a table, frames in and out.

Nothing is tested here: differences, adjusted p and verdicts are those of the suite's plan.
"""

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any

import pandas as pd

from maw.verdicts import costs

COLUMNS = [
    "dataset", "factor", "setting", "system", "mean", "ci_low_mean", "ci_high_mean", "baseline",
    "difference", "ci_low", "ci_high", "p_holm", "verdict", "n_seeds", "flops_per_step",
    "train_cpu_seconds", "trained_parameters", "inference_parameters", "encode_ms_per_text",
    "train_gpu_seconds_alone", "encode_gpu_ms_per_text", "source_score", "source_compute",
]  # fmt: skip
SWEPT = ["dataset", "sweep", "system", "option", "value", "learning_rate", "dev", "best"]
TOLD = ["baseline", "difference", "ci_low", "ci_high", "p_holm", "verdict"]
COSTS = [
    *costs.TRAINING, "trained_parameters", "inference_parameters", "encode_ms_per_text",
    "encode_gpu_ms_per_text",
]  # fmt: skip


def tabulate(
    factors: Sequence[Mapping[str, Any]],
    *,
    compared: pd.DataFrame,
    board: pd.DataFrame,
    runs: pd.DataFrame,
    flops: Mapping[tuple[str, str], float],
    primary: str,
) -> pd.DataFrame:
    """Each setting of each factor on each dataset: what it scored, against what, at what price.

    factors: name, settings (shown, system), claimed (setting -> score, compute; may be empty).
    compared, board, runs: the summary's tables; flops: (dataset, system) -> of a training step.
    Columns as in COLUMNS. The contrast is the first that the plan has of the system, a claim before
    a reference; empty for a system that is nobody's. Costs are means over seeds and folds.
    """
    rows = []
    contrasts = compared[compared["measure"] == primary]
    contrasts = contrasts.sort_values("role", key=lambda r: r != "confirmatory", kind="stable")
    contrasts = contrasts.drop_duplicates(["dataset", "system"]).set_index(["dataset", "system"])
    means = board[board["measure"] == primary].set_index(["dataset", "system"])
    priced = _costs(runs)
    for dataset in dict.fromkeys(board["dataset"]):
        for factor in factors:
            for setting, system in factor["settings"]:
                key, claimed = (dataset, system), factor["claimed"].get(setting, {})
                place = {"dataset": dataset, "factor": factor["name"], "setting": setting}
                scored = means.loc[key]
                found = contrasts.loc[key, TOLD] if key in contrasts.index else {}
                rows.append(
                    {
                        **place,
                        "system": system,
                        "mean": scored["mean"],
                        "ci_low_mean": scored["ci_low"],
                        "ci_high_mean": scored["ci_high"],
                        "n_seeds": scored["n_seeds"],
                        **found,
                        **priced.loc[key],
                        "flops_per_step": flops.get(key, nan),
                        "source_score": claimed.get("score", nan),
                        "source_compute": claimed.get("compute", nan),
                    }
                )
    return pd.DataFrame(rows, columns=COLUMNS)


def flops_of(prices: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    """(dataset, system) -> FLOPs of a training step, of folds the mean.

    prices: of each unit that is trained: tables (the datasets that its models rank), system,
    flops_per_step. Texts of another length cost more, so that folds differ a little.
    """
    frame = pd.DataFrame(prices, columns=["tables", "system", "flops_per_step"]).explode("tables")
    means = frame.groupby(["tables", "system"])["flops_per_step"].mean()
    return {(str(dataset), str(system)): float(mean) for (dataset, system), mean in means.items()}


def _costs(runs: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds and folds by dataset and system; what a run does not say is empty."""
    runs = costs.by_clock(runs)
    of_cpu, of_gpu = costs.ENCODING
    runs = runs.assign(
        encode_ms_per_text=1000 / runs[of_cpu], encode_gpu_ms_per_text=1000 / runs[of_gpu]
    )
    means: pd.DataFrame = runs.groupby(["dataset", "system"])[COSTS].mean()
    return means


def swept(trials: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A row per sweep, value and learning rate: the development score, and which is a sweep's best.

    trials: dataset, sweep, system, option, value, and trials (learning_rate, value). Of equals the
    first value, and of it the least rate, is the best. Columns as in SWEPT.
    """
    rows = [
        {
            **{name: one[name] for name in SWEPT[:5]},
            "learning_rate": trial["learning_rate"],
            "dev": trial["value"],
        }
        for one in trials
        for trial in one["trials"]
    ]
    frame = pd.DataFrame(rows, columns=SWEPT[:-1])
    best = frame.groupby(["dataset", "sweep"], sort=False)["dev"].idxmax()
    return frame.assign(best=frame.index.isin(best))
