"""The sentences of a page on runs that were made elsewhere, in a way that is not known here."""

from collections.abc import Iterator

import pandas as pd

from maw.reporting.checks import Check
from maw.reporting.words import listed

NAME = "runs made elsewhere"
MADE = "made"  # the column of the table of runs that only such runs fill


def elsewhere_checks(runs: pd.DataFrame) -> Iterator[Check]:
    """Yield what is not known of runs that were made elsewhere, and what is odd about their files.

    runs: a row for each run of a suite; `made`, `n_missing` and `oddities` are filled where the run
    was made elsewhere, and may not be there. Nothing is yielded for a suite without such runs.
    """
    if MADE not in runs:
        return
    given = runs[runs[MADE].notna()]
    if given.empty:
        return
    systems = listed(list(dict.fromkeys(given["system"].astype(str))))
    yield Check(
        NAME,
        "unknown",
        f"The runs of {systems} were made elsewhere: whether the test queries were seen in their "
        "training or in the choice of their settings is not known.",
    )
    several = given["dataset"].nunique() > 1
    for row in given[given["oddities"].ne("")].to_dict("records"):
        place = f" on {row['dataset']}" if several else ""
        sentence = f"{row['system']} seed {row['seed']}{place}: {row['oddities']}."
        if row["n_missing"] > 0:
            pushes = f"If anything, {row['system']} looks worse than it is."
            yield Check(NAME, "failed", sentence, pushes)
        else:
            yield Check(NAME, "unknown", sentence)
