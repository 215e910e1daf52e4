"""The theory and the cost of the attention, under the names of the original MAW code.

They are for use from Python, through `maw.source`. Where the source states something that does not
hold, these classes return what does; `maw.theory.analysis` has the checks themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from maw.theory import analysis, attentions, comparison
from maw.theory.bounds import local_bound, random_head

REPEATS = 5  # timed runs of each attention
EXPRESSIVENESS = (
    "1.0: a text passes through one depth, so the layer computes for it what a layer with one pair "
    "of query and key projections computes. D depths have D such pairs of weights, which is not D "
    "times the capacity: report parameters, FLOPs and the effective rank that was learned."
)
CONVERGENCE = (
    "No convergence is claimed: the loss is not convex, and a router that chooses by hard draws "
    "has a biased gradient. Learning and reward curves over seeds show what training did."
)


@dataclass(frozen=True, slots=True)
class ApproximationBound:
    """Bounds on the distance of a head's blended attention A_MAW from standard attention A.

    The distance is ‖A_MAW − A‖_F. always: holds for any weights and any text of this length.
    local, distance: the tightest bound (3), and the distance itself, for a head with random unit
    entries whose depth is near.
    """

    always: float
    local: float
    distance: float


@dataclass(frozen=True, slots=True)
class TheoreticalBounds:
    """The results of `generate_theoretical_bounds`, in place of the source's statements.

    approximation_error: the bound on the distance that always holds. expressiveness_gain: 1.0.
    computational_complexity: counted FLOPs, as text. convergence: that none is claimed, as text.
    """

    approximation_error: float
    expressiveness_gain: float
    computational_complexity: str
    convergence: str


@dataclass(frozen=True, slots=True)
class AttentionConfig:
    """The sizes of the attention that an `AttentionComparator` measures.

    num_heads: H. head_dim: head size h; the hidden size is H·h. dropout: stands here because the
    source has it; it acts in training only, and costs are of the forward pass in evaluation.
    depth_dim: number D of depths.
    """

    num_heads: int = 12
    head_dim: int = 64
    dropout: float = 0.1
    depth_dim: int = 8

    def of_kind(self, kind: attentions.Kind, *, length: int) -> attentions.AttentionConfig:
        """Return the configuration of one kind of attention with these sizes.

        Grouped-query attention has a key and value head for each 3 query heads, or for each 2, or
        for each one, by what divides the number of heads.
        """
        shared = next(n for n in (3, 2, 1) if self.num_heads % n == 0)
        return attentions.AttentionConfig(
            kind,
            hidden=self.num_heads * self.head_dim,
            heads=self.num_heads,
            n_depths=self.depth_dim,
            kv_heads=self.num_heads // shared,
            length=length,
        )


class AttentionComparator:
    """The cost of seven attentions of equal size, by name: standard, three of MAW, three others.

    config: their sizes. `maw_naive` is MAW written out, `maw_lazy` computes the chosen depth alone,
    `maw_streamed` mixes all depths, one at a time.
    """

    def __init__(self, config: AttentionConfig | None = None) -> None:
        self.config = config or AttentionConfig()

    def compare_complexity(self, seq_len: int = 512) -> dict[str, dict[str, float]]:
        """Return the cost of each attention's forward pass for one text of `seq_len` tokens.

        Keys `flops` (counted, a multiply-add is two), `memory` (bytes of all tensors that are
        alive together, at most) and `ratio` (FLOPs over those of standard attention).
        """
        costs = self._costs(seq_len)
        standard = costs["standard"].flops
        return {
            kind: {
                "flops": cost.flops, "memory": cost.peak_bytes, "ratio": cost.flops / standard,
            }
            for kind, cost in costs.items()
        }  # fmt: skip

    def benchmark_attention_mechanisms(
        self, seq_len: int = 128, *, repeats: int = REPEATS
    ) -> dict[str, dict[str, float]]:
        """Return the milliseconds of each attention's forward pass for one text.

        Keys `avg_time_ms`, the mean of the runs, and `fastest_ms`. The attentions take turns, on
        the GPU where torch finds one. Times are of this machine at this moment; compare them with
        each other only. repeats: number of timed runs of each, at least 1.
        """
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return {
            kind: {"avg_time_ms": 1e3 * cost.mean_seconds, "fastest_ms": 1e3 * cost.seconds}
            for kind, cost in self._costs(seq_len, repeats=repeats, device=device).items()
            if cost.mean_seconds is not None and cost.seconds is not None
        }

    def _costs(
        self, seq_len: int, *, repeats: int = 0, device: str = "cpu"
    ) -> Mapping[str, comparison.AttentionCost]:
        configs = [self.config.of_kind(kind, length=seq_len) for kind in attentions.KINDS]
        comparator = comparison.AttentionComparator(configs, device=device)
        costs = comparator.compare([seq_len], repeats=repeats)
        return {cost.config.kind: cost for cost in costs}


class MAWTheoreticalAnalysis(analysis.MAWTheoreticalAnalysis):
    """The source's theory for a layer of the given sizes, as far as it holds.

    num_heads: H. head_dim: head size h. depth_dim: D. seq_len: L tokens. It also has all checks of
    `maw.theory.analysis.MAWTheoreticalAnalysis`, such as `counterexample`.
    """

    def __init__(
        self,
        num_heads: int = 12,
        head_dim: int = 64,
        depth_dim: int = 8,
        seq_len: int = 512,
    ) -> None:
        super().__init__()
        self.num_heads, self.head_dim = num_heads, head_dim
        self.depth_dim, self.seq_len = depth_dim, seq_len

    def generate_theoretical_bounds(
        self, maw_strength: float = 0.15, learning_rate: float = 2e-4, batch_size: int = 16
    ) -> TheoreticalBounds:
        """Return what the theory gives for a layer that blends in the depths with this strength.

        learning_rate, batch_size: the source derives a rate of convergence from them; none is
        claimed here, so that nothing depends on them.
        """
        return TheoreticalBounds(
            approximation_error=self.compute_approximation_bound(maw_strength).always,
            expressiveness_gain=1.0,
            computational_complexity=self.compute_complexity_analysis(),
            convergence=self.convergence_analysis(),
        )

    def compute_approximation_bound(self, maw_strength: float = 0.15) -> ApproximationBound:
        """Return bounds on the distance of the blended attention from standard attention.

        The blend is (1 − s)·A + s·A_d, so that each bound on the distance of a depth is multiplied
        by s, the strength. Two rows of attention weights are at most √2 apart, hence s·√(2L).
        """
        head = random_head(
            np.random.default_rng(self.seed),
            length=self.seq_len,
            size=self.head_dim,
            drift=0.05,
        )
        return ApproximationBound(
            always=maw_strength * (2 * self.seq_len) ** 0.5,
            local=maw_strength * local_bound(head),
            distance=maw_strength * head.distance,
        )

    def analyze_expressiveness_gain(self) -> str:
        """Return in words why the expressiveness gain is 1.0 and not D."""
        return EXPRESSIVENESS

    def compute_complexity_analysis(self) -> str:
        """Return counted FLOPs of MAW as multiples of those of standard attention, in words."""
        config = AttentionConfig(self.num_heads, self.head_dim, depth_dim=self.depth_dim)
        costs = AttentionComparator(config).compare_complexity(self.seq_len)
        return (
            f"{self.seq_len} tokens, D = {self.depth_dim}: standard attention takes "
            f"{costs['standard']['flops'] / 1e9:.2f} GFLOPs, the chosen depth alone "
            f"{costs['maw_lazy']['ratio']:.2f} ×, all depths {costs['maw_naive']['ratio']:.2f} ×"
        )

    def convergence_analysis(self) -> str:
        """Return in words why no convergence is claimed."""
        return CONVERGENCE
