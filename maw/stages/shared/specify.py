"""Specification files of the stages that run once for a whole suite.

A file is rewritten only when its job's specification or code changes. Snakemake then runs the job
again, because an input file is newer than the outputs. It also remembers parameters, but in
`.snakemake/`, a folder that people delete.
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
