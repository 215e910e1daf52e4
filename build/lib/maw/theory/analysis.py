"""Checks of the statements that the method's source makes about the MAW attention.

The source is the text that proposed the attention. For each of its statements: does it hold, and
what may be said instead?
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from maw.theory.bounds import (
    HeadProjections,
    counterexample,
    lipschitz_bound,
    local_bound,
    projection_bound,
    random_head,
    softmax,
    theorem_1,
    trivial_bound,
)
from maw.theory.rank import DepthRank, depth_rank

if TYPE_CHECKING:
    from maw.models.attention.depthwise import DepthwiseAttention
    from maw.theory.attentions import AttentionConfig
    from maw.theory.comparison import AttentionCost

BOUNDS: dict[str, Callable[[HeadProjections], float]] = {
    "(1) √(2L)": trivial_bound,
    "(2a) half the logits' distance": lipschitz_bound,
    "(2b) through the projections": projection_bound,
    "(3) local, by the logits' range": local_bound,
}
ROUNDING = 1e-9  # a ratio above 1 by less than this is no violation


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of the method's source.

    says: the statement; holds: whether it is true, None if it contains no number to test; instead:
    a statement that may be made in its place.
    """

    name: str
    says: str
    holds: bool | None
    instead: str


@dataclass(frozen=True, slots=True)
class Violation:
    """A head on which Theorem 1 fails: its left-hand side `left` is greater than `right`."""

    left: float
    right: float


@dataclass(frozen=True, slots=True)
class TheoremTrial:
    """The result of testing Theorem 1 on random heads.

    depths: number D of depths; draws: number of random heads; violations: number of heads on which
    the theorem fails; looseness: median of right-hand side / left-hand side over the other heads,
    nan if it fails on all.
    """

    depths: int
    draws: int
    violations: int
    looseness: float


@dataclass(frozen=True, slots=True)
class Setting:
    """A distribution of random attention heads, given by their sizes and scale.

    length: L tokens; size: head size h; standard: standard deviation of the entries of Q and K.
    drift: standard deviation of Q_d − Q and K_d − K; None: Q_d and K_d are independent of Q and K,
    with standard deviation 1.
    """

    name: str
    length: int
    size: int
    standard: float
    drift: float | None


@dataclass(frozen=True, slots=True)
class Tightness:
    """The tightness of one bound on the heads of one setting.

    draws: number of heads; violations: number of heads whose distance is above the bound; largest,
    median: of the ratio distance / bound over the heads, which is 1 where the bound is attained.
    """

    bound: str
    setting: Setting
    draws: int
    violations: int
    largest: float
    median: float


@dataclass(frozen=True, slots=True)
class Complexity:
    """The cost of one kind of attention at one length, with counted FLOPs.

    ratio: its FLOPs over those of standard attention at the same length. parameters_used:
    parameters that one text passes through. seconds: of the fastest run, None if time was not
    measured.
    """

    kind: str
    length: int
    flops: int
    ratio: float
    parameters: int
    parameters_used: int
    seconds: float | None


N_FOR_EXPECTATION = 20_000  # depths whose mean stands for the expectation
SETTINGS = (
    Setting("two tokens, nearly uniform", 2, 1, 1e-3, None),
    Setting("small entries, depths near", 32, 16, 0.1, 0.005),
    Setting("unit entries, depths near", 32, 16, 1.0, 0.05),
    Setting("unit entries, depths apart", 32, 16, 1.0, None),
    Setting("large entries, depths near", 32, 16, 3.0, 0.1),
    Setting("unit entries, long text", 128, 32, 1.0, 0.05),
)
STATEMENTS = (
    Statement(
        "Theorem 1",
        "‖A_MAW − A_std‖_F ≤ (1/√D)(1 + α)‖Q‖_F‖K‖_F",
        False,
        "½‖S_d − S‖_F and its local form; 1/√D is true of a mean of D independent depths "
        "around its own expectation, which is not A_std",
    ),
    Statement(
        "Theorem 2",
        "D depths have the capacity of D times the parameters",
        False,
        "one depth is evaluated per text: report parameters, FLOPs and the effective rank learned",
    ),
    Statement(
        "Complexity",
        "standard O(L²d), MAW O(L²d + DLd²): 2.1× at D = 8, L = 512; optimised 1.3×",
        False,
        "all depths repeat the L² term and the projections too: see the counted FLOPs; "
        "the chosen depth alone costs what standard attention costs",
    ),
    Statement("Convergence", "training converges", None, "learning and reward curves over seeds"),
)


