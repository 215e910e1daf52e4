"""A wrong split is one line, and a split is written as it was before it had kinds."""

from collections.abc import Callable
from typing import Any

import pytest

from maw.errors import InputError
from maw.settings import split_kinds
from maw.settings.suite import Suite

TINY = {"loader": {"kind": "pydocs", "documents": 120}}


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ({"kind": "kfolds"}, "split: unknown kind 'kfolds'; did you mean 'kfold'?"),
        ({"kind": "kfold", "fold": 3}, "split/kfold.fold: unknown key; did you mean 'folds'?"),
        ({"trian": 0.6}, "unknown key; did you mean 'train'?"),
        ({"train": 0.9}, "train + dev + test is 1.3; give shares that sum to 1"),
        ({"kind": "nothing"}, "known: holdout, kfold, official, transfer"),
    ],
)
def test_a_wrong_split_is_one_line(
    suite_with: Callable[..., Suite], split: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError) as raised:
        suite_with(datasets={"a": {**TINY, "split": split}})
    assert message in str(raised.value)
    assert str(raised.value).startswith("x.yaml")


@pytest.mark.parametrize(
    "split",
    [
        split_kinds.Split(salt="s"),
        split_kinds.Official(dev=0.2),
        split_kinds.KFold(folds=3),
        split_kinds.Fold(collection="a", fold=1, folds=3),
        split_kinds.Transfer(source="a"),
    ],
    ids=lambda split: type(split).__name__,
)
def test_a_split_comes_back_from_a_specification(split: split_kinds.AnySplit) -> None:
    assert split_kinds.as_split(split.model_dump(mode="json")) == split
