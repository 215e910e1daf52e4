"""The options of LoRA for trained layers, which `maw.training.lora` carries out."""

from pydantic import BaseModel, Field


class Lora(BaseModel, extra="forbid", frozen=True):
    """Narrow matrices that are trained in place of the layers' own weights."""

    rank: int = Field(8, ge=1)
    """Rank of the product of the two matrices beside a weight."""
    alpha: float = Field(16, gt=0)
    """The product is multiplied by alpha / rank."""
