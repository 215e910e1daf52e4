"""What does the source itself claim, to stand beside what is measured? The YAML of this name."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def source_claims() -> dict[str, Any]:
    """`place`, in words, and `tables`, name -> setting -> score, compute (relative to D = 1)."""
    path = Path(__file__).with_suffix(".yaml")
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content
