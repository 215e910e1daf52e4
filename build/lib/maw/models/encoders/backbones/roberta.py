"""RoBERTa: BERT's layers with another classification head."""

from typing import Any

from maw.models.encoders.backbones.bert import (  # noqa: F401
    ACTIVATION,
    EPS,
    FORM,
    LAYERS,
    OPTIONS,
    canonical,
    cut,
    own,
    positions,
    tie,
)
from maw.models.encoders.backbones.shared import HeadParts

MODEL = "RobertaModel"


def head(config: Any) -> HeadParts:
    """Return the parts of the classification head: two linear layers on the first token."""
    return HeadParts(dense="classifier.dense", out="classifier.out_proj")
