"""Sections check their own values, and a split is written as it was before it had kinds."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from maw.errors import InputError
from maw.settings import sections
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
        sections.Split(salt="s"),
        sections.Official(dev=0.2),
        sections.KFold(folds=3),
        sections.Fold(collection="a", fold=1, folds=3),
        sections.Transfer(source="a"),
    ],
    ids=lambda split: type(split).__name__,
)
def test_a_split_comes_back_from_a_specification(split: sections.AnySplit) -> None:
    assert sections.as_split(split.model_dump(mode="json")) == split


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"training": {"precision": "float16"}}, r"training\.precision: .*'bfloat16'"),
        (
            {"cells": {"seeds": [42, 42], "systems": ["maw_grpo"], "baseline": "non_maw"}},
            "cells: 42 is named twice",
        ),
        (
            {"cells": {"seeds": [], "systems": ["maw_grpo"], "baseline": "non_maw"}},
            r"cells\.seeds: .* at least 1 item",
        ),
        (
            {"cells": {"seeds": [42], "systems": ["non_maw"], "baseline": "non_maw"}},
            "cells: 'non_maw' is named twice",
        ),
        (
            {"sweeps": {"s": {"system": "maw_grpo", "option": "a.b", "values": [1, 0.5]}}},
            r"sweeps\.s: .*values do not rise; give each once",
        ),
    ],
)
def test_a_value_that_a_section_cannot_have_is_one_line(
    suite_with: Callable[..., Suite], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        suite_with(**change)
    assert "\n" not in str(raised.value)


def test_a_section_never_changes() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        sections.Training().steps = 3  # type: ignore[misc]
