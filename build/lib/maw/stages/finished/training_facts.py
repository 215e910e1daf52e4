"""Reads the facts of a training that differ when it is repeated: seconds, memory and versions."""

from pathlib import Path
from typing import Any

from maw.jobs.files import read_json


def with_training_facts(record: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a run's record with the entries of training/cost.json, and `versions`.

    record: the content of the run's run.json; that of an untrained run is returned as it is.
    folder: the run's folder. InputError where a file is missing or damaged.
    """
    if not record["trained"]:
        return record
    cost, versions = (read_json(folder / name) for name in ("training/cost.json", "versions.json"))
    del cost["stamp"], versions["stamp"]
    return {**cost, **record, "versions": versions}
