"""One smoke run per session, in a folder of its own; a test that disturbs it takes a copy."""

import shutil
from pathlib import Path

import pytest
from checkout import ROOT, Checkout


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    folder = tmp_path_factory.mktemp("smoke") / "checkout"
    for name in ("maw", "workflow", "profiles"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Snakefile", folder / "Snakefile")
    checkout = Checkout(folder)
    checkout.snakemake()
    return checkout


@pytest.fixture
def disturbed(smoke: Checkout, tmp_path: Path) -> Checkout:
    return smoke.copy(tmp_path / "checkout")
