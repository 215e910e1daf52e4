"""Looks at all runs of a suite that were made elsewhere, before anything is computed."""

from collections.abc import Iterator

from maw.errors import InputError
from maw.jobs import given_runs
from maw.runs.received import read_run
from maw.settings.suite import Suite


def look_at(suite: Suite) -> Iterator[str]:
    """Read every run that was made elsewhere; yield a line on each folder with further files.

    InputError for a run that is missing or cannot be read as rankings. Whether it fits the
    collection is known only to the stage `receive`, when the collection is there.
    """
    for system, path in given_runs.require(suite):
        try:
            read_run(path, getattr(suite.systems[system], "format", None))
        except InputError as error:
            raise InputError(f"systems.{system}: {error}") from None
    yield from given_runs.left_out(suite)
