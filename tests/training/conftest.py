"""The tiny collection on which training is tested."""

from collections.abc import Callable

import pytest

from maw.models.encoders.ragged import Ragged
from maw.training.texts import TextData
from tests.training.small_training import small_data


@pytest.fixture(scope="session")
def data(random_texts: Callable[..., Ragged]) -> TextData:
    """Ten queries to train on, three to develop on, twenty documents (`small_training`)."""
    return small_data(random_texts)
