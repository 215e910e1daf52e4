"""What must each suite-wide file be made from? A small file a stage, newer when the answer changes.

Snakemake remembers parameters in `.snakemake/`, which people delete; a newer input it always sees.
"""

from pathlib import Path
from typing import Any

from maw.jobs import files


def specify(path: Path, *, spec: dict[str, Any], code: str) -> None:
    """Write `{spec, code}` unless the file says just that already."""
    content = (files.canonical({"spec": spec, "code": code}) + "\n").encode()
    if not path.exists() or path.read_bytes() != content:
        files.Claim(path).write(content)
