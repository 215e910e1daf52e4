"""A comparison on a terminal: the answer, all contrasts, mean scores, and notices on the input.

Each dataset has a heading, which says the verdict on its claims, and below it the numbers that
decide. A table of its contrasts follows; a contrast is a system against a baseline. One table of
mean scores follows where there are several measures.
"""

from collections.abc import Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from maw.reporting import turned
from maw.reporting.answer import Answer, answers, margin
from maw.reporting.comparison_answer import accepted_loss, complete, level
from maw.reporting.console import console, say, table
from maw.reporting.frames import VerdictFrames
from maw.reporting.tables import deciding_limits, spelled
from maw.reporting.wording import bare_p, detectable, estimand, number, short_interval, signed
from maw.runs.notices import Notice
from maw.settings.plan import Analysis

N_SUBJECTS = 3  # files in one line of a notice on them
NOTE_END = "; "  # what stands between two notes on one contrast
COLOURS = {"better": "green", "refuted": "red", "equivalent": "cyan", "no relevant gain": "cyan"}


def show(
    frames: VerdictFrames,
    *,
    plan: Analysis,
    notices: Sequence[Notice],
    target: Console | None = None,
) -> None:
    """Print a comparison to the console `target`, or to standard output if none is given.

    notices: what a reader must know about the input before believing a verdict.
    """
    to = console(target)
    on_claims = answers(frames, plan=plan, queries="topics")
    found = complete(on_claims, frames, plan=plan, notices=notices)
    told = {one.dataset: one for one in found}
    contrasts = _planned(frames.comparisons, primary=plan.primary)
    for dataset, rows in contrasts.groupby("dataset"):
        for line in _answer_lines(told.get(str(dataset))):
            say(to, line)
        say(to, _title(rows, primary=plan.primary, dataset=str(dataset)))
        to.print(_verdicts(rows))
        beside = [*turned.lines(frames, str(dataset)), turned.tier_line(frames, str(dataset))]
        for line in (*_legend(rows), *filter(None, beside)):
            say(to, line)
    if limits := level(frames, plan=plan):
        say(to, " ".join([f"Limits: {limits}.", margin(plan), accepted_loss(plan)]).rstrip())
    if contrasts.empty:
        say(to, "The plan names no contrast; means only.")
    if frames.leaderboard["measure"].nunique() > 1:
        say(to, "\nMeans by all measures (for scale: no verdict rests on them)")
        to.print(_board(frames.leaderboard, primary=plan.primary))
    if notices:
        say(to, "Noticed")
    for line in noticed(notices):
        say(to, f"- {line}")


def noticed(notices: Sequence[Notice]) -> list[str]:
    """Return a line for each notice; notices of several files with the same text share a line."""
    subjects: dict[str, list[str]] = {}
    for notice in notices:
        subjects.setdefault(notice.text, []).append(notice.subject)
    lines = []
    for text, of_text in subjects.items():
        shown = ", ".join(of_text[:N_SUBJECTS])
        more = f" and {len(of_text) - N_SUBJECTS} more" if len(of_text) > N_SUBJECTS else ""
        lines.append(f"{shown}{more}: {text}" if shown else text)
    return lines


def _planned(comparisons: pd.DataFrame, *, primary: str) -> pd.DataFrame:
    """Return the rows of the planned contrasts by the primary measure, sorted by dataset.

    Within a dataset confirmatory contrasts come before reference contrasts, and each of the two
    kinds is sorted by descending difference.
    """
    rows = comparisons[comparisons["measure"] == primary]
    return rows.sort_values(["dataset", "role", "difference"], ascending=[True, True, False])


def _answer_lines(answer: Answer | None) -> list[str]:
    """Return the heading of a dataset's claims, and below it their own headings and leads."""
    if answer is None:
        return []
    return [answer.heading, *(f"- {text}" for text in answer.bullets), *answer.leads, ""]


def _title(rows: pd.DataFrame, *, primary: str, dataset: str) -> str:
    first = rows.iloc[0]
    clusters = "" if rows["n_clusters"].isna().all() else f" in {first['n_clusters']} clusters"
    return f"{primary} on {dataset}: {first['n_queries']} topics{clusters}"


