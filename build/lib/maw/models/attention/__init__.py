"""Multi-head attention with D depths, each with query and key projections of its own.

`literal.py` writes this attention out on one page; read that page first. The other modules compute
this attention with less time and memory, and put it into pretrained encoders. Shape letters: B
texts, L tokens, E hidden size, H heads, h = E / H head size, D depths.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    """Return the class MAWAttention; AttributeError for any other name.

    It is imported here, at its first use, because reading a configuration must not import torch.
    """
    if name == "MAWAttention":
        from maw.models.attention.literal import MAWAttention

        return MAWAttention
    raise AttributeError(f"module 'maw.models.attention' has no attribute {name!r}")
