"""The record of a plan: whether it existed before the scores, in a file that is only added to.

`maw plan PLAN --out DIR` enters a plan before there are scores; each `maw compare --out DIR` enters
plan and scores together. A suite enters its plan when a run of it starts, and again with its scores
when they are complete. The record is a file that anybody can edit: it serves honest authors and
proves nothing against a forger.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from maw.errors import InputError
from maw.jobs.content_hash import DamagedFileError
from maw.jobs.files import json_bytes, read_json
from maw.jobs.pending import PendingFile
from maw.stages.finished.looks import SeenSeeds

FILE, ENTRIES, LOOKS = "plan.json", "seen", "looks"
SHORT_DIGEST = 12  # digits of a plan's hash that a sentence shows


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the record: the time (UTC, ISO 8601), the plan's hash and the scores' hash.

    scores is "" where there were no scores yet.
    """

    seen: str
    plan: str
    scores: str


def read(folder: Path) -> list[Entry]:
    """Return the entries of the record in a folder, oldest first; no entries without a file.

    A record that an earlier version of maw wrote carries no hash of its content. InputError where
    the file is no record, or is damaged.
    """
    return _read(folder)[0]


def read_looks(folder: Path) -> list[SeenSeeds]:
    """Return the looks of the record in a folder, oldest first; none without a file.

    A record that an earlier version of maw wrote has none. InputError as `read`.
    """
    return _read(folder)[1]


def _read(folder: Path) -> tuple[list[Entry], list[SeenSeeds]]:
    path = folder / FILE
    try:
        content = json.loads(path.read_bytes())
        if set(content) != {ENTRIES}:
            content = read_json(path)
        looks = [
            SeenSeeds(**{**look, "seeds": tuple(map(int, look["seeds"]))})
            for look in content.get(LOOKS, [])
        ]
        return [Entry(**entry) for entry in content[ENTRIES]], looks
    except FileNotFoundError:
        return [], []
    except (DamagedFileError, ValueError, TypeError, KeyError, AttributeError):
        raise InputError(
            f"{path}: not a record of a plan by maw, or damaged; restore it or move it away"
        ) from None


def entered(record: list[Entry], *, plan: str, scores: str) -> list[Entry]:
    """Return the record with an entry of this plan and these scores, added if there is none.

    plan, scores: their hashes; scores is "" where there are none yet.
    """
    if any(entry.plan == plan and entry.scores == scores for entry in record):
        return record
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return [*record, Entry(now, plan, scores)]


def started(record: list[Entry], *, plan: str, scores: str) -> list[Entry]:
    """Return the record with an entry of this plan, added if there is none, as a run starts.

    scores: hash of the scores that exist already, or "". If scores exist but no entry has any,
    because a run was killed before it entered them, they are first entered under the last plan of
    the record, or under this plan if the record is empty.
    """
    if scores and not any(entry.scores for entry in record):
        record = entered(record, plan=record[-1].plan if record else plan, scores=scores)
    if any(entry.plan == plan for entry in record):
        return record
    return entered(record, plan=plan, scores=scores)


def enter_start(folder: Path, *, plan: str) -> None:
    """Enter a suite's plan into its record on disk, before the first job of a run."""
    before = read(folder)
    after = started(before, plan=plan, scores=digest_of(folder.glob("runs/*/*/*/scores.parquet")))
    if after != before:
        PendingFile(folder / FILE).write(to_bytes(after, read_looks(folder)))


def digest_of(paths: Iterable[Path]) -> str:
    """Return one SHA-256 over the files in the order of their paths; "" where there is no file."""
    digests = [sha256(path.read_bytes()).hexdigest() for path in sorted(paths)]
    return sha256("".join(digests).encode()).hexdigest() if digests else ""


def changed_late(record: list[Entry], *, plan: str) -> bool:
    """Return whether scores under another plan were entered before this plan was.

    plan: hash of a plan that has an entry in the record.
    """
    first_scores = next((i for i, entry in enumerate(record) if entry.scores), len(record))
    first_entry = next(i for i, entry in enumerate(record) if entry.plan == plan)
    return first_entry > first_scores


def to_bytes(record: list[Entry], looks: list[SeenSeeds]) -> bytes:
    """Return the record, with its looks, as the content of its file."""
    return json_bytes(
        {
            ENTRIES: [asdict(entry) for entry in record],
            LOOKS: [asdict(look) for look in looks],
        }
    )


def history(record: list[Entry], *, plan: str) -> str:
    """Return one sentence that says whether a plan of the record came before any scores.

    plan: the hash of the plan.
    """
    with_scores = next((entry for entry in record if entry.scores), None)
    of_plan = next(entry for entry in record if entry.plan == plan)
    if with_scores is None or record.index(of_plan) < record.index(with_scores):
        sentence = f"the plan was entered {of_plan.seen}, before any scores"
        return sentence + (f" (first seen {with_scores.seen})" if with_scores else "")
    if not changed_late(record, plan=plan):
        return (
            f"plan and scores were first seen together, {of_plan.seen}: that the plan came first "
            "is not shown"
        )
    return (
        f"the plan CHANGED after scores existed: scores were first seen {with_scores.seen} under "
        f"plan {with_scores.plan[:SHORT_DIGEST]}…, this plan {of_plan.seen}"
    )
