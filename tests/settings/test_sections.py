"""Sections check their own values."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from maw.errors import InputError
from maw.settings import sections
from maw.settings.suite import Suite


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
