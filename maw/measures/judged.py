"""How much of what was shown has anybody judged? Judged@10, described and never tested.

An unjudged document counts as not relevant. Where the first ten are mostly unjudged (the twins of
pydocs), a difference between systems may be one between what happened to be judged.
"""

from collections.abc import Sequence

JUDGED = "Judged@10"


def with_judged(measures: Sequence[str]) -> list[str]:
    """The plan's measures and, last, the one that is only described."""
    return [*(name for name in measures if name != JUDGED), JUDGED]
