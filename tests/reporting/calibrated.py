"""A small table of a calibration, as `maw.verdicts.calibration` makes it."""

from typing import Any

import pandas as pd

from maw.significance import ANY_FALSE, COVERS, COVERS_CHECKPOINTS
from maw.significance.calibration import AT_OWN_LEVEL
from maw.significance.counting import FALSE_WORD, WORD
from maw.verdicts.calibration_rows import COLUMNS, CORRELATION, NOT_CALIBRATED


def row(test: str, quantity: str = "rejects", **columns: Any) -> dict[str, object]:
    """Return a row on new − old on toy, by default the rate .05 of 1,000 experiments."""
    subject = {"dataset": "toy", "system": "new", "baseline": "old", "seeds": "estimate"}
    counted = {"multiple": 0.0, "effect": 0.0, "rate": 0.05, "error": 0.007, "draws": 1000}
    empty = {"level": None, "note": ""}
    return {**subject, **counted, **empty, "test": test, "quantity": quantity, **columns}


def frame(*rows: dict[str, object]) -> pd.DataFrame:
    """Return a calibration table of these rows."""
    types = {"draws": "Int64", "level": "float64", "rate": "float64"}
    return pd.DataFrame(list(rows), columns=list(COLUMNS)).astype(types)


def false(rate: float, *, multiple: float = 0.0, seeds: str = "estimate") -> dict[str, object]:
    """Return the row of any false word of the plan."""
    lead = {"multiple": multiple, "effect": 0.02 * multiple, "seeds": seeds, "level": 0.05}
    error = 0.005 if rate < 0.04 else 0.007
    return row(WORD, ANY_FALSE, system="any claim", baseline="", rate=rate, error=error, **lead)


def said(word: str, rate: float, *, multiple: float = 0.0, test: str = WORD) -> dict[str, object]:
    """Return the row of one word on the claim `new`."""
    lead = {"multiple": multiple, "effect": 0.02 * multiple}
    return row(test, word, baseline="", rate=rate, **lead)


SHORT_OF_SEEDS = {"baseline": "", "rate": None, "note": "4 seeds; halves need 8"}
FRAME = frame(
    false(0.026),
    false(0.04, seeds="upper"),
    false(0.03, seeds="error"),
    false(0.049, multiple=1.0),
    said(ANY_FALSE, 0.02),
    said(COVERS, 0.98),
    said("better", 0.004),
    said("equivalent", 0.7),
    said("no relevant gain", 0.2),
    said("refuted", 0.01),
    said("inconclusive", 0.086),
    said("better", 0.004, test=FALSE_WORD),
    said(ANY_FALSE, 0.01, multiple=1.0),
    said(COVERS, 0.97, multiple=1.0),
    said("better", 0.6, multiple=1.0),
    said("better, by at least SESOI", 0.1, multiple=1.0),
    said("inconclusive", 0.3, multiple=1.0),
    row("E2", rate=0.053, level=0.05),
    row("E2", rate=0.061, seeds="upper", level=0.05),
    row("E2", COVERS, rate=0.947),
    row("E2", multiple=1.0, effect=0.02, rate=0.62, error=0.015),
    row("E2", rate=0.04, baseline="bm25", level=0.05),
    row(AT_OWN_LEVEL, rate=0.0251, error=0.0005, level=0.025, draws=100_000),
    row(AT_OWN_LEVEL, rate=0.024, error=0.0005, level=0.025, seeds="upper", draws=100_000),
    row(AT_OWN_LEVEL, rate=0.02, error=0.0005, level=0.025, seeds="error", draws=100_000),
    row("t", rate=0.19),
    row("t", COVERS, rate=0.81),
    row("t", COVERS_CHECKPOINTS, rate=0.95),
    row("t", rate=0.05, baseline="bm25"),
    row("BCa", COVERS_CHECKPOINTS, rate=0.93, baseline=""),
    row("max-T", rate=0.03, system="any confirmatory contrast", baseline=""),
    row(CORRELATION, "correlation", rate=0.66, draws=None),
    row("A/A copy", "differs", system="", baseline="", rate=0.0, draws=None),
    row("A/A halves", "differs", baseline="", rate=0.02, draws=None),
    row("A/A halves", NOT_CALIBRATED, system="old", **SHORT_OF_SEEDS),
    row("A/A halves", NOT_CALIBRATED, system="bad", **SHORT_OF_SEEDS),
)
