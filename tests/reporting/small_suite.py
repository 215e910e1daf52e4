"""The frames of a small finished suite, and its page, for the tests of this room."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from maw.reporting import page
from maw.reporting.frames import ComparisonFrames, SuiteFrames
from maw.reporting.page_data import PageData
from maw.settings.plan import Analysis
from maw.verdicts.across_datasets import across
from maw.verdicts.decide import decide
from maw.verdicts.leaderboard import leaderboard
from maw.verdicts.per_seed import per_seed
from maw.verdicts.prospects import components, outlook
from tests.scored import scored

Tables = Mapping[str, np.ndarray]
TOY = {
    "name": "toy",
    "source": "made up",
    "licence": "MIT",
    "sha256": "0",
    "split": {"train": 0.6, "dev": 0.1, "test": 0.3, "salt": "maw"},
    "counts": {"documents": 50, "dev_judged": 100, "test_judged": 20},
    "leak_check": {},
}


def unmarked(html: str) -> str:
    """Return a page without the marks of its terms and their definitions on hover."""
    html = re.sub(r'<span class="tip".*?</span>', "", html, flags=re.DOTALL)
    html = re.sub(r'<a class="term"[^>]*>(.*?)</a>', r"\1", html, flags=re.DOTALL)
    return re.sub(r'<span class="gloss">(.*?)</span>', r"\1", html, flags=re.DOTALL)


def random_tables(*, n_seeds: int = 4) -> dict[str, np.ndarray]:
    """Return scores of three systems on 20 queries; they differ by chance alone."""
    generator = np.random.default_rng(6)
    return {name: generator.uniform(size=(20, n_seeds)) for name in ("new", "old", "random")}


def comparison_frames(
    tables: Tables,
    plan: Analysis,
    *,
    trained: Mapping[str, bool] | None = None,
    datasets: tuple[str, ...] = ("toy",),
) -> ComparisonFrames:
    """Judge scores by a plan; each dataset has the same scores."""
    scores = pd.concat(
        [scored(tables, dataset=dataset, measure=plan.primary) for dataset in datasets],
        ignore_index=True,
    )
    context: dict[str, Any] = {
        "plan": plan,
        "trained": trained or dict.fromkeys(tables, True),
        "clusters": None,
    }
    decided = decide(scores, measures=[plan.primary], **context)
    return ComparisonFrames(
        comparisons=decided.rows,
        claims=decided.claims,
        leaderboard=leaderboard(scores, clusters=None, measures=[plan.primary]),
        components=components(scores, measure=plan.primary, clusters=None),
        prospects=outlook(scores, decided.claims, **context),
        across=across(decided.rows, plan=plan),
        seeds=per_seed(scores, plan=plan, clusters=None),
    )


def search_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a table of trials, as `collect` writes it. rows: what differs from one to another."""
    columns = ["dataset", "system", "trial", "parameters", "dev", "chosen", "at_edge"]
    trial = {"dataset": "toy", "system": "new", "trial": 1, "chosen": False, "at_edge": False}
    frame = pd.DataFrame([{**trial, **row} for row in rows], columns=columns)
    return frame.astype({"dev": float, "chosen": bool, "at_edge": bool})


def selection_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a table of searches, as `collect` writes it. rows: what differs from the first."""
    columns = ["dataset", "system", "parameters", "dev", "at_edge", "n_dev", "dev_se"]
    search: dict[str, Any] = {"dataset": "toy", "system": "new"}
    search["parameters"] = '{"learning_rate": 0.001}'
    search |= {"dev": 0.5, "at_edge": False, "n_dev": 400, "dev_se": None}
    frame = pd.DataFrame([{**search, **row} for row in rows], columns=columns)
    return frame.astype({"dev": float, "at_edge": bool, "n_dev": "int64", "dev_se": float})


def suite_frames(compared: ComparisonFrames, **frames: pd.DataFrame) -> SuiteFrames:
    """Return a suite in which nothing was trained, as `collect` writes it, but for the frames."""
    key = ["dataset", "system", "seed"]
    names = compared.leaderboard[["dataset", "system"]].drop_duplicates()
    empty = SuiteFrames(
        **{name: getattr(compared, name) for name in ComparisonFrames.__dataclass_fields__},
        runs=names.assign(seed=0, trained=False, versions="{}"),
        curves=pd.DataFrame(columns=[*key, "step", "quantity", "value"]).astype({"value": float}),
        depths=pd.DataFrame(columns=[*key, "query_id", "doc_id", "side", "depth", "probability"]),
        search=search_frame([]),
        selection=selection_frame([]),
    )
    return replace(empty, **frames)


def page_of(
    frames: SuiteFrames,
    plan: Analysis,
    *,
    theory: Mapping[str, Any],
    systems: Mapping[str, Any] | None = None,
    datasets: tuple[Mapping[str, Any], ...] = (),
    pictures: Mapping[str, str] | None = None,
) -> str:
    """Build the page of a suite whose scores were not checked and whose plan came first."""
    words = dict.fromkeys(("suite", "root", "scope", "command", "plan_digest"), "said")
    return page.build(
        PageData(
            frames=frames,
            plan=plan,
            spec={
                **words,
                "analysis": plan.model_dump(mode="json"),
                "seeds": [42],
                "measures": [plan.primary],
                "judged_by_model": [],
                "systems": systems or {},
                "backbone": {"name": "minilm", "max_document_tokens": 128},
            },
            expected={"checked": False, "agrees": True},
            history={"told": "as planned", "changed_late": False},
            datasets=datasets,
            pictures=pictures or {},
            theory=theory,
        )
    )
