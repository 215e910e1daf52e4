"""The YAML files in the folder `maw/settings`: figures that others published, and measured rates.

`published`: sizes of public collections, and published scores. `rates`: the measured cost of work,
such as texts per second. `source_claims`: what the method's source claims, the text that proposed
MAW attention: its ablation tables (`place`: where they stand; `tables`: table -> setting -> score
and, in some tables, compute as a multiple of that of one depth), and its other figures, which
`maw.reporting.source.source_numbers` describes.
"""

from functools import cache
from pathlib import Path
from typing import Any

from maw.settings.yaml_text import load_yaml


@cache
def packaged(name: str) -> dict[str, Any]:
    """Return the content of `maw/settings/<name>.yaml`.

    All callers get the same dict: do not change it. FileNotFoundError for an unknown name.
    """
    path = Path(__file__).with_name(f"{name}.yaml")
    content: dict[str, Any] = load_yaml(path.read_text(encoding="utf-8"), source=str(path))
    return content
