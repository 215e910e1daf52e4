"""The router's logits for the texts of a batch, and its policy loss, for the objective `grpo`."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from maw.models.encoders.ragged import Chunk, restore
from maw.models.encoders.routed_layers import RoutedLayers
from maw.training.objectives import policy
from maw.training.objectives.balance import entropy, load_balance
from maw.training.objectives.policy import LossWeights


class RoutedTexts:
    """The queries, the documents or the pairs of a batch, as inputs of the router.

    features: the router's input for each text. reference: the router before training. seed: of the
    dropout masks. The attribute `reference` [B, D] holds the logits of the router before training,
    `logits` [B, D] those of the router before its updates on this batch, without gradient. D counts
    the depths that the router may choose among so far.
    """

    def __init__(
        self, model: RoutedLayers, features: Tensor, *, reference: nn.Module, seed: int
    ) -> None:
        self.model, self.features, self.seed = model, features, seed
        self.reference = reference(features).detach()[:, : model.n_open]
        self.logits = self.policy().detach()

    @classmethod
    def of(
        cls,
        model: RoutedLayers,
        reference: nn.Module,
        chunks: Sequence[Chunk],
        *,
        generator: torch.Generator,
        restored: bool = False,
    ) -> "RoutedTexts":
        """Return the texts of these chunks, joined in the chunks' order.

        With `restored` they are joined in the order in which the texts were asked for. The seed of
        the dropout masks is drawn from the generator.
        """
        parts = [model.features(chunk.x, chunk.mask) for chunk in chunks]
        features = restore(parts, chunks) if restored else torch.cat(parts)
        seed = int(torch.randint(2**31, (), generator=generator))
        return cls(model, features, reference=reference, seed=seed)

    def policy(self) -> Tensor:
        """Return the router's logits [B, D], with the same dropout mask at every call.

        With a fresh mask the importance ratio would not be 1 before the first update.
        """
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            return self.model.logits(self.features)

    def value(self) -> Tensor:
        """Return the reward [B] that the value head predicts, with the dropout mask of `policy`."""
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            expected: Tensor = self.model.router.value(self.features)  # type: ignore[union-attr, operator]
        return expected

    def loss(
        self,
        actions: Tensor,
        advantage: Tensor,
        rewards: Tensor,
        *,
        weights: LossWeights,
        rows: Tensor | slice = slice(None),
    ) -> Tensor:
        """Return the policy loss of the router as it is now.

        The value head's weighted squared error is added where weights.value is given. actions,
        advantage, rewards [B, G]. rows: the texts that count, all unless given.
        """
        old = self.logits.log_softmax(-1).gather(1, actions)
        loss = policy.policy_loss(
            self.policy()[rows],
            reference=self.reference[rows],
            actions=actions[rows],
            advantage=advantage[rows],
            old=old[rows],
            weights=weights,
        )
        if weights.value is not None:
            error = self.value()[rows][:, None] - rewards[rows]
            loss = loss + weights.value * error.square().mean()
        return loss

    def imbalance(self) -> Tensor:
        """Return the load-balance loss of the router as it is now, over all texts."""
        return load_balance(self.policy())

    def entropy(self) -> float:
        """Return the mean entropy, in nats, of the policy before the updates on this batch."""
        return float(entropy(self.logits.softmax(-1)).mean())
