"""The router's view of some texts of a batch: what it said, and what to tell it."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from maw.models.encoders.bi_encoder import RoutedLayers
from maw.training.objectives import policy

if TYPE_CHECKING:
    from maw.training.objectives.grpo import Config


class RoutedTexts:
    """The router's view of the queries or the documents of a batch."""

    def __init__(
        self, model: RoutedLayers, features: Tensor, *, reference: nn.Module, seed: int
    ) -> None:
        self.model, self.features, self.seed = model, features, seed
        self.reference = reference(features).detach()[:, : model.active]
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
        """Texts in padded batches (x, mask), their rows under each other."""
        features = torch.cat([model.features(x, mask) for x, mask in texts])
        seed = int(torch.randint(2**31, (), generator=generator))
        return cls(model, features, reference=reference, seed=seed)

    def policy(self) -> Tensor:
        """The router's logits, each time under the same dropout mask.

        Under a fresh one the importance ratio would not be 1 before the first update.
        """
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            return self.model.logits(self.features)

    def value(self) -> Tensor:
        """What the router's value head expects of each text, under the same dropout mask."""
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
        config: "Config",
        rows: Tensor | slice = slice(None),
    ) -> Tensor:
        """The policy loss of the chosen rows, the router evaluated anew; and its critic's."""
        old = self.logits.log_softmax(-1).gather(1, actions)
        loss = policy.policy_loss(
            self.policy()[rows],
            reference=self.reference[rows],
            actions=actions[rows],
            advantage=advantage[rows],
            old=old[rows],
            clip=config.clip,
            kl=config.kl,
            entropy_bonus=config.entropy_bonus,
        )
        if config.actor_critic:
            missed = self.value()[rows][:, None] - rewards[rows]
            loss = loss + config.value * missed.square().mean()
        return loss

    def entropy(self) -> float:
        """Mean entropy of the policy before the update, in nats."""
        log_policy = self.logits.log_softmax(-1)
        return float(-(log_policy.exp() * log_policy).sum(-1).mean())
