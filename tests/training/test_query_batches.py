"""Each epoch asks every query once, in an order of its own, and a seed repeats it."""

from itertools import islice

import torch

from maw.training.query_batches import batch_generator, query_batches


def batches(n_queries: int, *, batch_size: int, seed: int = 0, n: int = 4) -> list[list[int]]:
    """The first n batches of queries 0 to n_queries - 1."""
    generator = batch_generator(seed)
    return list(islice(query_batches(range(n_queries), batch_size, generator), n))


def test_an_epoch_asks_each_query_once_in_an_order_of_its_own() -> None:
    first, second, third, fourth = batches(10, batch_size=5)
    assert sorted(first + second) == sorted(third + fourth) == list(range(10))
    assert first + second != third + fourth


def test_the_remainder_of_an_epoch_is_left_out() -> None:
    first, second, third, fourth = batches(7, batch_size=3)
    assert len(set(first + second)) == len(set(third + fourth)) == 6


def test_a_batch_is_never_larger_than_the_queries_there_are() -> None:
    assert [sorted(batch) for batch in batches(3, batch_size=64)] == [[0, 1, 2]] * 4


def test_a_seed_repeats_its_batches_and_another_has_others() -> None:
    assert batches(50, batch_size=8) == batches(50, batch_size=8)
    assert batches(50, batch_size=8) != batches(50, batch_size=8, seed=1)


def test_batches_do_not_share_the_random_numbers_of_the_models_weights() -> None:
    weights = torch.rand(4, generator=torch.Generator().manual_seed(42))
    assert not torch.equal(torch.rand(4, generator=batch_generator(42)), weights)
