"""The HTML page of a finished suite: the answer first, then its price, its limits and its origins.

The page is one self-contained file: it has no script and loads nothing from another address, and
the template engine escapes text that comes from data.
"""

import json
from typing import Any

import pandas as pd

from maw.measures.judged import JUDGED
from maw.reporting import (
    ablations,
    calibration,
    inference,
    protocol,
    rate_sensitivity,
    searches,
    wording,
)
from maw.reporting import theory as theory_section
from maw.reporting.checks import budget_table
from maw.reporting.figures import registry as figures
from maw.reporting.first_screen import cards, opening, scales
from maw.reporting.frames import SuiteFrames
from maw.reporting.page_data import PageData
from maw.reporting.sections import (
    how_to_report,
    may_say,
    price,
    queries,
    routing,
    runs,
    source_claims,
    trust,
)
from maw.reporting.tables import means, rows_of
from maw.reporting.templates import environment, style

# name, which is that of the module and of the template -> label in the contents
PARTS = {
    "may_say": (may_say, "May say"),
    "price": (price, "Price"),
    "source_claims": (source_claims, "Source’s claims"),
    "queries": (queries, "Queries"),
    "routing": (routing, "Routing"),
    "how_to_report": (how_to_report, "Report"),
}


def build(page: PageData) -> str:
    """Return the page of a suite as HTML text."""
    frames, plan, spec = _suite(page), page.plan, page.spec
    parts = sections(page)
    pictures = {
        name: figures.entry(name, svg, hint=figure.hint(frames, plan), csv=f"../figures/{name}.csv")
        for name, svg in page.pictures.items()
        if not (figure := figures.FIGURES[name]).data(frames, plan).empty
    }
    content = {
        **opening_of(page),
        **everything(page),
        **_learning(frames),
        **_provenance(frames.runs),
        **parts,
        "parts": [
            {"name": name, "label": label} for name, (_, label) in PARTS.items() if parts[name]
        ],
        "scale": scales(frames, plan=plan, systems=spec["systems"]),
        "spec": spec,
        "history": page.history,
        "files": "../tables/",
        "remake": "snakemake",
        "root": spec["root"],
        "claims": cards(frames, plan=plan, queries="queries"),
        "budget": None if frames.budget is None else rows_of(budget_table(frames.budget)),
        "cells": None if frames.cells is None else rows_of(rate_sensitivity.table(frames.cells)),
        "ablations": ablations.content(frames.ablations, frames.sweeps),
        "systems": {name: wording.system(entry) for name, entry in spec["systems"].items()},
        "forest": pictures.pop("forest", None),
        "pictures": list(pictures.values()),
        "theory": theory_section.content(page.theory),
        "datasets": page.datasets,
        "protocols": {
            dataset["name"]: protocol.lines(dataset, backbone=spec["backbone"])
            for dataset in page.datasets
        },
    }
    return environment().get_template("page.html.j2").render(content)


def sections(page: PageData) -> dict[str, Any]:
    """Return the template's data of each numbered section; None for one with nothing to show."""
    return {
        "trust": trust.content(page),
        **{name: module.content(page) for name, (module, _) in PARTS.items()},
    }


def opening_of(page: PageData) -> dict[str, Any]:
    """Return the template's data of the answer, and of what all sections refer to."""
    undeclared_look = bool(page.history.get("undeclared_looks"))
    content = opening(
        page.frames, plan=page.plan, queries=page.queries, undeclared_look=undeclared_look
    )
    return {
        **content,
        "title": f"maw: {content['headline']}",
        "claim_rows": list(range(1, len(page.frames.claims) + 1)),
        "primary": page.plan.primary,
        "sesoi": page.plan.sesoi,
        "units": page.queries,
        "style": style(),
    }


def everything(page: PageData) -> dict[str, Any]:
    """Return the template's data of the folded parts that a suite and a comparison share."""
    frames, plan = page.frames, page.plan
    board = frames.leaderboard
    return {
        **inference.content(frames, plan=plan),
        "boards": {
            name: rows_of(means(board, dataset=name)) for name in dict.fromkeys(board["dataset"])
        },
        "judged": JUDGED,
        "calibration": calibration.content(frames.calibration, alpha=plan.alpha),
    }


def _suite(page: PageData) -> SuiteFrames:
    if page.suite is None:
        raise TypeError("the page of a suite needs SuiteFrames; give them, or build a comparison")
    return page.suite


def _learning(frames: SuiteFrames) -> dict[str, Any]:
    """Return the template's data on training: curves, the search, and what each run cost."""
    return {
        "learned": not frames.curves.empty,
        "searched": rows_of(searches.table(frames.search)),
        "chosen_on": list(searches.told(frames.selection)),
        "runs": rows_of(runs.table(frames.runs)),
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
