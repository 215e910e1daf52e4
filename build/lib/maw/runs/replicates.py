"""What several runs of one system are: training seeds, or decoding repeats of one trained system.

Another training seed is another model, so that a test over seeds asks about the training (E2). A
decoding repeat is the same model that answers once more. Its scores are averaged on each topic
before anything else, so that the test asks about the system as it is (E1): repeats taken for seeds
would claim to know how training varies.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from maw.errors import InputError
from maw.runs.content import SCORE_KEY, SCORES
from maw.runs.evidence import Evidence
from maw.runs.notices import Notice, counted, examples

Replicates = Literal["seeds", "repeats"]
KINDS: tuple[Replicates, ...] = get_args(Replicates)
AVERAGED = "repeats-averaged"  # code of the notice
Table = tuple[str, pd.DataFrame]  # the file or argument that messages name, and its scores


def replicates_of(name: str | None) -> Replicates | None:
    """Return the kind that the argument `replicates` names; InputError for another name."""
    for kind in KINDS:
        if name == kind:
            return kind
    if name is None:
        return None
    raise InputError(
        f"replicates: {name!r} is unknown; give `seeds` where each run of a system was trained "
        "anew, or `repeats` where one trained system answered several times"
    )


def numbered(tables: Sequence[Table], *, replicates: Replicates | None) -> list[Table]:
    """Return the tables with seeds 0, 1, 2 for a system of which several tables have the scores.

    tables: each with the columns SCORES; they are numbered in their order. A system whose scores no
    two tables have keeps its seeds, and so does one whose tables have seeds of their own.
    InputError where nobody said what the runs of a system are to each other.
    """
    joined = pd.concat([frame for _, frame in tables], ignore_index=True)
    place = np.repeat(range(len(tables)), [len(frame) for _, frame in tables])
    several = joined["system"][joined.duplicated(list(SCORE_KEY))].unique()
    has_seeds = joined.groupby("system")["seed"].any()
    changed = [frame for _, frame in tables]
    for system in several[~has_seeds[several].to_numpy(dtype=bool)]:
        places = np.unique(place[joined["system"] == system])
        if replicates is None:
            first, second = (tables[at][0] for at in places[:2])
            raise InputError(
                f"{second}: the scores of {system!r} are in {first} as well; keep one of the "
                "files, or say with --replicates seeds or --replicates repeats what several runs "
                "of one system are"
            )
        for number, at in enumerate(places):
            seed = changed[at]["seed"].mask(changed[at]["system"] == system, number)
            changed[at] = changed[at].assign(seed=seed)
    return [(origin, frame) for (origin, _), frame in zip(tables, changed, strict=True)]


def averaged(evidence: Evidence) -> Evidence:
    """Return the evidence with one score for each system, topic and measure: the mean of repeats.

    The column `seed` numbers the repeats, and is 0 in the result. A notice names the systems that
    have several repeats; without any, the evidence is returned as it is.
    """
    n_repeats = evidence.scores.groupby("system")["seed"].nunique()
    several = n_repeats[n_repeats > 1]
    if several.empty:
        return evidence
    keys = [name for name in SCORES if name not in ("seed", "value")]
    means = evidence.scores.groupby(keys, sort=True, as_index=False)["value"].mean()
    least, most = int(several.min()), int(several.max())
    text = (
        f"{f'{least} to {most}' if least < most else least} decoding repeats of "
        f"{counted(len(several), 'system')} ({examples(list(several.index))}), averaged on each "
        "topic before every test: the verdict is about these systems as they are, and says nothing "
        "about training them again"
    )
    notice = Notice(AVERAGED, "runs", len(several), text)
    scores = means.assign(seed=0)[list(SCORES)]
    return replace(evidence, scores=scores, notices=(notice, *evidence.notices))
