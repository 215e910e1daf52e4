"""The difference of two finished suites, or of two comparisons, read from their folders."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from maw.errors import InputError
from maw.jobs.files import read_parquet, read_stamp
from maw.stages.finished.compared_scores import ComparedScores, open_compared_scores
from maw.verdicts.claims import CLAIMS
from maw.verdicts.suite_changes import score_changes, setting_changes, verdict_changes

OF_REPORT = ("backbone", "measures", "scope")  # settings in the specification of the report


@dataclass(frozen=True, slots=True, eq=False)
class SuiteDiff:
    """The frames of `maw.verdicts.suite_changes` for two suites, A and B.

    measure: the primary measure of A, by which the scores are compared.
    """

    measure: str
    settings: pd.DataFrame
    scores: pd.DataFrame
    verdicts: pd.DataFrame

    @property
    def is_same(self) -> bool:
        """True where both suites have the same settings, runs, scores and words."""
        scores = self.scores
        whole = (scores["n_scores"] == scores["n_equal"]) & (scores["difference"] == 0)
        same_seeds = scores["n_seeds_a"] == scores["n_seeds_b"]
        return bool(
            self.settings.empty and (whole & same_seeds).all() and self.verdicts["same_word"].all()
        )

    def to_json(self) -> str:
        """Return the frames as JSON: measure, same, and a list of rows of each frame."""
        frames = {"settings": self.settings, "scores": self.scores, "verdicts": self.verdicts}
        rows = {
            name: json.loads(frame.to_json(orient="records", double_precision=15))
            for name, frame in frames.items()
        }
        content = {"measure": self.measure, "same": self.is_same, **rows}
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def diff(a: Path, b: Path) -> SuiteDiff:
    """Return the difference of two results folders.

    InputError where a folder holds no finished suite or comparison, or where B has no scores by
    A's primary measure.
    """
    first, second = open_compared_scores(a), open_compared_scores(b)
    measure = first.plan.primary
    for side in (first, second):
        if measure not in set(side.scores["measure"]):
            raise InputError(
                f"{side.folder}: has no scores by {measure}, the primary measure of {a}; add it to "
                "`measures` of this suite and run it again"
            )
    return SuiteDiff(
        measure=measure,
        settings=setting_changes(_settings(first), _settings(second)),
        scores=score_changes(first.scores, second.scores, measure=measure),
        verdicts=verdict_changes(_claims(first), _claims(second)),
    )


def _claims(compared: ComparedScores) -> pd.DataFrame:
    return read_parquet(compared.summary / "claims.parquet", CLAIMS)


def _settings(compared: ComparedScores) -> dict[str, Any]:
    """Return all settings that the stamps of a suite's files hold; of a comparison, its plan.

    `datasets` has what each collection was prepared with, `systems` each system, its training and
    the hyper-parameters that its search chose.
    """
    settings: dict[str, Any] = {"analysis": compared.plan.model_dump(mode="json")}
    if not compared.is_suite:
        return settings
    answer = compared.folder / "report" / "answer.json"
    report = read_stamp(answer).get("spec", {}) if answer.is_file() else {}
    settings |= {key: report[key] for key in OF_REPORT if key in report}
    datasets = {
        path.parent.name: read_stamp(path).get("spec", {})
        for path in sorted((compared.folder / "data").glob("*/dataset.json"))
    }
    return {**settings, "datasets": datasets, "systems": _systems(compared)}


def _systems(compared: ComparedScores) -> Mapping[str, Any]:
    """Return for each system what its runs were made with, by their stamps.

    Seeds, which the scores show, are left out. Systems whose training differs between datasets have
    the settings of each dataset.
    """
    systems: dict[str, dict[str, Any]] = {}
    for path in sorted((compared.folder / "runs").glob("*/*/*/run.json")):
        stamped = read_stamp(path).get("spec", {})
        spec = {key: value for key, value in stamped.items() if key != "seed"}
        dataset, name = path.parts[-4:-2]
        systems.setdefault(name, {}).setdefault(dataset, spec)
    alike = {
        name: next(iter(by_dataset.values()))
        if len({repr(spec) for spec in by_dataset.values()}) == 1
        else by_dataset
        for name, by_dataset in systems.items()
    }
    selection = compared.summary / "selection.parquet"
    for row in read_parquet(selection).itertuples() if selection.is_file() else ():
        settings = alike.get(str(row.system))
        if settings is not None:
            alike[str(row.system)] = {**settings, f"chosen on {row.dataset}": row.parameters}
    return alike
