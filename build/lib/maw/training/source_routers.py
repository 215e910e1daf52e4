"""The routers of the original MAW code, under its names and with its arguments.

They are for use from Python, through `maw.source`. The systems of a suite have the routers of
`maw.models.routers`, which an objective of the configuration trains; the two kinds share the
perceptrons, the rewards and the loss.
"""

import torch
from torch import Tensor, nn

from maw.models.attention.literal import TEMPERATURE
from maw.models.routers.layers import ActorCritic, perceptron
from maw.training.objectives.environment import GRPOEnvironment, pooled_attention
from maw.training.objectives.grpo import SOURCE_DEFAULTS, Config
from maw.training.objectives.policy import group_advantage, policy_loss

HIDDEN = (64, 32)  # sizes of the hidden layers of the source's perceptrons
BINS = 8  # the supervised router reads attention that is pooled to 8 × 8
WEIGHTS = Config().loss_weights  # those of the objective `grpo`


class GRPORouter(nn.Module):
    """A perceptron that chooses a depth by a query's representation, and learns by rewards.

    hidden_dim: E, the size of the representation. depth_dim: D, the number of depths. Layers
    E → 64 → 32 → D with ReLU, and dropout .1 after the first.
    """

    def __init__(self, hidden_dim: int, depth_dim: int) -> None:
        super().__init__()
        self.body = perceptron([hidden_dim, *HIDDEN, depth_dim], dropout=0.1)
        self._query: Tensor | None = None

    def forward(self, query: Tensor) -> Tensor:
        """Return the logits [B, D] of the depths for query representations [B, E].

        The representations are remembered, without gradient, for `compute_grpo_loss`.
        """
        self._query = query.detach()
        logits: Tensor = self.body(query)
        return logits

    def get_depth_selection(self, query: Tensor) -> Tensor:
        """Return a depth [B] for each query representation [B, E].

        In training it is drawn from the softmax of the logits (Gumbel draw, as temperature does not
        change which depth wins); in evaluation it is the likeliest depth.
        """
        logits: Tensor = self(query)
        if not self.training:
            return logits.argmax(-1)
        return nn.functional.gumbel_softmax(logits, tau=TEMPERATURE, hard=True).argmax(-1)

    def compute_grpo_loss(
        self, attention_5d: Tensor, relevance: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Return the GRPO loss of the queries that the router saw last, a scalar with gradient.

        Four depths are sampled for each query, and their rewards compared with each other; the
        policy is kept near a uniform one. attention_5d [B, H, L, L, D], relevance [B, D] and
        mask [B, L]: as in `GRPOEnvironment.reset`; relevance is the rank of the query's best
        document under each depth, 1 is best.
        RuntimeError before the router has seen a query; ValueError where it saw another number of
        queries, and where relevance has another shape.
        """
        if self._query is None:
            raise RuntimeError("the router has seen no query; call get_depth_selection first")
        if len(self._query) != len(attention_5d):
            raise ValueError(
                f"attention_5d is of {len(attention_5d)} queries, but the router last saw "
                f"{len(self._query)}; give the attention of the same queries"
            )
        logits: Tensor = self.body(self._query)
        environment = GRPOEnvironment()
        environment.reset(attention_5d.detach(), relevance, mask)
        policy = logits.detach().log_softmax(-1)
        actions = torch.multinomial(policy.exp(), SOURCE_DEFAULTS["samples"], replacement=True)
        _, rewards, _ = environment.step(actions)
        return policy_loss(
            logits,
            reference=torch.zeros_like(logits),
            actions=actions,
            advantage=group_advantage(rewards),
            old=policy.gather(1, actions),
            weights=WEIGHTS,
        )


class SupervisedClassificationRouter(nn.Module):
    """A perceptron that chooses a depth by a text's attention, to be trained as a classifier.

    num_heads: H. depth_dim: D. The attention is averaged over depths, pooled to 8 × 8 and
    flattened: H·64 features, 512 of them for 8 heads. Layers H·64 → 64 → D with ReLU.
    """

    def __init__(self, num_heads: int, depth_dim: int) -> None:
        super().__init__()
        self.body = perceptron([num_heads * BINS**2, HIDDEN[0], depth_dim])

    def forward(self, attention_5d: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the logits [B, D] for attention [B, H, L, L, D].

        mask [B, L], True = token; without it every position is a token.
        """
        B, _, L, _, _ = attention_5d.shape
        mask = attention_5d.new_ones(B, L, dtype=torch.bool) if mask is None else mask.bool()
        logits: Tensor = self.body(pooled_attention(attention_5d, mask, bins=BINS))
        return logits

    def get_depth_selection(self, attention_5d: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the likeliest depth [B] of each text; arguments as in `forward`."""
        logits: Tensor = self(attention_5d, mask)
        return logits.argmax(-1)


class GRPOPolicyNetwork(nn.Module):
    """A perceptron with two outputs: the logits of the depths, and the value of the state.

    state_dim: n, the size of a state of `GRPOEnvironment`. depth_dim: D. Layers n → 64 → 32, and
    from there to each output.
    """

    def __init__(self, state_dim: int, depth_dim: int) -> None:
        super().__init__()
        self.actor_critic = ActorCritic([state_dim, *HIDDEN, depth_dim])

    def forward(self, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits [B, D] of the depths and the values [B] of states [B, n]."""
        return self.actor_critic(state), self.actor_critic.value(state)
