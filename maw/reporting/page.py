"""The HTML page of a finished suite: its verdicts, its costs, and the origin of every number.

The page is one self-contained file: it has no script and loads nothing from another address, and
the template engine escapes text that comes from data.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from maw.measures.judged import JUDGED
from maw.reporting import (
    ablations,
    calibration,
    figures,
    inference,
    protocol,
    rate_sensitivity,
    searches,
    wording,
)
from maw.reporting import theory as theory_section
from maw.reporting.cautions import warnings
from maw.reporting.first_screen import claims, opening, scales
from maw.reporting.frames import SuiteFrames
from maw.reporting.price import run_table
from maw.reporting.routing import diagnoses, router_use, targets
from maw.reporting.study_controls import budget_table, control_lines
from maw.reporting.tables import means, rows_of
from maw.reporting.templates import MANY, environment, style
from maw.settings.plan import Analysis


def build(
    frames: SuiteFrames,
    *,
    spec: Mapping[str, Any],
    theory: Mapping[str, Any],
    expected: Mapping[str, Any],
    history: Mapping[str, Any],
    datasets: Sequence[Mapping[str, Any]],
    pictures: Mapping[str, str],
) -> str:
    """Return the page as HTML text.

    spec: the specification of the stage `report` (plan, systems, seeds, backbone and others).
    theory, expected, history: the JSON that the stages `theory`, `check` and `record` wrote: checks
    of the theory, agreement with the committed scores, and whether the plan preceded the scores.
    datasets: the content of each `dataset.json`. pictures: figure name -> SVG.
    """
    plan = Analysis.model_validate(spec["analysis"])
    content = {
        **inference.content(frames, plan=plan),
        **_opening(frames, plan=plan, spec=spec, history=history),
        **_learning(frames, systems=spec["systems"]),
        **_provenance(frames.runs),
        "style": style(),
        "files": "../tables/",
        "history": history,
        "spec": spec,
        "warnings": warnings(
            frames,
            plan=plan,
            history=history,
            expected=expected,
            datasets=datasets,
            judged_by_model=spec["judged_by_model"],
        ),
        "reproduced": expected,
        "boards": {
            dataset["name"]: rows_of(means(frames.leaderboard, dataset=dataset["name"]))
            for dataset in datasets
        },
        "judged": JUDGED,
        "cells": None if frames.cells is None else rows_of(rate_sensitivity.table(frames.cells)),
        "ablations": ablations.content(frames.ablations, frames.sweeps),
        "systems": {name: wording.system(entry) for name, entry in spec["systems"].items()},
        "pictures": [figures.entry(name, svg) for name, svg in pictures.items()],
        "calibration": calibration.content(frames.calibration, alpha=plan.alpha),
        "theory": theory_section.content(theory),
        "datasets": datasets,
        "protocols": {
            dataset["name"]: protocol.lines(dataset, backbone=spec["backbone"])
            for dataset in datasets
        },
    }
    return environment().get_template("page.html.j2").render(content)


def _opening(
    frames: SuiteFrames, *, plan: Analysis, spec: Mapping[str, Any], history: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the template's data of the first screen: answer, scale, controls and cards."""
    undeclared_look = bool(history.get("undeclared_looks"))
    return {
        **opening(frames, plan=plan, queries="queries", undeclared_look=undeclared_look),
        "scales": scales(frames, plan=plan, systems=spec["systems"]),
        "controls": control_lines(frames.controls, plan=plan),
        "budget": None if frames.budget is None else rows_of(budget_table(frames.budget)),
        "claims": claims(frames, plan=plan),
        "many": MANY,
        "primary": plan.primary,
        "sesoi": plan.sesoi,
    }


def _learning(frames: SuiteFrames, *, systems: Mapping[str, Any]) -> dict[str, Any]:
    """Return the template's data on training and routing.

    They say whether there are learning curves, what was searched, which depths were chosen, what
    supervised routers learned from, and what each run cost.
    """
    return {
        "learned": not frames.curves.empty,
        "searched": rows_of(searches.table(frames.search)),
        "chosen_on": list(searches.told(frames.selection)),
        "router": rows_of(router_use(frames.depths)),
        "diagnoses": {
            dataset: rows_of(table)
            for dataset, table in (
                {} if frames.routing is None else diagnoses(frames.routing)
            ).items()
        },
        "targets": targets(frames.curves, systems=systems),
        "runs": rows_of(run_table(frames.runs)),
    }


def _provenance(runs: pd.DataFrame) -> dict[str, Any]:
    """Return the devices of all runs, and the software versions of the last run that has any.

    runs: a row for each run. Its columns `device` and `versions` (a JSON text) may be missing.
    """
    absent = pd.Series(dtype=str)
    recorded = [text for text in runs.get("versions", absent) if text and text != "{}"]
    return {
        "devices": sorted(set(runs.get("device", absent).dropna())),
        "versions": json.loads(recorded[-1]) if recorded else {},
    }
