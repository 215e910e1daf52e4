"""What does the source state, does it hold, and what may be said instead? Each with its numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from maw.theory.bounds import (
    Head,
    counterexample,
    drawn,
    lipschitz_bound,
    local_bound,
    projection_bound,
    softmax,
    theorem_1,
    trivial_bound,
)
from maw.theory.rank import DepthRank, depth_rank

if TYPE_CHECKING:
    from maw.models.attention.depthwise import DepthwiseAttention
    from maw.theory.attentions import AttentionConfig
    from maw.theory.comparison import AttentionCost

BOUNDS: dict[str, Callable[[Head], float]] = {
    "(1) √(2L)": trivial_bound,
    "(2a) half the logits' distance": lipschitz_bound,
    "(2b) through the projections": projection_bound,
    "(3) local, by the logits' range": local_bound,
}
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Statement:
    """says: the source. holds: whether it does, None without a number to test. instead: what may be
    said.
    """

    name: str
    says: str
    holds: bool | None
    instead: str


@dataclass(frozen=True, slots=True)
class Violation:
    """left > right, of Theorem 1 on one head."""

    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Trial:
    """Theorem 1 on random heads. looseness: median of right / left where it was not violated."""

    depths: int
    draws: int
    violations: int
    looseness: float


@dataclass(frozen=True, slots=True)
class Setting:
    """What heads are drawn: standard, drift as in `bounds.drawn`."""

    name: str
    length: int
    size: int
    standard: float
    drift: float | None


@dataclass(frozen=True, slots=True)
class Tightness:
    """One bound on one setting's draws: distance / bound, 1 where it is attained."""

    bound: str
    setting: Setting
    draws: int
    violations: int
    largest: float
    median: float


@dataclass(frozen=True, slots=True)
class Complexity:
    """Counted FLOPs of a layer. ratio: to standard attention at the same length."""

    kind: str
    length: int
    flops: int
    ratio: float
    parameters: int
    parameters_used: int
    seconds: float | None


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
    """The source's theory, held against numbers. Everything is drawn from `seed`."""

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def statements(self) -> tuple[Statement, ...]:
        """What is stated, in the source's order."""
        return STATEMENTS

    def counterexample(self) -> Violation:
        """Left tanh 1 = .7616, right 0, for every α and every D."""
        head = counterexample()
        return Violation(head.distance, theorem_1(head, depths=1))

    def theorem_1_trial(
        self, *, depths: int, draws: int = 200, standard: float = 0.1, alpha: float = 1.0
    ) -> Trial:
        """One hard-selected depth of D, as the layer does: the left side does not know D.

        standard: of the entries of Q and K of 16 tokens, 8 wide; depths' entries have 1.
        """
        generator = np.random.default_rng(self.seed)
        heads = [drawn(generator, length=16, size=8, standard=standard) for _ in range(draws)]
        left = np.array([head.distance for head in heads])
        right = np.array([theorem_1(head, depths=depths, alpha=alpha) for head in heads])
        held = left <= right
        loose = float(np.median(right[held] / left[held])) if held.any() else float("nan")
        return Trial(depths, draws, int((~held).sum()), loose)

    def mean_of_depths(self, depths: Sequence[int], *, draws: int = 100) -> tuple[float, ...]:
        """Root mean square of ‖mean of D i.i.d. depths − their expectation‖_F: falls as 1/√D."""
        generator = np.random.default_rng(self.seed)
        x = generator.standard_normal((6, 4))

        def maps(n: int) -> np.ndarray:
            w_q, w_k = generator.standard_normal((2, n, 4, 4)) / 2
            return softmax((x @ w_q) @ (x @ w_k).transpose(0, 2, 1) / 2)

        expected = maps(20_000).mean(0)
        found = []
        for n in depths:
            squares = [((maps(n).mean(0) - expected) ** 2).sum() for _ in range(draws)]
            found.append(float(np.sqrt(np.mean(squares))))
        return tuple(found)

    def tightness(self, *, draws: int = 100) -> tuple[Tightness, ...]:
        """Each bound on each setting: violations (there are none) and how close it comes."""
        found = []
        for setting in SETTINGS:
            generator = np.random.default_rng(self.seed)
            heads = [
                drawn(
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
                over = int((ratio > 1 + ROUNDING).sum())
                largest, middle = float(ratio.max()), float(np.median(ratio))
                found.append(Tightness(name, setting, draws, over, largest, middle))
        return tuple(found)

    def effective_rank(self, attention: "DepthwiseAttention") -> DepthRank:
        """How differently the depths of a (trained) layer project, its packed [W_q; W_k] each."""
        return depth_rank([weight.detach().numpy() for weight in attention.learned["query_key"]])

    def complexity(
        self,
        lengths: Sequence[int] = (128, 256, 512, 1024),
        *,
        configs: "Sequence[AttentionConfig] | None" = None,
        repeats: int = 0,
    ) -> tuple[Complexity, ...]:
        """The source's table again, by counting; repeats > 0 measures times too."""
        from maw.theory.comparison import AttentionComparator

        comparator = AttentionComparator(configs, seed=self.seed)
        costs = comparator.compare(lengths, repeats=repeats)
        plain = {replace(config, kind="standard") for config in comparator.configs}
        counted = AttentionComparator(tuple(plain), seed=self.seed).compare(lengths)
        base = {cost.config: cost.flops for cost in counted}
        return tuple(_complexity(c, base[replace(c.config, kind="standard")]) for c in costs)


def _complexity(cost: "AttentionCost", standard: int) -> Complexity:
    return Complexity(
        kind=cost.config.kind,
        length=cost.config.length,
        flops=cost.flops,
        ratio=cost.flops / standard,
        parameters=cost.parameters,
        parameters_used=cost.parameters_used,
        seconds=cost.seconds,
    )


def source_complexity(config: "AttentionConfig") -> tuple[int, int]:
    """The source's own operations: L²d, and L²d + DLd², d the head size. One head, no E²."""
    L, d = config.length, config.hidden // config.heads
    return L * L * d, L * L * d + config.depths * L * d * d
