"""The hash of a model's folder, for the specifications of the jobs that read the folder.

A folder in which one weight, prompt or pooling was changed is another model, and the jobs that read
it run again.
"""

from pathlib import Path

from maw.errors import InputError
from maw.jobs.provenance import digest
from maw.jobs.user_files import sha256_of

READ = {".jinja", ".json", ".model", ".py", ".safetensors", ".txt"}  # endings of files that count


def content_of(folder: Path) -> str:
    """Return the hash of the files of a model's folder, by name and content: 16 hex digits.

    Files of other kinds, such as README.md, and those below a folder whose name begins with a dot
    do not count. In one process, a file is read once as long as it does not change. InputError
    where the folder is missing, or a file cannot be read.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give the folder of a model")
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.suffix in READ)
    files = sorted(name for name in names if not any(part[0] == "." for part in name.parts))
    return digest({str(name): sha256_of(folder / name) for name in files})
