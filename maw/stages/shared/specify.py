"""Specification files of the suite-wide stages: newer when a job's specification or code changes.

Snakemake remembers parameters in `.snakemake/`, a folder that people delete; it always notices an
input file that is newer than an output.
"""

from pathlib import Path
from typing import Any

from maw.jobs import files


def specify(path: Path, *, spec: dict[str, Any], code: str) -> None:
    """Write `{"spec": spec, "code": code}` as JSON, unless the file has this content already.

    code: the hash of the code that the job runs.
    """
    content = (files.canonical({"spec": spec, "code": code}) + "\n").encode()
    if not path.exists() or path.read_bytes() != content:
        files.PendingFile(path).write(content)
