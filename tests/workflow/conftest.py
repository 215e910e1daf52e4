"""One smoke run per session, in a folder of its own; a test that disturbs it takes a copy."""

import fcntl
import os
from pathlib import Path

import pytest
from checkout import Checkout, fresh


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Made by the first worker that asks; the others wait for it and share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    checkout, done = Checkout(shared / "smoke" / "checkout"), shared / "smoke.done"
    with open(shared / "smoke.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            fresh(checkout.folder).snakemake()
            done.touch()
    return checkout


@pytest.fixture
def disturbed(smoke: Checkout, tmp_path: Path) -> Checkout:
    return smoke.copy(tmp_path / "checkout")
