"""The notes in the rows of `maw.verdicts.decide`: what limits or explains a row's verdict."""

import numpy as np
import pandas as pd

from maw.settings.plan import BETTER, Analysis
from maw.significance import Reason, Word

RECIPROCAL_RANK = ("RR", "MRR")
WIDE_NOTE = "its limits lie further apart than the measure's lowest and highest value"
RECIPROCAL_RANK_NOTE = "judged by reciprocal rank alone: see wins and losses, too"


def with_notes(rows: pd.DataFrame, *, plan: Analysis) -> pd.DataFrame:
    """Return the rows with notes added that limit or explain their verdicts.

    rows: columns dataset, system, baseline, measure, role, word, estimand, difference, p_t, bar_*,
    fcr_*, measure_range, cautions and note; the first claim that needs a row's contrast is the one
    that its word is about.
    """
    rows = _with_wide_limits(rows)
    is_claim = rows["role"] == "confirmatory"
    undecided = is_claim & (rows["word"] == Word.INCONCLUSIVE) & (rows["estimand"] == "E2")
    for word, sign in (("better", 1), ("worse", -1)):
        rows = _add_note(
            rows,
            where=undecided & (rows["p_t"] < plan.alpha) & (np.sign(rows["difference"]) == sign),
            note=f"these trained models are {word} (E1, unadjusted); not shown for the procedure",
        )
    if plan.primary.startswith(RECIPROCAL_RANK):
        is_primary = rows["measure"] == plan.primary
        rows = _add_note(rows, where=is_primary, note=RECIPROCAL_RANK_NOTE)
    if rows["dataset"].nunique() == 1:
        rows = _add_note(rows, where=is_claim, note="one dataset: nothing is shown about others")
    for contrast in plan.contrasts:
        of_pair = (rows["system"] == contrast.system) & (rows["baseline"] == contrast.baseline)
        if contrast.margin is not None:
            note = f"not worse than {contrast.baseline} means: by less than {contrast.margin:g}"
            rows = _add_note(rows, where=of_pair & (rows["role"] == contrast.role), note=note)
        elif contrast.carried and contrast.carried[0] != BETTER:
            note = f"the verdict is on the claim “{contrast.carried[0]}”"
            rows = _add_note(rows, where=of_pair & is_claim, note=note)
    return rows


def _with_wide_limits(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with a note and a caution where limits are wider than the measure's range.

    Where the 95 % interval already is, its own caution says so.
    """
    wide = pd.Series(False, index=rows.index)
    for limits in ("bar", "fcr"):
        width = rows[f"{limits}_high"] - rows[f"{limits}_low"]
        wide |= np.isfinite(width.astype(float)) & (width > rows["measure_range"])
    reason = Reason.WIDE.value
    wide &= ~rows["cautions"].str.contains(reason, regex=False)
    longer = rows["cautions"] + np.where(rows["cautions"] == "", "", ";") + reason
    rows = rows.assign(cautions=rows["cautions"].mask(wide, longer))
    return _add_note(rows, where=wide, note=WIDE_NOTE)


def _add_note(rows: pd.DataFrame, *, where: pd.Series, note: str) -> pd.DataFrame:
    longer = rows["note"] + np.where(rows["note"] == "", "", "; ") + note
    return rows.assign(note=rows["note"].mask(where, longer))
