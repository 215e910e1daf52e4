"""Texts are counted as the encoder cuts them: alone with special tokens and prompt, or in pairs."""

from pathlib import Path

import pytest

from maw.models.encoders import truncation
from maw.models.encoders.frozen import Frozen
from maw.models.encoders.pairs import room_of, tokenise_pairs
from maw.models.encoders.truncation import of_lengths, of_texts
from maw.settings.sections import Backbone

TEXTS = ["one two three four five six seven eight nine", "one", "one two three four five six", ""]


def backbone(folder: Path, **change: object) -> Backbone:
    limits = {"max_document_tokens": 8, "max_query_tokens": 6, **change}
    return Backbone.model_validate({"name": str(folder), **limits})


def test_what_is_beyond_the_limit_is_cut() -> None:
    counted = of_lengths([3, 8, 9, 20], limit=8)
    assert (counted.n_texts, counted.n_cut, counted.n_tokens, counted.n_lost) == (4, 2, 40, 13)
    assert counted.columns("query") == {"query_cut": 0.5, "query_tokens_lost": 13 / 40}
    assert counted.told("queries") == "50.0 % of queries cut (32.5 % of all their tokens)"
    assert of_lengths([], limit=8).columns("document") == {
        "document_cut": 0.0,
        "document_tokens_lost": 0.0,
    }


@pytest.mark.parametrize("prompt", [None, "zero zero"])
def test_texts_alone_count_as_they_are_cut(prompt: str | None, tiny_folder: Path) -> None:
    settings = backbone(tiny_folder, document_prompt=prompt)
    frozen = Frozen.opened(settings)
    whole, cut = (frozen.tokens(TEXTS, side="document", cut=one) for one in (False, True))
    counted = of_texts(TEXTS, side="document", backbone=settings)
    assert counted.n_cut == sum(len(a) > len(b) for a, b in zip(whole, cut, strict=True)) > 0
    assert counted.n_lost == sum(map(len, whole)) - sum(map(len, cut))


@pytest.mark.parametrize("side", ["query", "document"])
def test_texts_in_pairs_count_without_special_tokens(side: str, tiny_folder: Path) -> None:
    settings = backbone(tiny_folder)
    counted = of_texts(TEXTS, side=side, backbone=settings, in_pairs=True)
    room = room_of(settings, side)
    assert counted.n_lost == sum(max(0, len(text.split()) - room) for text in TEXTS) > 0
    other = ["one"] * len(TEXTS)
    sides = (TEXTS, other) if side == "query" else (other, TEXTS)
    ids, _ = tokenise_pairs(*sides, folder=tiny_folder, backbone=settings)
    n_read = sum(map(len, ids)) - 4 * len(TEXTS)  # the other text, [CLS] and two [SEP]
    assert counted.n_tokens - counted.n_lost == n_read


def test_of_many_texts_some_are_counted(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truncation, "MOST", 2)
    monkeypatch.setattr(truncation, "BLOCK", 1)
    counted = of_texts(TEXTS, side="document", backbone=backbone(tiny_folder))
    assert (counted.n_texts, counted.n_cut) == (2, 1)  # the first and the third
