"""The router's view of some texts of a batch: its logits for them, and its loss on them."""

import torch
from torch import Tensor, nn

from maw.models.encoders.routed_layers import RoutedLayers
from maw.training.objectives import policy
from maw.training.objectives.policy import LossWeights


class RoutedTexts:
    """The queries, the documents or the pairs of a batch, as the router sees them.

    features: the router's input for each text; reference [B, D]: logits of the reference router;
    logits [B, D]: the router's own before the update, detached.
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
        texts: list[tuple[Tensor, Tensor]],
        *,
        generator: torch.Generator,
    ) -> "RoutedTexts":
        """Join the texts of padded batches (x, mask), in their order; draw a dropout seed."""
        features = torch.cat([model.features(x, mask) for x, mask in texts])
        seed = int(torch.randint(2**31, (), generator=generator))
        return cls(model, features, reference=reference, seed=seed)

    def policy(self) -> Tensor:
        """Return the router's logits [B, D], each time under the same dropout mask.

        Under a fresh mask the importance ratio would not be 1 before the first update.
        """
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            return self.model.logits(self.features)

    def value(self) -> Tensor:
        """Return the reward [B] that the value head expects, under the same dropout mask."""
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
        """Evaluate the router anew and return its policy loss, with the value head's where asked.

        actions, advantage, rewards [B, G]; rows: the texts that count, all unless given.
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

    def entropy(self) -> float:
        """Return the mean entropy of the policy before the update, in nats."""
        log_policy = self.logits.log_softmax(-1)
        return float(-(log_policy.exp() * log_policy).sum(-1).mean())
