"""Tables of ablations and of sweeps: scores and costs of a method whose parts are varied.

An ablation's factor is the part that is varied; each of its settings is one system of the suite. A
sweep trains copies of one system with several values of one option. Nothing is tested here:
differences, adjusted p and intervals are copied from the tests of the suite's plan. Many settings
are looked through, so that no word is said about any: p is adjusted by Benjamini & Hochberg, and
intervals are at the level of the false coverage rate (FCR).
"""

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any

import pandas as pd

from maw.verdicts import costs

COLUMNS = [
    "dataset", "factor", "setting", "system", "mean", "ci_low_mean", "ci_high_mean", "baseline",
    "difference", "p_bh", "fcr_low", "fcr_high", "n_seeds", "flops_per_step",
    "train_cpu_seconds", "trained_parameters", "inference_parameters", "encode_ms_per_text",
    "train_gpu_seconds_alone", "encode_gpu_ms_per_text", "source_score", "source_compute",
]  # fmt: skip
SWEPT = ["dataset", "sweep", "system", "option", "value", "learning_rate", "dev", "best"]
OF_CONTRAST = ["baseline", "difference", "p_bh", "fcr_low", "fcr_high"]
# a system may have contrasts of several roles; the table shows the first of the first role
ROLES = ("exploratory", "confirmatory", "non-inferiority", "reference")
COSTS = [
    *costs.TRAINING, "trained_parameters", "inference_parameters", "encode_ms_per_text",
    "encode_gpu_ms_per_text",
]  # fmt: skip
MS_PER_SECOND = 1000


def tabulate(
    factors: Sequence[Mapping[str, Any]],
    *,
    compared: pd.DataFrame,
    board: pd.DataFrame,
    runs: pd.DataFrame,
    flops: Mapping[tuple[str, str], float],
    primary: str,
) -> pd.DataFrame:
    """Return a row for each dataset, factor and setting: score, contrast and costs.

    factors: each has `name`, `settings` (pairs of the setting's shown name and its system) and
    `claimed` (shown name -> `score` and `compute` that the source of the method states, if any).
    compared: rows of `maw.verdicts.decide`; board: its leaderboard; runs: a row for each run with
    its costs. flops: (dataset, system) -> FLOPs of a training step. primary: the measure of the
    scores. The result has the columns COLUMNS. The difference is that of the system's first
    exploratory contrast, or of its first contrast of another role if it has no exploratory one, and
    is empty if it has none. p_bh and the FCR interval are there for exploratory contrasts alone;
    the interval only where Benjamini & Hochberg's procedure selects the contrast. A cost or a
    claimed number that is not known is nan.
    """
    contrasts = _first_contrasts(compared[compared["measure"] == primary])
    means = board[board["measure"] == primary].set_index(["dataset", "system"])
    mean_costs = _costs(runs)
    rows = []
    for dataset in dict.fromkeys(board["dataset"]):
        for factor in factors:
            for setting, system in factor["settings"]:
                key, claimed = (dataset, system), factor["claimed"].get(setting, {})
                score = means.loc[key]
                contrast = contrasts.loc[key, OF_CONTRAST] if key in contrasts.index else {}
                rows.append(
                    {
                        "dataset": dataset,
                        "factor": factor["name"],
                        "setting": setting,
                        "system": system,
                        "mean": score["mean"],
                        "ci_low_mean": score["ci_low"],
                        "ci_high_mean": score["ci_high"],
                        "n_seeds": score["n_seeds"],
                        **contrast,
                        **mean_costs.loc[key],
                        "flops_per_step": flops.get(key, nan),
                        "source_score": claimed.get("score", nan),
                        "source_compute": claimed.get("compute", nan),
                    }
                )
    return pd.DataFrame(rows, columns=COLUMNS)


def flops_of(prices: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    """Return (dataset, system) -> FLOPs of a training step, averaged over folds.

    prices: one for each system and each dataset or fold on which it is trained, with `system`,
    `flops_per_step` and `tables` (the datasets on which the models trained there are evaluated).
    Folds differ a little, because longer texts cost more.
    """
    frame = pd.DataFrame(prices, columns=["tables", "system", "flops_per_step"]).explode("tables")
    means = frame.groupby(["tables", "system"])["flops_per_step"].mean()
    return {(str(dataset), str(system)): float(mean) for (dataset, system), mean in means.items()}


def swept(sweeps: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a row for each sweep, value of its option and learning rate, with columns SWEPT.

    sweeps: one for each dataset and swept value, with dataset, sweep (its name), system, option,
    value, and trials (each with learning_rate and `dev`, the development score). `best` is True for
    the highest score of a dataset's sweep, and for the first of equal ones.
    """
    rows = [
        {
            **{name: sweep[name] for name in SWEPT[:5]},
            "learning_rate": trial["learning_rate"],
            "dev": trial["dev"],
        }
        for sweep in sweeps
        for trial in sweep["trials"]
    ]
    frame = pd.DataFrame(rows, columns=SWEPT[:-1])
    best = frame.groupby(["dataset", "sweep"], sort=False)["dev"].idxmax()
    return frame.assign(best=frame.index.isin(best))


def _first_contrasts(compared: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each dataset and system that has a contrast: the first one in the plan.

    Exploratory contrasts come before all others, whose p_bh and FCR interval are left out: theirs
    belong to another family of tests.
    """
    ordered = compared.sort_values("role", key=lambda roles: roles.map(ROLES.index), kind="stable")
    firsts = ordered.drop_duplicates(["dataset", "system"])
    of_family = ["p_bh", "fcr_low", "fcr_high"]
    shown = firsts[of_family].where(firsts["role"] == "exploratory")
    return firsts.assign(**{name: shown[name] for name in of_family}).set_index(
        ["dataset", "system"]
    )


def _costs(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the mean costs of each dataset and system over the runs whose cost is known.

    A cost that is known of no run is nan.
    """
    runs = costs.by_clock(runs)
    of_cpu, of_gpu = costs.ENCODING
    runs = runs.assign(
        encode_ms_per_text=MS_PER_SECOND / runs[of_cpu],
        encode_gpu_ms_per_text=MS_PER_SECOND / runs[of_gpu],
    )
    means: pd.DataFrame = runs.groupby(["dataset", "system"])[COSTS].mean()
    return means
