"""Judged@10, the share of the first ten documents that are judged: reported, never tested.

An unjudged document counts as not relevant. Where most of the first ten documents are unjudged, a
difference between systems may only show which documents happened to be judged. The collection
`pydocs`, for example, has many unjudged documents of objects with the same name.
"""

from collections.abc import Sequence

JUDGED = "Judged@10"


def with_judged(measures: Sequence[str]) -> list[str]:
    """Return the names of the plan's measures, with Judged@10 as the last one."""
    return [*(name for name in measures if name != JUDGED), JUDGED]