def _verdicts(rows: pd.DataFrame) -> Table:
    """Return the table of one dataset's contrasts, a row for each.

    A baseline that all contrasts share has a row of its own instead of the column `against`.
    """
    shared_baseline = rows["baseline"].nunique() == 1
    heads = ["system", "against", "mean", "difference", "limits", "p"]
    heads += ["detectable", "verdict"]
    lines: list[list[str | Text]] = [
        [
            row["system"],
            row["baseline"],
            number(row["mean"], 4),
            signed(row["difference"]),
            deciding_limits(row, show=_limits),
            bare_p(row["p_bonferroni"]),
            detectable(row["mde"], 4),
            Text(spelled(row), style=COLOURS.get(row["word"].split(",")[0], "")),
        ]
        for row in rows.to_dict("records")
    ]
    if shared_baseline:
        first, position = rows.iloc[0], heads.index("against")
        lines.append([f"{first['baseline']} (baseline)", "", number(first["mean_baseline"], 4)])
        heads.pop(position)
        for line in lines:
            line.pop(position)
    return table(
        heads,
        lines,
        numbers=("mean", "difference", "detectable"),
        unwrapped=("limits", "p"),
    )


def _limits(low: float, high: float) -> str:
    return short_interval(low, high, 4, sign=True)


def _legend(rows: pd.DataFrame) -> list[str]:
    """Return the lines below a dataset's table: what its contrasts are about, and their notes.

    rows: the contrasts of the dataset. A note that they share stands alone, without their names.
    """
    subjects = [
        f"About {estimand({'estimand': kind}, queries='topics')}{_whose(rows, kind)}."
        for kind in sorted(set(rows["estimand"]))
    ]
    lines = [
        "p: adjusted by Bonferroni, which decides as the limits do; Holm and BH are in the tables. "
        "Detectable: the smallest difference found with 80 % power at the contrast's own level.",
        *subjects,
    ]
    notes = rows["note"].map(lambda text: text.split(NOTE_END) if text else [])
    shared = _shared(notes, is_claim=rows["role"] == "confirmatory")
    lines += [f"{note[0].upper()}{note[1:]}." for note in shared]
    own = notes.map(lambda of_row: NOTE_END.join(note for note in of_row if note not in shared))
    noted = rows.assign(note=own)
    noted = noted[noted["note"] != ""]
    names = noted["system"] + " against " + noted["baseline"]
    for note, group in names.groupby(noted["note"], sort=False):
        lines.append(f"{', '.join(group)}: {note}")
    return lines


def _shared(notes: pd.Series, *, is_claim: pd.Series) -> list[str]:
    """Return the notes that all contrasts have, and those that all of several claims have.

    notes: the list of each contrast's notes. is_claim: True where a contrast decides a claim.
    """
    of_claims = notes[is_claim].tolist()
    groups = [notes.tolist(), *([of_claims] if len(of_claims) > 1 else [])]
    distinct = dict.fromkeys(note for of_row in notes for note in of_row)
    return [n for n in distinct if any(all(n in of_row for of_row in group) for group in groups)]


def _whose(rows: pd.DataFrame, kind: str) -> str:
    """Return the systems that a sentence on the subject is about, where others have another."""
    if rows["estimand"].nunique() == 1:
        return ""
    own = rows[rows["estimand"] == kind]
    return f" ({', '.join(own['system'] + ' against ' + own['baseline'])})"


def _board(leaderboard: pd.DataFrame, *, primary: str) -> Table:
    """Return the table of mean scores: a row per dataset and system, a column per measure.

    All rows together are sorted by the primary measure, the best first. With one dataset there is
    no column for it.
    """
    names = ["dataset", "system"] if leaderboard["dataset"].nunique() > 1 else ["system"]
    measures = list(dict.fromkeys(leaderboard["measure"]))
    means = leaderboard.pivot(index=names, columns="measure", values="mean")[measures]
    rows = [
        [*map(str, key if isinstance(key, tuple) else (key,)), *(number(mean, 4) for mean in row)]
        for key, row in means.sort_values(primary, ascending=False).iterrows()
    ]
    return table([*names, *measures], rows, numbers=measures)
