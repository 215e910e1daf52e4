"""The verdicts of a finished suite's claims as lines of text for a terminal."""

from pathlib import Path

from maw.errors import InputError
from maw.jobs.files import read_json, read_parquet, read_stamped
from maw.reporting.answer import (
    NO_CLAIM,
    answers,
    judged_claims,
    level,
    margin,
    remarks_on,
    with_remarks,
)
from maw.reporting.frames import VerdictFrames
from maw.reporting.leads import lead
from maw.reporting.verdict_lines import control_lines, price_lines, run_line
from maw.reporting.words import Key, heading
from maw.settings.plan import Analysis
from maw.stages.shared.summary import with_costs
from maw.verdicts.claims import CLAIMS


def verdict_lines(results: Path) -> list[str]:
    """Return lines for a terminal on a finished suite. results: the folder of its results.

    For each dataset there is the answer in one sentence, and below it a line for each claim with
    its numbers; then the level and the smallest difference that matters, the scope, the trained
    runs, their price, the controls of the study, the outcome of the check against the committed
    scores, where there are any, and the place of the report. InputError for a file that is missing
    or broken, or was made before verdicts had their present words.
    """
    summary = results / "summary"
    frames, plan = _judged(summary)
    lines = []
    for answer in answers(frames, plan=plan, remarks=_remarks(summary, frames)):
        lines += [answer.heading, *(f"  {text}" for text in (*answer.bullets, *answer.leads))]
    lines = [*lines, f"{level(frames, plan=plan)}. {margin(plan)}"] if lines else [NO_CLAIM]
    lines += _context(results, frames)
    expected = read_json(summary / "expected.json")
    if expected["checked"]:
        word = "reproduced" if expected["agrees"] else "NOT reproduced"
        lines.append(f"Committed scores {word}: largest difference {expected['largest']:.6f}.")
    return [*lines, f"Report: {results / 'report' / 'index.html'}"]


def claim_sentences(summary: Path, *, system: str, dataset: str) -> list[str]:
    """Return the verdicts on a dataset in which a system is judged or is a control, as texts.

    summary: folder of the suite's summary. InputError as in `verdict_lines`.
    """
    frames, plan = _judged(summary)
    named, remarks = frames.has_named_claims, _remarks(summary, frames)
    return [
        (f"“{claim.row['claim']}”: " if named else "")
        + f"{with_remarks(heading(claim), remarks[claim.key])} {lead(claim)}"
        for claim in judged_claims(frames, plan=plan)
        if claim.row["dataset"] == dataset and system in (claim.system, *claim.controls["baseline"])
    ]


def _context(results: Path, frames: VerdictFrames) -> list[str]:
    """Return lines on the scope, the trained runs, their price and the controls of the study.

    What an older suite did not write is left out.
    """
    summary, answer = results / "summary", results / "report" / "answer.json"
    lines = []
    if answer.exists() and (scope := read_json(answer)["scope"]):
        lines.append(f"Scope: {scope}")
    runs, costs = summary / "runs.parquet", summary / "costs.parquet"
    if runs.exists() and costs.exists():
        priced = with_costs(read_parquet(runs), read_parquet(costs), place=costs)
        lines += filter(None, [run_line(priced)])
        lines += price_lines(priced, frames.claims)
    controls = summary / "controls.parquet"
    return [*lines, *control_lines(read_parquet(controls) if controls.exists() else None)]


def _remarks(summary: Path, frames: VerdictFrames) -> dict[Key, tuple[str, ...]]:
    """Return what the heading of each claim must say beside its word."""
    controls, history = summary / "controls.parquet", summary / "plan.json"
    return remarks_on(
        frames.claims,
        controls=read_parquet(controls) if controls.exists() else None,
        undeclared_look=history.exists() and bool(read_json(history).get("undeclared_looks")),
    )


def _judged(summary: Path) -> tuple[VerdictFrames, Analysis]:
    """Return the tables of the verdicts, and the plan by which they were judged."""
    path = summary / "claims.parquet"
    try:
        claims, stamp = read_stamped(path, CLAIMS)
        plan = Analysis.model_validate(stamp["spec"]["analysis"])
    except (InputError, ValueError) as error:
        if path.exists():
            raise InputError(
                f"{path}: not the claims of this version of maw ({str(error).splitlines()[0]}); "
                "run snakemake again"
            ) from None
        raise
    frames = VerdictFrames(
        comparisons=read_parquet(summary / "comparisons.parquet"),
        claims=claims,
        leaderboard=read_parquet(summary / "leaderboard.parquet"),
    )
    return frames, plan
