"""Files of `maw compare --out DIR`, like a suite's: tables, report page, check.R and plan record.

Each table is there as CSV, and also as parquet where pyarrow, of the extra `parquet`, is installed.

All files are written into a new folder beside DIR, which then takes its place: an error, a full
disk or a killed process leaves DIR as it was, and two commands at once cannot mix their files.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from maw.comparison import Comparison
from maw.errors import FIGURES, PARQUET
from maw.jobs import manifest
from maw.jobs.content_hash import kind_of
from maw.jobs.files import has_pyarrow, parquet_bytes
from maw.jobs.provenance import closure, digest, stamp, syntax
from maw.jobs.whole_folder import as_input_error, replaced, write_new
from maw.reporting.check_script import scores_with_clusters, script
from maw.reporting.comparison_page import ComparisonRecord, build
from maw.reporting.figures.registry import has_vl_convert
from maw.reporting.frames import FILES, ComparisonFrames
from maw.reporting.paper.columns import readme
from maw.reporting.paper.paper_content import mean_tables, verdict_table
from maw.reporting.paper.paper_tables import latex, markdown
from maw.runs.file_formats import format_names
from maw.settings.plan import Analysis
from maw.stages.finished import plan_record
from maw.stages.finished.looks import looked, told, undeclared
from maw.stages.shared.calibrated_scores import calibrate_scores

# files that an earlier comparison or `maw calibrate` may have left, and this one may not write:
# without pyarrow no table is written as parquet
OPTIONAL = (
    "calibration.csv",
    "tiers.csv",
    *(f"{name}.parquet" for name in (*FILES, "scores")),
    manifest.LOCK,
)


def publish(comparison: Comparison, folder: Path, *, command: str = "", draws: int = 0) -> str:
    """Write tables, page, check.R and plan record into a folder; return a sentence on the plan.

    The sentence says whether the plan came before the scores. Afterwards the folder has all files
    of this comparison, none of an earlier one, and every other file that was there. command: the
    command line, for the page. draws: number of experiments that are redrawn to calibrate the
    tests; with 0 the tests are not calibrated. InputError where the folder cannot be written; then
    it is as it was.
    """
    with opened(folder) as new:
        return fill(new, comparison, folder=folder, command=command, draws=draws)


@contextmanager
def opened(folder: Path) -> Iterator[Path]:
    """Yield a new folder, which takes the place of `folder` when the block ends without error.

    Enter it before the work, so that a folder that cannot be written, or has a file plan.json that
    is no record, is noticed before the work. InputErrors as in `maw.jobs.whole_folder.replaced`.
    """
    with replaced(folder, stale=OPTIONAL) as new:
        plan_record.read(folder)
        yield new


def fill(
    new: Path, comparison: Comparison, *, folder: Path, command: str = "", draws: int = 0
) -> str:
    """Write the files of `publish` into the new folder, and return its sentence.

    new: the folder that `opened(folder)` yields.
    """
    frames = comparison.frames
    if draws:
        calibration = calibrate_scores(
            comparison.scores,
            plan=comparison.plan,
            trained=comparison.trained,
            clusters=comparison.clusters,
            draws=draws,
        )
        frames = replace(frames, calibration=calibration)
    with as_input_error(folder):
        plan = comparison.plan.digest()
        record = plan_record.entered(
            plan_record.read(folder), plan=plan, scores=comparison.scores_digest
        )
        seeds = _seeds(comparison)
        looks = looked(plan_record.read_looks(folder), seeds=seeds, plan=plan)
        declared = [look.seeds for look in comparison.plan.looks]
        n_undeclared = undeclared(looks, seeds=seeds, declared=declared)
        history = {
            "told": plan_record.history(record, plan=plan) + told(n_undeclared),
            "changed_late": plan_record.changed_late(record, plan=plan),
            "undeclared_looks": n_undeclared,
        }
        files = {
            **_tables(comparison, frames),
            "index.html": _page(comparison, frames, command=command, history=history),
            "check.R": script(comparison.plan, trained=comparison.plan.trained).encode(),
            plan_record.FILE: plan_record.to_bytes(record, looks),
        }
        for name, content in {**files, manifest.NAME: _manifest(files)}.items():
            write_new(new / name, content)
    return str(history["told"])


def left_out() -> list[str]:
    """Return a line on each thing that a folder lacks because an extra is not installed."""
    lines = []
    if not has_pyarrow():
        lines.append(f"tables: as CSV only; for parquet files too, {PARQUET.pip_line}")
    if not has_vl_convert():
        lines.append(f"figures: in words; for pictures, {FIGURES.pip_line}")
    return lines


def enter(plan: Analysis, folder: Path) -> str:
    """Enter a plan without scores into the plan record of a folder; return a line about the plan.

    The line has the plan's hash, and says whether the plan came before any scores in the record. A
    plan that is in the record is not entered again. InputError where the folder cannot be written,
    or its file plan.json is no record.
    """
    with replaced(folder) as new, as_input_error(folder):
        record = plan_record.read(folder)
        if all(entry.plan != plan.digest() for entry in record):
            record = plan_record.entered(record, plan=plan.digest(), scores="")
        content = plan_record.to_bytes(record, plan_record.read_looks(folder))
        write_new(new / plan_record.FILE, content)
    return f"SHA-256 {plan.digest()}; {plan_record.history(record, plan=plan.digest())}"


def _seeds(comparison: Comparison) -> list[int]:
    """Return the seeds of all trained systems' runs; those of all runs where none is trained."""
    scores = comparison.scores
    of_trained = scores[scores["system"].map(comparison.trained).eq(True)]
    return sorted((of_trained if len(of_trained) else scores)["seed"].unique().tolist())


