"""Scores per topic of one system, in a file that names no system: the file's name is the system's.

Counts that trec_eval prints beside its measures (`num_ret`) are no scores, and are left out.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from maw.errors import InputError
from maw.runs.content import Content
from maw.runs.frames import Locate, clean_scores, refuse_empty
from maw.runs.measure_names import measure_name
from maw.runs.notices import Notice, counted, examples

# beginnings of the names of trec_eval and ir_measures that are no measures of quality
COUNTS = ("num_", "NumQ", "NumRel", "NumRet", "relstring")
COMPRESSED = ".gz"
DIGITS = 4  # after the decimal point, in the output of trec_eval


def content_of_system(
    frame: pd.DataFrame, *, path: Path, endings: Sequence[str], locate: Locate
) -> Content:
    """Return the scores of the system that a file is named after.

    A notice names the counts that are left out. frame: columns query_id, measure, value. endings:
    of the format's file names, which are no part of the system's name. locate: row of the frame ->
    its name in messages. InputError where nothing but counts is there, for one measure under two
    names, and as in `clean_scores`.
    """
    origin = str(path)
    is_count = frame["measure"].astype(str).str.startswith(COUNTS)
    rows = frame.index[~is_count].tolist()
    scores = frame[~is_count].reset_index(drop=True)
    refuse_empty(scores, origin=origin)
    refuse_two_spellings(scores["measure"].unique().tolist(), origin=origin)
    system = path.name.removesuffix(COMPRESSED)
    system = next((system.removesuffix(e) for e in endings if system.endswith(e)), system)
    checked = clean_scores(scores.assign(system=system), locate=lambda row: locate(rows[row]))
    names = frame.loc[is_count, "measure"].unique().tolist()
    if not names:
        return Content("scores", checked, named_by_file=True)
    text = f"left out {counted(len(names), 'count')}, which measure no quality ({examples(names)})"
    notice = Notice("counts", origin, len(names), text)
    return Content("scores", checked, notices=(notice,), named_by_file=True)


def refuse_two_spellings(measures: list[str], *, origin: str) -> None:
    """Raise an InputError where two of the measures are the same one, such as `map` and `AP`."""
    first: dict[str, str] = {}
    for spelling in measures:
        other = first.setdefault(measure_name(spelling), spelling)
        if other != spelling:
            raise InputError(
                f"{origin}: has the measure {measure_name(spelling)} twice, as {other!r} and "
                f"{spelling!r}; keep one"
            )


def rounded_notices(values: list[str], *, origin: str) -> tuple[Notice, ...]:
    """Return a notice where no value has more digits than trec_eval prints.

    values: the numbers as a program printed them; none where it did not round.
    """
    n_digits = [len(value.partition(".")[2]) for value in values]
    in_full = any("e" in value.lower() for value in values)  # 1e-05
    if not values or in_full or max(n_digits) > DIGITS:
        return ()
    text = (
        f"values have at most {DIGITS} digits after the point: smaller differences are lost, and "
        "equal scores may only be equal as printed"
    )
    return (Notice("rounded-scores", origin, len(values), text),)
