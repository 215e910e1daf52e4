"""One run of the smoke suite for all tests; a test that changes files takes a copy of it."""

from pathlib import Path

import pytest

from tests.workflow.checkout import Checkout
from tests.workflow.smoke_run import SmokeRun


@pytest.fixture(scope="session")
def smoke(smoke_run: SmokeRun) -> Checkout:
    """Return the smoke checkout as soon as its run has ended well."""
    return smoke_run.finished()


@pytest.fixture
def disturbed(smoke: Checkout, tmp_path: Path) -> Checkout:
    return smoke.copy(tmp_path / "checkout")
