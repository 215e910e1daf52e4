"""Did the plan exist before the scores? A record beside the results, added to and never rewritten.

`maw plan PLAN --out DIR` enters a plan before there are scores; each `maw compare --out DIR` enters
plan and scores together. A suite enters its plan when a run of it starts, and again with its scores
when they are complete. Somebody could forge it: it is a notebook for the honest.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from maw.errors import InputError
from maw.jobs import files

FILE = "plan.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """When (UTC, ISO) which plan was seen, and with which scores; "" before there were any."""

    seen: str
    plan: str
    scores: str


def read(folder: Path) -> list[Entry]:
    """The record, oldest first; empty where there is none."""
    path = folder / FILE
    try:
        return [Entry(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))["seen"]]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError):
        raise InputError(f"{path}: not a record of maw; move it away") from None


def entered(record: list[Entry], *, plan: str, scores: str) -> list[Entry]:
    """The record with plan and scores in it; the same pair again adds nothing."""
    if any(entry.plan == plan and entry.scores == scores for entry in record):
        return record
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return [*record, Entry(now, plan, scores)]


def started(record: list[Entry], *, plan: str, scores: str) -> list[Entry]:
    """The record when a run starts under a plan; scores: those that are there already, or "".

    Scores that nobody entered (a run was killed before its end) belong to the last plan known.
    """
    if scores and not any(entry.scores for entry in record):
        record = entered(record, plan=record[-1].plan if record else plan, scores=scores)
    if any(entry.plan == plan for entry in record):
        return record
    return entered(record, plan=plan, scores=scores)


def enter_start(folder: Path, *, plan: str) -> None:
    """Enter a suite's plan as a run starts, before its first job."""
    record = read(folder)
    now = started(record, plan=plan, scores=digest_of(folder.glob("runs/*/*/*/scores.parquet")))
    if now != record:
        files.Claim(folder / FILE).write(to_bytes(now))


def digest_of(paths: Iterable[Path]) -> str:
    """SHA-256 of some files, "" where there is none."""
    found = [sha256(path.read_bytes()).hexdigest() for path in sorted(paths)]
    return sha256("".join(found).encode()).hexdigest() if found else ""


def changed_late(record: list[Entry], *, plan: str) -> bool:
    """Whether there were scores, under another plan, before this plan was seen."""
    scored = next((i for i, entry in enumerate(record) if entry.scores), len(record))
    mine = next(i for i, entry in enumerate(record) if entry.plan == plan)
    return mine > scored


def to_bytes(record: list[Entry]) -> bytes:
    """As the file holds it."""
    content = {"seen": [asdict(entry) for entry in record]}
    return (json.dumps(content, indent=2) + "\n").encode()


def history(record: list[Entry], *, plan: str) -> str:
    """What the record shows of a plan that is in it, in one sentence."""
    scored = next((entry for entry in record if entry.scores), None)
    mine = next(entry for entry in record if entry.plan == plan)
    if scored is None or record.index(mine) < record.index(scored):
        told = f"the plan was entered {mine.seen}, before any scores"
        return told + (f" (first seen {scored.seen})" if scored else "")
    if not changed_late(record, plan=plan):
        return (
            f"plan and scores were first seen together, {mine.seen}: that the plan came first is "
            "not shown"
        )
    return (
        f"the plan CHANGED after scores existed: scores were first seen {scored.seen} under plan "
        f"{scored.plan[:12]}…, this plan {mine.seen}"
    )
