"""Do the encoders read whole texts? The check of what their limits of tokens cut off."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from maw.reporting.checks import Check
from maw.reporting.words import listed

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
    beginnings: dict[str, dict[str, tuple[float, float]]] = {}
    for dataset, of_dataset in counted.groupby("dataset", sort=False):
        worst = of_dataset[[f"{side}_{what}" for side in SIDES for what in _WHAT]].max()
        cut = {side: float(worst[f"{side}_cut"]) for side in SIDES}
        if max(cut.values()) <= MOST_CUT:
            shares = " and ".join(f"{_percent(1 - cut[side])} of {SIDES[side]}" for side in SIDES)
            yield Check(NAME, "passed", f"On {dataset}, the encoders read {shares} whole.")
            continue
        beginnings[str(dataset)] = {
            SIDES[side]: (cut[side], float(worst[f"{side}_tokens_lost"]))
            for side in SIDES
            if cut[side] > MOST_CUT
        }
    if beginnings:
        yield Check(NAME, "failed", _sentence(beginnings), _pushes(whole))


def _sentence(beginnings: Mapping[str, Mapping[str, tuple[float, float]]]) -> str:
    """Return what is cut of each dataset's texts, and how much of their tokens that is.

    beginnings: dataset -> documents or queries -> the shares of cut texts and of lost tokens.
    """
    if len(beginnings) == 1:
        ((dataset, sides),) = beginnings.items()
        parts = [
            f"{_percent(cut)} of {texts} and {_percent(lost)} of their tokens"
            for texts, (cut, lost) in sides.items()
        ]
        return f"On {dataset}, encoders cut {'; '.join(parts)}."
    places = [
        f"{listed([f'{_percent(cut)} of {texts}' for texts, (cut, _) in sides.items()])} on {name}"
        for name, sides in beginnings.items()
    ]
    most = max(lost for sides in beginnings.values() for _, lost in sides.values())
    return f"Encoders cut {', '.join(places)}: up to {_percent(most)} of the tokens."


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
