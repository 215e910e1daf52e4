"""Texts of different lengths in one tensor come back whole, padded with nothing that counts."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from maw.models.encoders import ragged
from maw.models.encoders.ragged import Ragged, restore

Make = Callable[..., Any]


def test_padding_is_zero_and_masked(random_texts: Make) -> None:
    texts = random_texts([3, 1, 5, 2])
    x, mask = texts.padded(torch.tensor([3, 0, 1]))  # the last text is not asked for
    assert mask.tolist() == [[True, True, False], [True] * 3, [True, False, False]]
    assert torch.equal(x[mask], torch.cat([texts.hidden[9:11], texts.hidden[0:4]]))
    assert not x[~mask].any()


def test_the_last_text_may_be_the_shortest(random_texts: Make) -> None:
    # its padding would lie beyond the end of the tensor
    texts = random_texts([5, 1])
    x, mask = texts.padded(torch.tensor([0, 1]))
    assert torch.equal(x[1, 0], texts.hidden[5])
    assert not x[1, 1:].any()
    assert mask.sum(1).tolist() == [5, 1]


def test_it_has_as_many_texts_as_lengths(random_texts: Make) -> None:
    assert len(random_texts([3, 1, 5])) == 3


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_chunks_hold_every_text_asked_for_once_and_restore_their_order(data: st.DataObject) -> None:
    lengths = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=9))
    hidden = torch.arange(sum(lengths), dtype=torch.float64)[:, None]
    texts = Ragged(hidden, torch.tensor([0, *lengths]).cumsum(0))
    rows = torch.tensor(data.draw(st.lists(st.integers(0, len(lengths) - 1), min_size=1)))
    size = data.draw(st.integers(1, 5))
    few_tokens = data.draw(st.integers(0, 20))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ragged, "FEW_TOKENS", few_tokens)
        chunks = list(texts.chunks(rows, size))
    assert all(len(chunk.x) <= size or chunk.mask.numel() <= few_tokens for chunk in chunks)
    for chunk, after in pairwise(chunks):  # none could have held one text more
        n_tokens = (len(chunk.x) + 1) * int(after.mask.sum(1).min())
        assert len(chunk.x) >= size
        assert n_tokens > few_tokens
    longest = [chunk.mask.shape[1] for chunk in chunks]
    assert longest == sorted(longest)  # similar lengths lie together
    # first and last token of each text, and its length, say which it is
    seen = [
        torch.stack([chunk.x[:, 0, 0], chunk.x.amax((1, 2)), chunk.mask.sum(1).double()], -1)
        for chunk in chunks
    ]
    first, last = texts.offsets[rows], texts.offsets[rows + 1] - 1
    expected = torch.stack([first, last, last - first + 1], -1).double()
    assert torch.equal(restore(seen, chunks), expected)
