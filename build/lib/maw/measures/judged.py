"""Judged@10, the share of the first ten documents that are judged: reported, never tested.

An unjudged document counts as not relevant. Where most of the first ten documents are unjudged, a
difference between systems may only show which documents happened to be judged. The collection
`pydocs` (docstrings of Python functions and classes), for example, has many unjudged documents that
describe functions or classes of the same name.
"""

from collections.abc import Sequence

JUDGED = "Judged@10"


def with_judged(measures: Sequence[str]) -> list[str]:
    """Return the names `measures`, with Judged@10 as the last one."""
    return [*(name for name in measures if name != JUDGED), JUDGED]