class MAWTheoreticalAnalysis:
    """Checks of the method's source by numbers. All random numbers come from `seed`."""

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def statements(self) -> tuple[Statement, ...]:
        """Return the statements, in the order of the method's source."""
        return STATEMENTS

    def counterexample(self) -> Violation:
        """Return a violation of Theorem 1 for every α and every D.

        Its left-hand side is tanh 1 = .7616, its right-hand side 0.
        """
        head = counterexample()
        return Violation(head.distance, theorem_1(head, n_depths=1))

    def theorem_1_trial(
        self, *, depths: int, draws: int = 200, standard: float = 0.1, alpha: float = 1.0
    ) -> TheoremTrial:
        """Return how often Theorem 1 fails on random heads with 16 tokens and head size 8.

        The attention of one chosen depth is compared with standard attention, because the layer
        chooses one depth of D; therefore the left-hand side does not depend on D. depths: D; draws:
        number of heads; standard: standard deviation of the entries of Q and K (that of Q_d and K_d
        is 1); alpha: α of the theorem.
        """
        generator = np.random.default_rng(self.seed)
        heads = [random_head(generator, length=16, size=8, standard=standard) for _ in range(draws)]
        left = np.array([head.distance for head in heads])
        right = np.array([theorem_1(head, n_depths=depths, alpha=alpha) for head in heads])
        held = left <= right
        looseness = float(np.median(right[held] / left[held])) if held.any() else float("nan")
        return TheoremTrial(depths, draws, int((~held).sum()), looseness)

    def mean_of_depths(self, depths: Sequence[int], *, draws: int = 100) -> tuple[float, ...]:
        """Return for each D the root mean square of ‖mean of D attention maps − expected map‖_F.

        The maps are of one random text; each has its own random query and key projections, drawn
        i.i.d., as D depths would have. It falls as 1/√D. depths: the values of D. draws: number of
        means over which it is computed.
        """
        generator = np.random.default_rng(self.seed)
        x = generator.standard_normal((6, 4))

        def maps(n: int) -> np.ndarray:
            w_q, w_k = generator.standard_normal((2, n, 4, 4)) / 2
            return softmax((x @ w_q) @ (x @ w_k).transpose(0, 2, 1) / 2)

        expected = maps(N_FOR_EXPECTATION).mean(0)
        deviations = []
        for n in depths:
            squares = [((maps(n).mean(0) - expected) ** 2).sum() for _ in range(draws)]
            deviations.append(float(np.sqrt(np.mean(squares))))
        return tuple(deviations)

    def tightness(self, *, draws: int = 100) -> tuple[Tightness, ...]:
        """Return for each setting and each bound how close random heads come to the bound.

        That is the largest and the median ratio distance / bound, and the number of violations,
        which should be 0, because the bounds are proven. draws: number of heads of each setting.
        """
        rows = []
        for setting in SETTINGS:
            generator = np.random.default_rng(self.seed)
            heads = [
                random_head(
                    generator,
                    length=setting.length,
                    size=setting.size,
                    standard=setting.standard,
                    drift=setting.drift,
                )
                for _ in range(draws)
            ]
            left = np.array([head.distance for head in heads])
            for name, bound in BOUNDS.items():
                ratio = left / np.array([bound(head) for head in heads])
                n_violations = int((ratio > 1 + ROUNDING).sum())
                largest, median = float(ratio.max()), float(np.median(ratio))
                rows.append(Tightness(name, setting, draws, n_violations, largest, median))
        return tuple(rows)

    def effective_rank(self, attention: "DepthwiseAttention") -> DepthRank:
        """Return the effective rank of a layer's query and key weights across its depths.

        It says how differently the depths project. attention: a layer with the projection `full`.
        """
        return depth_rank([weight.detach().numpy() for weight in attention.learned["query_key"]])

    def complexity(
        self,
        lengths: Sequence[int] = (128, 256, 512, 1024),
        *,
        configs: "Sequence[AttentionConfig] | None" = None,
        repeats: int = 0,
    ) -> tuple[Complexity, ...]:
        """Return the cost of each attention at each length in tokens, with counted FLOPs.

        configs: the attentions to compare, all kinds if None. repeats: number of timed runs of
        each; 0: no time is measured.
        """
        from maw.theory.comparison import AttentionComparator

        comparator = AttentionComparator(configs, seed=self.seed)
        costs = comparator.compare(lengths, repeats=repeats)
        standard = {replace(config, kind="standard") for config in comparator.configs}
        baselines = AttentionComparator(tuple(standard), seed=self.seed).compare(lengths)
        flops = {cost.config: cost.flops for cost in baselines}
        return tuple(
            _complexity(cost, flops[replace(cost.config, kind="standard")]) for cost in costs
        )


def _complexity(cost: "AttentionCost", standard_flops: int) -> Complexity:
    return Complexity(
        kind=cost.config.kind,
        length=cost.config.length,
        flops=cost.flops,
        ratio=cost.flops / standard_flops,
        parameters=cost.parameters,
        parameters_used=cost.parameters_used,
        seconds=cost.seconds,
    )


def source_complexity(config: "AttentionConfig") -> tuple[int, int]:
    """Return the operations that the method's source states for standard attention and for MAW.

    They are L²d, and L²d + DLd², where d is the head size. They count one head, without the
    projections of size E × E.
    """
    L, d = config.length, config.hidden // config.heads
    return L * L * d, L * L * d + config.n_depths * L * d * d
