"""The smoke suite, with some of its keys changed."""

from pathlib import Path
from typing import Any

import yaml

from maw.settings.read import parse_suite
from maw.settings.suite import Suite

SMOKE = Path(__file__).parents[1] / "workflow/config/smoke.yaml"
TINY: dict[str, Any] = {"loader": {"kind": "pydocs", "documents": 120}}


def smoke_content() -> dict[str, Any]:
    """The parsed YAML of the smoke suite."""
    content: dict[str, Any] = yaml.safe_load(SMOKE.read_text(encoding="utf-8"))
    return content


def smoke_suite(**change: Any) -> Suite:
    """The smoke suite with other values of the given keys."""
    return parse_suite({**smoke_content(), **change}, source="x.yaml")
