"""What does maw bring of others' figures? The YAML files beside this one, by name.

`published`: sizes of public collections and published scores; `rates`: what a run was measured to
cost; `source_claims`: what the source of the method says of its own ablations (`place`, in words,
and `tables`, name -> setting -> score, compute relative to D = 1).
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def packaged(name: str) -> dict[str, Any]:
    """The content of `maw/<name>.yaml`: one object for all who ask, so not to be changed."""
    path = Path(__file__).with_name(f"{name}.yaml")
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content
