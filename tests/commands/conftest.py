"""The command line in one process: what a command prints, and its exit code."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result


@pytest.fixture(scope="session")
def maw() -> Callable[..., Result]:
    """Return a function that runs a command: `maw("search", "--run", …)`; exceptions pass."""
    from maw.cli import app

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)

    return call
