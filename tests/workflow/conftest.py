"""One run of the smoke suite for all tests; a test that changes files takes a copy of it."""

import os
from pathlib import Path

import pytest
from filelock import FileLock

from tests.workflow.checkout import Checkout, fresh


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return the smoke checkout: the first worker makes it, the others wait for it and share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    checkout, done = Checkout(shared / "smoke" / "checkout"), shared / "smoke.done"
    with FileLock(shared / "smoke.lock"):
        if not done.exists():
            fresh(checkout.folder).snakemake()
            done.touch()
    return checkout


@pytest.fixture
def disturbed(smoke: Checkout, tmp_path: Path) -> Checkout:
    return smoke.copy(tmp_path / "checkout")
