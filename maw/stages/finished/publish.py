"""What `maw compare --out DIR` leaves behind: the suite's own files, whole or not at all."""

from pathlib import Path
from typing import Any

import pandas as pd

from maw.comparison import Comparison
from maw.errors import InputError
from maw.jobs.files import Claim, parquet_bytes
from maw.jobs.provenance import closure, digest, stamp, syntax
from maw.reporting.check_script import scores_with_clusters, script
from maw.reporting.comparison_page import build
from maw.reporting.tables import latex, scores, verdicts
from maw.settings.plan import Analysis
from maw.stages.calibrate import calibrate_scores
from maw.stages.finished import plan_record


def publish(comparison: Comparison, folder: Path, *, command: str = "", draws: int = 0) -> str:
    """Write everything into `folder`. Returns what the record says of plan and scores.

    draws: experiments redrawn to calibrate the tests; 0: they are not calibrated.
    """
    calibrated = None
    if draws:
        calibrated = calibrate_scores(
            comparison.scores,
            plan=comparison.plan,
            trained=comparison.trained,
            clusters=comparison.clusters,
            draws=draws,
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        plan = comparison.plan.digest()
        record = plan_record.entered(
            plan_record.read(folder), plan=plan, scores=comparison.scores_digest
        )
        told = plan_record.history(record, plan=plan)
        files = {
            **_tables(comparison, calibrated),
            "index.html": build(
                comparison, command=command, history=told, with_files=True, calibrated=calibrated
            ).encode(),
            "check.R": script(comparison.plan, trained=comparison.plan.trained).encode(),
            plan_record.FILE: plan_record.to_bytes(record),
        }
        write(folder, files)
    except OSError as error:
        raise _unwritable(error, folder) from None
    return told


def enter(plan: Analysis, folder: Path) -> str:
    """Record a plan on its own. Returns its digest and what the record says of it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        record = plan_record.read(folder)
        if all(entry.plan != plan.digest() for entry in record):
            record = plan_record.entered(record, plan=plan.digest(), scores="")
            write(folder, {plan_record.FILE: plan_record.to_bytes(record)})
    except OSError as error:
        raise _unwritable(error, folder) from None
    return f"SHA-256 {plan.digest()}; {plan_record.history(record, plan=plan.digest())}"


def _unwritable(error: OSError, folder: Path) -> InputError:
    return InputError(f"{error.filename or folder}: {error.strerror}; give another --out")


def write(folder: Path, files: dict[str, bytes]) -> None:
    """All of them; nobody else writes there meanwhile."""
    claims: dict[str, Claim] = {}
    try:
        for name in files:
            claims[name] = Claim(folder / name)
        for name, content in files.items():
            claims[name].write(content)
    finally:
        for claim in claims.values():
            claim.release()


def _tables(comparison: Comparison, calibrated: pd.DataFrame | None) -> dict[str, bytes]:
    mark = _stamp(comparison)
    board = comparison.leaderboard
    shown = latex(verdicts(comparison.comparisons, primary=comparison.plan.primary))
    means = [
        scores(board, dataset=name).assign(Dataset=name) for name in sorted(set(board["dataset"]))
    ]
    frames = {
        "comparisons": comparison.comparisons,
        "claims": comparison.claims,
        "leaderboard": board,
        **comparison.further,
    }
    if calibrated is not None:
        frames["calibration"] = calibrated
    clustered = scores_with_clusters(comparison.scores, comparison.clusters)
    return {
        "scores.parquet": parquet_bytes(comparison.scores, mark),
        "scores.csv": clustered.to_csv(index=False).encode(),
        **{f"{name}.parquet": parquet_bytes(frame, mark) for name, frame in frames.items()},
        **{f"{name}.csv": frame.to_csv(index=False).encode() for name, frame in frames.items()},
        "verdicts.tex": shown,
        "leaderboard.tex": b"\n".join(latex(table) for table in means),
    }


def _stamp(comparison: Comparison) -> dict[str, Any]:
    """Which plan, inputs and code made these files."""
    spec = {
        "analysis": comparison.plan.model_dump(mode="json"),
        "measures": list(comparison.measures),
        "plan_digest": comparison.plan.digest(),
    }
    code = digest({module: syntax(module) for module in sorted(closure("maw.api"))})
    reads = [source.sha256 for source in comparison.inputs if source.sha256]
    return stamp("compare_runs", spec=spec, code=code, reads=reads)
