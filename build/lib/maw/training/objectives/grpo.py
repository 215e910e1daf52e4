"""`objective: {kind: grpo}`: rank under sampled depths, and reinforce the depths with high rewards.

The weights of the depths learn by the ranking loss under the sampled depths, the router by rewards.
In a bi-encoder, the router samples G depths for each query, and each sample gets a reward. A
document has the router's likeliest depth, or (`documents: sampled`) one that is sampled, whose
reward is the mean relevance reward of the queries that the document is relevant to. In a
cross-encoder, the router samples G depths for each pair of a query and a document.

The relevance reward is the log-likelihood of a query's positives (`reward: dense`), or the
reciprocal rank of the best one as in the original MAW code (`reward: source`). A rank ties in most
groups of samples, and a tied group says nothing about ranking. Losses are in `grpo_losses`.
"""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import BaseModel, Field, model_validator

if TYPE_CHECKING:
    import torch

    from maw.models.encoders.routed_layers import RoutedLayers
    from maw.training.objectives.batch import Batch, Losses, LossesOfBatch, PairBatch
    from maw.training.objectives.policy import LossWeights

TRAINS = ("choosing",)
NEEDS_ROUTER = True
SOURCE_DEFAULTS: dict[str, Any] = {  # of the original MAW code, which has no load balance
    "relevance": 0.4,
    "attention_entropy": 0.3,
    "focus": 0.3,
    "balance": 0.0,
    "samples": 4,
    "documents": "sampled",
}


class Config(BaseModel, extra="forbid", frozen=True):
    """Group-relative policy optimisation (GRPO) of the router, together with the ranking loss."""

    RENAMED: ClassVar[dict[str, str]] = {"entropy": "entropy_bonus"}
    DECIDES_DEFAULTS: ClassVar[tuple[str, ...]] = ("reward",)
    CHANGES_FLOPS: ClassVar[tuple[str, ...]] = (
        "samples", "documents", "attention_entropy", "focus", "epochs", "actor_critic",
    )  # fmt: skip

    reward: Literal["dense", "source"] = "dense"
    """The relevance reward, and how rewards become advantages. `dense`: the mean log-likelihood of
    the query's relevant documents among its negatives; each reward is centred in its group of
    samples and divided by its standard deviation over the batch, before weights are applied.
    `source`, as in the original MAW code: 1 / rank of the query's best relevant document; the
    weighted sum of the rewards is divided by its standard deviation in the group. With `source`,
    the defaults are relevance 0.4, attention_entropy 0.3, focus 0.3, balance 0, samples 4 and
    documents sampled."""
    samples: int = Field(8, ge=2)
    """Number of depths that are sampled for each query, or for each pair of a cross-encoder (G).
    Small groups make noisy advantages: on a made collection where routing helps, four samples found
    the right depths with one seed of five, eight with all (docs/trial.md)."""
    documents: Literal["likeliest", "sampled"] = "likeliest"
    """Depth of a bi-encoder's documents in training: the router's likeliest one, as in ranking, so
    that only queries teach the router; or one that is sampled for each document, which is rewarded
    with the mean relevance reward of its queries. One sample of a document is a noisy teacher, and
    adds noise to the ranking loss."""
    relevance: float = Field(1.0, ge=0)
    """Weight of the relevance reward."""
    attention_entropy: float = Field(0.0, ge=0)
    """Weight of the reward for attention that is spread evenly over the text."""
    focus: float = Field(0.0, ge=0)
    """Weight of the reward for attention that is concentrated on few keys: the share of the three
    strongest."""
    balance: float = Field(1.0, ge=0)
    """Weight of the load balance: the divergence of the batch's mean policy from a uniform one,
    added for queries, for documents whose depths are sampled, and for the pairs of a
    cross-encoder."""
    clip: float = Field(0.2, gt=0, lt=1)
    """How far the ratio of a depth's new to its old probability may differ from 1 before it is
    clipped."""
    kl: float = Field(0.01, ge=0)
    """Weight of the KL divergence of the router's policy from its policy before training."""
    entropy_bonus: float = Field(0.01, ge=0)
    """Weight of the policy's entropy, which keeps the router from choosing one depth too early."""
    epochs: int = Field(2, ge=1)
    """Number of updates of the router for each batch."""
    actor_critic: bool = False
    """True compares a reward with the prediction of the router's value head, not with the other
    rewards of its group of samples. The value head predicts the weighted sum of the rewards; with
    `reward: dense`, each reward is first standardised over all samples of the batch."""
    value: float = Field(0.5, gt=0)
    """Weight of the value head's squared error, used only with `actor_critic`."""

    @model_validator(mode="before")
    @classmethod
    def _fill_in_source_defaults(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("reward") == "source":
            return {**SOURCE_DEFAULTS, **given}
        return given

    @model_validator(mode="after")
    def _check_rewards(self) -> Self:
        if not any(self.reward_weights.values()):
            raise ValueError(
                "relevance, attention_entropy and focus are all 0: nothing to learn; "
                "give one of them a weight above 0"
            )
        return self

    @property
    def reward_weights(self) -> dict[str, float]:
        """Return the weights of the three rewards, by the names of their functions."""
        return {
            "relevance": self.relevance,
            "attention_entropy": self.attention_entropy,
            "focus": self.focus,
        }

    @property
    def rewarded(self) -> list[str]:
        """Return the names of the rewards whose weight is not 0."""
        return [name for name, weight in self.reward_weights.items() if weight]

    @property
    def loss_weights(self) -> "LossWeights":
        """Return the weights of the terms of the router's loss, and the clip range of its ratio."""
        from maw.training.objectives.policy import LossWeights

        value = self.value if self.actor_critic else None
        return LossWeights(self.clip, self.kl, self.entropy_bonus, value)


def begin(config: Config, model: "RoutedLayers") -> "LossesOfBatch":
    """Return a function of (batch, generator) that yields the losses of the batch.

    The losses keep the router near a reference: a copy of the router as it is now, before training.
    ValueError for a model without a router, for `actor_critic` without a value head, and for a
    value head without `actor_critic`.
    """
    from copy import deepcopy

    from maw.training.objectives import grpo_losses
    from maw.training.objectives.batch import PairBatch

    if model.router is None:
        raise ValueError("the grpo objective needs a router, and the model has none; give it one")
    if config.actor_critic and not hasattr(model.router, "value"):
        raise ValueError(
            "actor_critic is True, but the router's value_head is False, and it has no method "
            "`value`; set both to true or both to false, or give the router this method"
        )
    if not config.actor_critic and hasattr(model.router, "critic"):
        raise ValueError(
            "actor_critic is False, but the router's value_head is True; set both to true or both "
            "to false"
        )
    reference = deepcopy(model.router).requires_grad_(False).eval()

    def losses_of_batch(batch: "Batch | PairBatch", generator: "torch.Generator") -> "Losses":
        if isinstance(batch, PairBatch):
            return grpo_losses.of_pairs(config, model, batch, generator, reference=reference)
        return grpo_losses.of_texts(config, model, batch, generator, reference=reference)

    return losses_of_batch