def _manifest(files: dict[str, bytes]) -> bytes:
    """Return the manifest of the files that carry no hash. files: name -> content."""
    plain = {name: content for name, content in files.items() if not kind_of(Path(name))}
    digests = {name: manifest.digest_of(content) for name, content in plain.items()}
    return manifest.manifest_bytes(digests)


def _page(
    comparison: Comparison,
    frames: ComparisonFrames,
    *,
    command: str,
    history: Mapping[str, Any],
) -> bytes:
    record = ComparisonRecord(
        inputs=comparison.inputs,
        scores_digest=comparison.scores_digest,
        command=command,
        history=history,
        with_files=True,
        texts=comparison.texts,
    )
    page = build(frames, plan=comparison.plan, notices=comparison.warnings, record=record)
    return page.encode()


def _tables(comparison: Comparison, frames: ComparisonFrames) -> dict[str, bytes]:
    verdicts = [verdict_table(frames, plan=comparison.plan, queries="topics")]
    means = mean_tables(frames, plan=comparison.plan, queries="topics")
    by_file = frames.by_file_name()
    scores_frame = scores_with_clusters(comparison.scores, comparison.clusters)
    return {
        **(_parquet_tables(comparison, by_file) if has_pyarrow() else {}),
        "scores.csv": scores_frame.to_csv(index=False).encode(),
        **{f"{name}.csv": frame.to_csv(index=False).encode() for name, frame in by_file.items()},
        "verdicts.tex": latex(verdicts).encode(),
        "leaderboard.tex": latex(means).encode(),
        "verdicts.md": markdown(verdicts).encode(),
        "leaderboard.md": markdown(means).encode(),
        "README.md": readme().encode(),
    }


def _parquet_tables(
    comparison: Comparison, by_file: Mapping[str, pd.DataFrame]
) -> dict[str, bytes]:
    """Return the parquet files. by_file: name of a file without ending -> its table."""
    stamp_of_files = _stamp(comparison)
    tables = {"scores": comparison.scores, **by_file}
    return {
        f"{name}.parquet": parquet_bytes(frame, stamp_of_files) for name, frame in tables.items()
    }


def _stamp(comparison: Comparison) -> dict[str, Any]:
    """Return the stamp of the written files: the plan, and hashes of the inputs and the code."""
    spec = {
        "analysis": comparison.plan.model_dump(mode="json"),
        "measures": list(comparison.measures),
        "plan_digest": comparison.plan.digest(),
    }
    # formats of run files are found by name, so that no import statement leads to them
    modules = set().union(*(closure(root) for root in ("maw.api", *format_names())))
    code = digest({module: syntax(module) for module in sorted(modules)})
    reads = [source.sha256 for source in comparison.inputs if source.sha256]
    return stamp("compare_runs", spec=spec, code=code, reads=reads)
