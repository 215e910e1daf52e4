"""The verdicts of a comparison as Markdown: the summary of a job on GitHub, or a comment.

The answer is the heading, and below it stand its numbers, a table of the contrasts that decide, and
the notices. Names of systems, collections and files come from data: no sign in them is read as
Markdown or HTML.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from maw.reporting import turned
from maw.reporting.answer import Answer, margin
from maw.reporting.comparison_answer import accepted_loss, level
from maw.reporting.frames import VerdictFrames
from maw.reporting.tables import deciding_limits, spelled
from maw.reporting.wording import compact, number, short_interval, signed
from maw.runs.notices import Notice
from maw.settings.plan import Analysis
from maw.verdicts.flips import GAINED, LOST
from maw.verdicts.moved import shortened

HEADS = ("System", "Against", "Mean", "Difference", "Limits", "Verdict")
ALIGNED = ("---", "---", "---:", "---:", "---", "---")
TIER_HEADS, TIER_ALIGNED = ("System", "Mean", "Tier"), ("---", "---:", "---")
N_TURNED = 10  # topics of one contrast and side
SIGNS = re.compile(r"[\\`*_\[\]<>|~$&]")  # read anywhere in a line
AT_START = re.compile(r"^([#+=-])|^(\d+)([.)])")  # would begin a heading, a list or a rule
ADDRESS = re.compile(r"(?i)\b(https?|ftp)(:)(?=//)|\b(www)(\.)")
MENTION = re.compile(r"(?<!\w)@(?=\w)")


def summary(
    frames: VerdictFrames,
    *,
    plan: Analysis,
    answers: Sequence[Answer],
    notices: Sequence[Notice],
) -> str:
    """Return the summary as Markdown. answers: the answer on each dataset, as a page has it."""
    lines = [*_answers(answers)] or ["## The plan names no claim.", ""]
    for dataset, rows in _planned(frames, plan=plan):
        lines += [*_table(rows, title=f"{plan.primary} on {dataset}"), ""]
    if limits := level(frames, plan=plan):
        told = " ".join(filter(None, [f"Limits: {limits}.", margin(plan), accepted_loss(plan)]))
        lines += [escaped(told), ""]
    lines += _beside(frames)
    if notices:
        lines += ["### Noticed", "", *(f"- {escaped(str(notice))}" for notice in notices), ""]
    lines.append(f"Plan: SHA-256 `{plan.digest()}`")
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Return a text as one line of Markdown that shows it as it is.

    No sign in it marks emphasis, code, a link, a table, a heading, a list, HTML, a formula or a
    user who would be notified.
    """
    return AT_START.sub(lambda match: f"{match[2] or ''}\\{match[1] or match[3]}", _within(text))


def _within(text: str) -> str:
    """Return a text as `escaped` does, for a place where no block of Markdown can begin."""
    line = SIGNS.sub(r"\\\g<0>", " ".join(text.split()))
    line = ADDRESS.sub(lambda match: "\\".join(filter(None, match.groups())), line)
    return MENTION.sub("@<!-- -->", line)


def _answers(answers: Sequence[Answer]) -> Iterator[str]:
    for one in answers:
        yield from (f"## {escaped(one.heading)}", "")
        if one.bullets:
            yield from (*(f"- {escaped(text)}" for text in one.bullets), "")
        for text in one.leads:
            yield from (escaped(text), "")


def _beside(frames: VerdictFrames) -> list[str]:
    """Return what decides nothing: the topics that turn, with their texts, and the tiers."""
    lines = []
    if rows := turned.hits_of(frames):
        lines += [f"### Topics that turn: {escaped(rows[0]['hit'])}, or none", ""]
    for row in rows:
        told = " ".join(filter(None, [turned.sentence(row), turned.on_shares(row)]))
        lines += [f"- {escaped(told)}", *_topics(frames, row)]
    for dataset in dict.fromkeys(str(row["dataset"]) for row in turned.tiers_of(frames)):
        of_dataset = turned.tiers_of(frames, dataset)
        table = [[row["system"], number(row["mean"], 4), row["tier"]] for row in of_dataset]
        lines += ["", f"### Tiers on {escaped(dataset)}", ""]
        lines += [_line(cells) for cells in (TIER_HEADS, TIER_ALIGNED)]
        lines += [_line([_within(cell) for cell in cells]) for cells in table]
        lines += ["", escaped(turned.basis_of_tiers(of_dataset[0]))]
    return [*lines, ""] if lines else []


def _topics(frames: VerdictFrames, row: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each topic of a contrast that turns, the first N_TURNED of each side."""
    for side in (LOST, GAINED):
        for topic in turned.turned_of(frames, row, side)[:N_TURNED]:
            text = f"{topic['query_id']} {shortened(topic['text'], turned.LENGTH)}".strip()
            scores = f"{compact(topic['score_baseline'])} → {compact(topic['score'])}"
            yield f"  - {side}: {_within(text)} ({scores})"


def _planned(
    frames: VerdictFrames, *, plan: Analysis
) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Yield each dataset with the rows of its planned contrasts by the primary measure."""
    rows = frames.comparisons[frames.comparisons["measure"] == plan.primary]
    for dataset in dict.fromkeys(rows["dataset"]):
        yield str(dataset), rows[rows["dataset"] == dataset].to_dict("records")


def _table(rows: Sequence[Mapping[str, Any]], *, title: str) -> list[str]:
    """Return the table of a dataset's contrasts, with its title above it."""
    first = rows[0]
    n_topics = f"{first['n_queries']} topics"
    body = [
        [
            str(row["system"]),
            str(row["baseline"]),
            number(row["mean"], 4),
            signed(row["difference"]),
            deciding_limits(row, show=_limits),
            spelled(row),
        ]
        for row in rows
    ]
    return [
        f"**{escaped(title)}**, {n_topics}",
        "",
        *(_line(cells) for cells in (HEADS, ALIGNED)),
        *(_line([_within(cell) for cell in cells]) for cells in body),
    ]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _limits(low: float, high: float) -> str:
    return short_interval(low, high, 4, sign=True)
