"""JSON files of the results: indented objects with a stamp and a hash of their content."""

import json
from pathlib import Path
from typing import Any

from maw.jobs.content_hash import JSON_KEY, ZEROS, DamagedFileError, checked, seal

STAMP = "maw"  # the key of the stamp in the metadata of parquet and safetensors files


def canonical(content: Any) -> str:
    """Return the content as JSON with sorted keys and no spaces: equal contents give equal text."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def json_bytes(content: dict[str, Any], stamp: dict[str, Any] | None = None) -> bytes:
    """Return the bytes of an indented JSON object: the content, its hash, and a stamp if given.

    The keys `content_sha256` and `stamp` hold the hash and the stamp.
    """
    stamped = {**content, JSON_KEY: ZEROS.decode()} | ({} if stamp is None else {"stamp": stamp})
    text = json.dumps(stamped, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    return seal(text.encode(), ".json")


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file, without the hash of its content.

    InputError when the file is missing or damaged, or holds no object.
    """
    try:
        content = json.loads(bytes(checked(path)))
    except ValueError as error:
        raise DamagedFileError(path, f"broken JSON: {error}") from None
    if not isinstance(content, dict):
        raise DamagedFileError(path, "holds no JSON object")
    del content[JSON_KEY]
    return content
