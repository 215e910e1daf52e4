"""The section on topics that turn from a hit into a miss between two systems, or back.

Like the section on the queries that move, it was looked at after the verdict and tests nothing.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from maw.reporting import turned
from maw.reporting.frames import VerdictFrames
from maw.reporting.page_data import PageData
from maw.reporting.tables import rows_of
from maw.reporting.wording import compact
from maw.verdicts.flips import GAINED, LOST
from maw.verdicts.moved import shortened

LENGTH = 160  # characters of a topic's text
SIDES = {LOST: "From a hit into a miss", GAINED: "From a miss into a hit"}


def content(page: PageData) -> dict[str, Any] | None:
    """Return the template's data; None where scores do not tell a hit from a miss.

    first: the first contrast, whose sentences are unfolded. counts: a table of all contrasts, where
    there are several. rest: the other contrasts in which a topic turns, or that have a test.
    """
    rows = turned.hits_of(page.frames)
    if not rows:
        return None
    contrasts = page.frames.comparisons
    several_seeds = bool(contrasts[["n_seeds", "n_seeds_baseline"]].max(axis=None) > 1)
    shown = [_contrast(page.frames, row) for row in rows]
    return {
        "definition": turned.definition(rows, several_seeds=several_seeds),
        "first": shown[0],
        "rest": [one for one in shown[1:] if one["sides"] or one["test"]],
        "counts": rows_of(_counts(rows)) if len(rows) > 1 else None,
    }


def _contrast(frames: VerdictFrames, row: Mapping[str, Any]) -> dict[str, Any]:
    sides = {side: turned.turned_of(frames, row, side) for side in SIDES}
    return {
        "name": f"{row['system']} − {row['baseline']} on {row['dataset']}",
        "sentence": turned.sentence(row),
        "test": turned.on_shares(row),
        "sides": [
            {
                "heading": SIDES[side],
                "topics": [
                    {
                        "query_id": topic["query_id"],
                        "text": shortened(topic["text"], LENGTH),
                        "scores": f"{compact(topic['score_baseline'])} → {compact(topic['score'])}",
                    }
                    for topic in topics
                ],
            }
            for side, topics in sides.items()
            if topics
        ],
    }


def _counts(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return a table of the hits of all contrasts. rows: of the frame `hits`."""
    frame = pd.DataFrame(rows)
    return pd.DataFrame(
        {
            "Dataset": frame["dataset"],
            "System": frame["system"],
            "Baseline": frame["baseline"],
            "Hits": frame["n_hits"],
            "Hits of the baseline": frame["n_hits_baseline"],
            "Lost": frame["n_lost"],
            "Gained": frame["n_gained"],
        }
    )
