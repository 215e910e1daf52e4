"""What a training drew: a digest of each step's queries, positives and negatives, by their ids.

Systems that are trained with one seed draw the same batches, and then have the same digests. The
digests are rolling: that of a step holds those of all steps before it, so that two trainings whose
digests are equal at a step drew the same texts up to that step.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from itertools import takewhile

DIGITS = 12  # of a digest: two of a million that differ are alike with a chance of 2e-3
FIRST = ""  # what stands for the digest before the first step

Drawn = Sequence[tuple[str, ...]]


def rolled(previous: str, drawn: Drawn) -> str:
    """Return the digest of a step: `DIGITS` hexadecimal digits, the same on every machine.

    previous: the digest of the step before, `FIRST` for the first step. drawn: for each query of
    the batch, in the batch's order, the ids of the query, of its positive and of its negatives.
    """
    content = json.dumps([previous, drawn], separators=(",", ":"))
    return sha256(content.encode()).hexdigest()[:DIGITS]


def shared_steps(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many first steps of two trainings drew the same texts, from their digests."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in alike)
