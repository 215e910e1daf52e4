"""The YAML files of this folder: figures that others published, and measured rates.

`published`: sizes of public collections, and published scores. `rates`: what a run was measured to
cost. `source_claims`: the ablation tables of the method's source (`place`: where they stand;
`tables`: table -> setting -> score and compute, relative to one depth).
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def packaged(name: str) -> dict[str, Any]:
    """Return the content of `maw/settings/<name>.yaml`. It is shared: do not change it."""
    path = Path(__file__).with_name(f"{name}.yaml")
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content
