"""One page that says what was found, what it cost, and where every number came from.

Frames and numbers in, one self-contained HTML page out: no script, no address, text from data
escaped by the template engine.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from maw.measures.judged import JUDGED
from maw.reporting import ablations, calibration, inference, protocol, rate_sensitivity, wording
from maw.reporting import theory as theory_section
from maw.reporting.figures import CAPTIONS
from maw.reporting.tables import rows_of, scores
from maw.reporting.templates import MANY, environment, style
from maw.verdicts import costs

FEW_QUERIES = 20  # below, a learning rate is chosen by luck


def build(
    frames: Mapping[str, pd.DataFrame],
    *,
    spec: Mapping[str, Any],
    theory: Mapping[str, Any],
    expected: Mapping[str, Any],
    history: Mapping[str, Any],
    datasets: list[Mapping[str, Any]],
    pictures: Mapping[str, str],
) -> str:
    """The whole page. history: of the plan, as `record` writes it; pictures: figure name -> SVG."""
    primary, sesoi = spec["analysis"]["primary"], spec["analysis"]["sesoi"]
    by_rate = frames.get("cells")
    content = {
        **inference.content(frames, primary=primary, sesoi=sesoi, alpha=spec["analysis"]["alpha"]),
        "files": "../tables/",
        "history": history,
        "judged": JUDGED,
        "spec": spec,
        "primary": primary,
        "sesoi": sesoi,
        "many": MANY,
        "style": style(),
        "claims": claims(frames, primary=primary, sesoi=sesoi),
        "headline": headline(frames),
        "warnings": [
            *([f"Plan: {history['told']}."] if history["changed_late"] else []),
            *warnings(frames, expected=expected, margin=spec["margin"], datasets=datasets),
            *protocol.warnings(frames["comparisons"], datasets),
            *([] if by_rate is None else rate_sensitivity.disagreements(by_rate, frames["claims"])),
        ],
        "cells": None if by_rate is None else rows_of(rate_sensitivity.table(by_rate)),
        "ablations": ablations.content(frames.get("ablations"), frames.get("sweeps")),
        "reproduced": expected,
        "boards": {
            d["name"]: rows_of(scores(frames["leaderboard"], dataset=d["name"])) for d in datasets
        },
        "systems": {name: wording.system(entry) for name, entry in spec["systems"].items()},
        "targets": targets(frames["curves"], systems=spec["systems"]),
        "router": rows_of(router_use(frames["depths"])),
        "runs": rows_of(run_table(frames["runs"])),
        "pictures": [
            {"name": name, "svg": Markup(svg), "caption": CAPTIONS[name]}
            for name, svg in pictures.items()
        ],
        "calibration": calibration.content(
            frames.get("calibration"), alpha=spec["analysis"]["alpha"], sesoi=sesoi
        ),
        "theory": theory_section.content(theory),
        "datasets": datasets,
        "protocols": {d["name"]: protocol.lines(d, backbone=spec["backbone"]) for d in datasets},
        "devices": sorted(set(frames["runs"].get("device", pd.Series(dtype=str)).dropna())),
        "versions": json.loads(last(frames["runs"], "versions")),
    }
    return environment().get_template("page.html.j2").render(content)


def headline(frames: Mapping[str, pd.DataFrame]) -> str:
    """The verdict of every claim: of each system, and of what else the plan names about it."""
    named, compared = frames["claims"], frames["comparisons"]
    if named["claim"].nunique() > 1:
        told = [f"{row.system}, {row.claim}: {row.verdict}" for row in named.itertuples()]
    else:
        rows = compared[compared["role"] == "confirmatory"]
        first = rows.drop_duplicates(["dataset", "system"])
        told = [f"{row.system}: {row.verdict}" for row in first.itertuples()]
        if len(first) > MANY:
            words = first.groupby("verdict", sort=False)["system"].agg(", ".join)
            told = [f"{verdict}: {systems}" for verdict, systems in words.items()]
    return "; ".join(told) or "The plan names no claim"


def claims(
    frames: Mapping[str, pd.DataFrame], *, primary: str, sesoi: float | None
) -> list[dict[str, Any]]:
    """The first screen on each system: verdict, size, price, and the control's own gain.

    Against the control that the plan names first; its other controls stand in the tables.
    """
    compared, runs = frames["comparisons"], frames["runs"]
    of_primary = compared[compared["measure"] == primary]
    gains = {
        (row["dataset"], row["system"], row["baseline"]): row["difference"]
        for _, row in of_primary.iterrows()
    }
    told = []
    claimed = of_primary[of_primary["role"] == "confirmatory"]
    for _, row in claimed.drop_duplicates(["dataset", "system"]).iterrows():
        scale = {
            baseline: (gain, gains.get((row["dataset"], row["baseline"], baseline)))
            for (dataset, system, baseline), gain in gains.items()
            if dataset == row["dataset"] and system == row["system"] and baseline != row["baseline"]
        }
        told.append(
            {
                **inference.claim(row.to_dict(), frames["prospects"], sesoi=sesoi),
                "price": price(runs, row["system"], row["baseline"], dataset=row["dataset"]),
                "scale": scale,
                "routing": routing(frames["depths"], row["system"], dataset=row["dataset"]),
            }
        )
    return told


def routing(depths: pd.DataFrame, system: str, *, dataset: str) -> str:
    """Whether the router told texts apart at all; empty for a system without depths."""
    there = depths[(depths["system"] == system) & (depths["dataset"] == dataset)]
    if there.empty:
        return ""
    seeds = there.groupby("seed")["depth"]
    alike = int((seeds.nunique() == 1).sum())
    share = seeds.agg(lambda depth: depth.value_counts(normalize=True).iloc[0]).mean()
    told = f"Routing: the most chosen depth of a seed took {share:.0%} of the texts"
    return told + (
        f"; in {alike} of {len(seeds)} seeds it took all, so that nothing was routed."
        if alike
        else "."
    )


def targets(curves: pd.DataFrame, *, systems: Mapping[str, Any]) -> list[str]:
    """How much a rule asked of its router: a target that is always the same teaches nothing."""
    rows = curves[curves["quantity"] == "target_entropy"]
    told = []
    for (dataset, system), group in rows.groupby(["dataset", "system"], sort=False):
        most = math.log(systems[system]["attention"]["depths"])
        entropy = group["value"].mean()
        told.append(
            f"The rule's targets for {system} on {dataset} have an entropy of {entropy:.2f} nats "
            f"of at most {most:.2f}"
            + (
                ": they are always the same, and the router had nothing to learn."
                if entropy == 0
                else "."
            )
        )
    return told


def price(runs: pd.DataFrame, system: str, baseline: str, *, dataset: str) -> dict[str, float]:
    """What the system costs, as ratios to the baseline; means over seeds, by the same clock."""
    columns = {
        "training time": costs.TRAINING,
        "trained weights": ("trained_parameters",),
        "encoding speed": costs.ENCODING,
    }
    there = costs.by_clock(runs[runs["dataset"] == dataset])
    priced = [column for clocks in columns.values() for column in clocks]
    means = there.reindex(columns=["system", *priced]).groupby("system").mean()
    if not {system, baseline} <= set(means.index):
        return {}
    ratios = means.loc[system] / means.loc[baseline]
    return {
        name: float(ratios[column])
        for name, clocks in columns.items()
        for column in clocks
        if pd.notna(ratios[column])
    }


def warnings(
    frames: Mapping[str, pd.DataFrame],
    *,
    expected: Mapping[str, Any],
    margin: float,
    datasets: list[Mapping[str, Any]],
) -> list[str]:
    """What a reader must know before the verdict."""
    found = []
    if expected["checked"] and not expected["agrees"]:
        found.append(
            f"This run does not reproduce the committed scores: {len(expected['lines'])} of "
            f"{expected['rows']} means differ by more than {expected['tolerance']}, at most by "
            f"{expected['largest']:.4f}. First: {expected['lines'][0]}"
        )
    runs = frames["runs"]
    if "converged" in runs:
        late = runs[runs["converged"].eq(False)]
        for system, rows in late.groupby("system", sort=False):
            found.append(
                f"Not converged: {system}, {len(rows)} of {(runs['system'] == system).sum()} runs "
                f"still gained more than {margin:g} on development queries in the last fifth of "
                "their steps."
            )
    found += [
        f"Learning rates for {dataset['name']} were chosen on {dataset['counts']['dev_judged']} "
        "development queries only: enlarge split.dev."
        for dataset in datasets
        if dataset["counts"]["dev_judged"] < FEW_QUERIES
        and len(frames["selection"])
        and dataset.get("split", {}).get("kind") not in ("transfer", "kfold")  # tuned elsewhere
    ]
    edges = frames["selection"]
    for system in dict.fromkeys(edges.loc[edges["on_edge"].eq(True), "system"]):
        found.append(f"The learning rate of {system} lies on the edge of the grid that was tried.")
    return found


def router_use(depths: pd.DataFrame) -> pd.DataFrame:
    """Per system, seed and side: how many depths are in use, and whether one took all."""
    rows = []
    for (system, seed, side), group in depths.groupby(["system", "seed", "side"], sort=False):
        share = group["depth"].value_counts(normalize=True)
        top = int(share.index[0])
        rows.append(
            {
                "System": system,
                "Seed": seed,
                "Side": side,
                "Depths in use": len(share),
                "Most chosen": f"depth {top}, {share.iloc[0]:.0%}",
                "Mean probability": wording.number(group["probability"].mean()),
                "Collapsed": "yes" if share.iloc[0] > 0.99 else "no",
            }
        )
    return pd.DataFrame(rows)


def run_table(runs: pd.DataFrame) -> pd.DataFrame:
    """One row a run: what a reader may want to check."""
    wanted = {
        "dataset": "Dataset",
        "system": "System",
        "seed": "Seed",
        "learning_rate": "Learning rate",
        "steps": "Steps",
        "train_cpu_seconds": "Training, CPU s",
        "train_gpu_seconds_alone": "Training, GPU s",
        "trained_parameters": "Trained weights",
        "encode_texts_per_second": "Texts per CPU s",
        "encode_texts_per_gpu_second_alone": "Texts per GPU s",
        "device": "Device",
    }
    told = costs.by_clock(runs)
    for _, of_gpu in (costs.TRAINING, costs.ENCODING):
        if told[of_gpu].isna().all():
            del wanted[of_gpu]
    shown = told.reindex(columns=list(wanted)).rename(columns=wanted)
    for column in shown.select_dtypes("number"):
        shown[column] = shown[column].map(wording.quantity)
    return shown.fillna("–")


def last(runs: pd.DataFrame, column: str) -> str:
    """The last run that says something; an empty object when none does."""
    told = [value for value in runs.get(column, pd.Series(dtype=str)) if value and value != "{}"]
    return told[-1] if told else "{}"
