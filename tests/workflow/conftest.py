"""One smoke run per session, in a folder of its own; a test that disturbs it takes a copy."""

import shutil
from pathlib import Path

import pytest
from checkout import ROOT, Checkout


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker for all that share the smoke run; others take the rest of the tests."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("smoke"))


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
