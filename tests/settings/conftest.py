"""The smoke suite's configuration, which tests change key by key."""

from collections.abc import Callable
from typing import Any

import pytest

from maw.settings.suite import Suite
from tests.smoke_suite import smoke_content, smoke_suite


@pytest.fixture
def content() -> dict[str, Any]:
    """The parsed YAML of the smoke suite."""
    return smoke_content()


@pytest.fixture
def suite_with() -> Callable[..., Suite]:
    """A function that returns the smoke suite with other values of the given keys."""
    return smoke_suite
