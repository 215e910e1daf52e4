"""Lines below the verdicts on a terminal: the trained runs, their price, the study's controls."""

import pandas as pd

from maw.reporting.sections.price import compact_ratio, priced
from maw.reporting.words import listed
from maw.verdicts.judgements import JUDGED_KIND

# column of `priced` -> its name in a sentence; less is better in all of them
COSTS = {
    "train_cpu_seconds": "the training time",
    "train_gpu_seconds_alone": "the training time on a GPU",
    "layer_cpu_ms": "the trained layers' time a text",
    "layer_gpu_ms": "the trained layers' time a text on a GPU",
    "encoder_cpu_ms": "the whole encoder's",
    "encoder_gpu_ms": "the whole encoder's on a GPU",
    "trained_millions": "the trained weights",
}


def run_line(runs: pd.DataFrame) -> str:
    """Return how many runs were trained: `15 trained runs: maw and non_maw, 5 seeds each.`

    runs: a row per run with `dataset`, `system`, `seed` and `trained`. Untrained systems and BM25
    are not counted. "" without a trained run.
    """
    trained = runs[runs["trained"].astype(bool)]
    if trained.empty:
        return ""
    n_seeds = trained.groupby("system", sort=False)["seed"].nunique()
    if n_seeds.nunique() == 1:
        each = "one seed" if n_seeds.iloc[0] == 1 else f"{n_seeds.iloc[0]} seeds"
        told = listed(list(n_seeds.index)) + f", {each}{' each' * (len(n_seeds) > 1)}"
    else:
        told = listed([f"{name} with {n} seed{'s' * (n != 1)}" for name, n in n_seeds.items()])
    n_datasets = trained["dataset"].nunique()
    place = f", on {n_datasets} datasets" if n_datasets > 1 else ""
    return f"{len(trained)} trained run{'s' * (len(trained) != 1)}: {told}{place}."


def price_lines(runs: pd.DataFrame, claims: pd.DataFrame) -> list[str]:
    """Return a line for each claim's system: its costs in multiples of its deciding control's.

    `Price of maw, against non_maw: 1.51 × the training time and 2.18 × the trained weights.`

    runs: a row per run with its costs. claims: columns of `maw.verdicts.claims.CLAIMS`. A cost that
    either side did not record is left out, and so is a system without any.
    """
    means = priced(runs).groupby(["dataset", "system"]).mean()
    several = claims["dataset"].nunique() > 1
    lines = []
    for row in claims.drop_duplicates(["dataset", "system", "decided_by"]).itertuples():
        keys = [(row.dataset, row.system), (row.dataset, row.decided_by)]
        if not all(key in means.index for key in keys):
            continue
        ratios = means.loc[keys[0]] / means.loc[keys[1]]
        told = [
            f"{compact_ratio(float(ratios[column]))} × {name}"
            for column, name in COSTS.items()
            if pd.notna(ratios[column])
        ]
        if told:
            place = f" on {row.dataset}" if several else ""
            lines.append(f"Price of {row.system}{place}, against {row.decided_by}: {listed(told)}.")
    return lines


def control_lines(controls: pd.DataFrame | None) -> list[str]:
    """Return a line on the study's controls that passed, and one for each that did not.

    controls: `summary/controls.parquet`, or None where there is none. The shares of judged
    documents are no control and are left out.
    """
    if controls is None:
        return []
    rows = controls[controls["kind"] != JUDGED_KIND]
    if rows.empty:
        return ["The plan has no control of the study."]
    several = rows["dataset"].nunique() > 1

    def told(row: dict[str, object]) -> str:
        return f"{row['control']} on {row['dataset']}" if several else str(row["control"])

    records = rows.to_dict("records")
    passed = [told(row) for row in records if pd.notna(row["passed"]) and row["passed"]]
    lines = [f"Controls passed: {listed(list(dict.fromkeys(passed)))}."] if passed else []
    for row in records:
        if pd.isna(row["passed"]):
            lines.append(f"Control without an answer: {told(row)}: {row['outcome']}.")
        elif not row["passed"]:
            lines.append(f"Control FAILED: {told(row)}: {row['outcome']}.")
    return lines
