"""The queries of each training batch.

They are the same for all bi-encoders that are trained with a seed, and for all cross-encoders.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor

Query = TypeVar("Query")
SEED_OFFSET = 1_000_003  # so that batches and the model's new weights have different random numbers


def batch_generator(seed: int) -> torch.Generator:
    """Return the random generator from which all batches of a seed are drawn, in their order."""
    return torch.Generator().manual_seed(seed + SEED_OFFSET)


def query_batches(
    queries: Sequence[Query], batch_size: int, generator: torch.Generator
) -> Iterator[list[Query]]:
    """Yield batches of queries without end, in a fresh random order each epoch.

    A batch holds batch_size queries, or all of them where there are fewer. The remainder of an
    epoch that does not fill a batch is left out.
    """
    size = min(batch_size, len(queries))
    while True:
        order = torch.randperm(len(queries), generator=generator).tolist()
        for start in range(0, len(queries) - size + 1, size):
            yield [queries[position] for position in order[start : start + size]]


def modes_of(queries: Sequence[Query], modes: Mapping[Query, int] | None) -> Tensor | None:
    """Return the modes [Q] of these queries, int64, or None where the collection has no modes."""
    return None if modes is None else torch.tensor([modes[query] for query in queries])
