"""Specification files of the stages that run once for a whole suite.

A file is rewritten only when its job's specification or code changes. Snakemake then runs the job
again, because an input file is newer than the outputs. It also remembers parameters, but in
`.snakemake/`, a folder that people delete.
"""

from pathlib import Path
from typing import Any

from maw.jobs.files import json_bytes
from maw.jobs.pending import PendingFile


def specify(path: Path, *, spec: dict[str, Any], code: str) -> None:
    """Write `{"spec": spec, "code": code}` as JSON, unless the file has just these bytes already.

    code: the hash of the code that the job runs.
    """
    content = json_bytes({"spec": spec, "code": code})
    if not path.exists() or path.read_bytes() != content:
        PendingFile(path).write(content)
