"""Do the encoders read whole texts? The check of what their limits of tokens cut off."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from maw.reporting.checks import Check

MOST_CUT = 0.5  # share of cut texts from which on the verdicts are about beginnings of texts
SIDES = {"document": "documents", "query": "queries"}
NAME = "length of the texts"
_WHAT = ("cut", "tokens_lost")


def truncation_checks(runs: pd.DataFrame, *, systems: Mapping[str, Any]) -> Iterator[Check]:
    """Yield whether encoders read whole documents and queries: a check for each dataset.

    Datasets of which most texts are cut have one check together. runs: a row for each run, with the
    columns of `maw.models.encoders.truncation` where it was counted. systems: name -> its entry in
    the configuration.
    """
    if "document_cut" not in runs:
        return
    counted = runs[runs["document_cut"].notna()]
    whole = [name for name, entry in systems.items() if entry.get("kind") == "bm25"]
    beginnings = []
    for dataset, of_dataset in counted.groupby("dataset", sort=False):
        worst = of_dataset[[f"{side}_{what}" for side in SIDES for what in _WHAT]].max()
        cut = {side: float(worst[f"{side}_cut"]) for side in SIDES}
        if max(cut.values()) <= MOST_CUT:
            shares = " and ".join(f"{_percent(1 - cut[side])} of {SIDES[side]}" for side in SIDES)
            yield Check(NAME, "passed", f"On {dataset}, the encoders read {shares} whole.")
            continue
        parts = [
            f"{_percent(cut[side])} of {SIDES[side]} and "
            f"{_percent(float(worst[f'{side}_tokens_lost']))} of their tokens"
            for side in SIDES
            if cut[side] > MOST_CUT
        ]
        beginnings.append(f"On {dataset}, encoders cut {'; '.join(parts)}.")
    if beginnings:
        yield Check(NAME, "failed", " ".join(beginnings), _pushes(whole))


def _pushes(whole: list[str]) -> str:
    """Return where cut texts push the verdicts. whole: the systems that read whole texts."""
    if not whole:
        return "Claims are about beginnings of texts alone."
    return f"If anything, they look worse beside {', '.join(whole)}, not beside each other."


def _percent(share: float) -> str:
    """Return a share as `99.6 %`; never 0 or 100 % for a share that is neither."""
    digits = 1 if 0 < share < 1 else 0
    text = f"{100 * share:.{digits}f}"
    if digits and text in ("0.0", "100.0"):
        text = "under 0.1" if share < MOST_CUT else "over 99.9"
    return f"{text} %"
