"""Judged@10, the share of the first ten documents that are judged: reported, never tested.

An unjudged document counts as not relevant. Where the first ten are mostly unjudged (the twins of
pydocs), a difference between systems may only show which documents happened to be judged.
"""

from collections.abc import Sequence

JUDGED = "Judged@10"


def with_judged(measures: Sequence[str]) -> list[str]:
    """Return the plan's measures and, last, Judged@10."""
    return [*(name for name in measures if name != JUDGED), JUDGED]
