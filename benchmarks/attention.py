"""What does each form of depth-wise attention cost, against one fused QKV product, SDPA and output?

    python benchmarks/attention.py --minutes 3

Ratios of interleaved runs in one process: a shared or throttled machine slows all forms alike. Time
is processor time, the minimum and the median over runs; memory the most bytes of tensors alive at
once besides inputs and weights; FLOPs are counted: their ratio is what no implementation can beat.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from statistics import median

import altair as alt
import pandas as pd
import torch
from tensor_memory import peak_bytes
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention

from maw import registry
from maw.attention.depthwise import DepthwiseAttention
from maw.attention.literal import attend_literally
from maw.attention.straight_through import ExactGates, Gates
from maw.flops import counter
from maw.routers.layers import perceptron
from maw.routers.reading import hidden as mean_hidden

BATCH, HEAD = 8, 32
LITERAL_BYTES = 2.5e8  # of one five-axis tensor: beyond it the literal form takes minutes
Form = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Setting:
    """One row of the grid."""

    hidden: int
    L: int
    D: int
    mode: str  # inference or training


@dataclass(frozen=True)
class Measured:
    """A form in a setting."""

    form: str
    seconds: list[float]
    peak: int
    flops: int


class Layer(nn.Module):
    """Attention of one kind with its output projection and routers."""

    def __init__(self, setting: Setting, projection: str) -> None:
        super().__init__()
        E, D = setting.hidden, setting.D
        weights = {name: torch.randn(E, E) / E**0.5 for name in ("query", "key", "value")}
        weights |= {f"{name}_bias": torch.randn(E) for name in ("query", "key", "value")}
        kind = registry.parse("projections", {"kind": projection})
        heads = E // HEAD
        self.attention = DepthwiseAttention(
            weights, heads=heads, depths=D, noise=0.05, projection=kind
        )
        self.fused = nn.Parameter(torch.randn(3 * E, E) / E**0.5)
        self.fused_bias = nn.Parameter(torch.randn(3 * E))
        self.output = nn.Linear(E, E)
        self.by_hidden = perceptron([E, 64, 32, D])
        self.by_attention = perceptron([heads * 64, 64, D])
        self.mask = torch.ones(BATCH, setting.L, dtype=torch.bool)
        self.depth = torch.arange(BATCH) % D  # texts choose differently: the dearest case

    def sdpa(self, x: Tensor) -> Tensor:
        """The baseline."""
        q, k, v = (
            self.attention.split(part)
            for part in linear(x, self.fused, self.fused_bias).chunk(3, -1)
        )
        y = scaled_dot_product_attention(q, k, v, attn_mask=self.mask[:, None, None])
        return self.output(y.transpose(1, 2).reshape(x.shape))

    def lazy(self, x: Tensor) -> Tensor:
        """The depth that a hidden-state router chose, alone."""
        self.by_hidden(mean_hidden(self.attention, x.detach(), self.mask)).argmax(-1)
        return self.output(self.attention(x, self.mask, self.depth))

    def policy_gradient(self, x: Tensor) -> Tensor:
        """One sampled depth: ordinary gradients through it."""
        return self.output(self.attention(x, self.mask, self.depth))

    def pooled(self, x: Tensor) -> Tensor:
        """A router that reads the attention of all depths."""
        with torch.no_grad():
            features = self.attention.pooled(x, self.mask).flatten(1)
        self.by_attention(features).argmax(-1)
        return self.output(self.attention(x, self.mask, self.depth))

    def gates(self, x: Tensor) -> Tensor:
        return self.by_hidden(mean_hidden(self.attention, x.detach(), self.mask)).softmax(-1)

    def two_depths(self, x: Tensor) -> Tensor:
        """Straight-through over the chosen depth and one other."""
        soft, other = self.gates(x), (self.depth + 1) % self.attention.depths
        gates = Gates(soft[:, 0], other, soft[:, -1])
        return self.output(gates.attend(self.attention, x, self.mask, self.depth))

    def exact(self, x: Tensor) -> Tensor:
        """Straight-through over all depths."""
        gates = ExactGates(self.gates(x))
        return self.output(gates.attend(self.attention, x, self.mask, self.depth))

    def uniform(self, x: Tensor) -> Tensor:
        """The mean over depths."""
        weights = x.new_full((BATCH, self.attention.depths), 1 / self.attention.depths)
        return self.output(self.attention(x, self.mask, weights))

    def stat(self, x: Tensor) -> Tensor:
        """A mixture by what each depth's attention is like."""
        weights = self.attention.stat_logits(x.detach(), self.mask).softmax(-1)
        return self.output(self.attention(x, self.mask, weights))

    def literal(self, x: Tensor) -> Tensor:
        """The five-axis tensor, all depths, one-hot weights with a softmax's gradient."""
        attention, soft = self.attention, self.gates(x)
        begun = attention.begin(x, self.mask)
        pairs = [begun.project(depth) for depth in range(attention.depths)]
        q, k = (torch.stack(part, -1) for part in zip(*pairs, strict=True))
        weights = torch.zeros_like(soft).scatter(1, self.depth[:, None], 1) + soft - soft.detach()
        y, _ = attend_literally(q, k, begun.v, weights=weights, mask=self.mask)
        return self.output(y.transpose(1, 2).reshape(x.shape))


def forms(setting: Setting) -> dict[str, Form]:
    """The baseline first."""
    torch.manual_seed(0)
    full, diagonal, low_rank = (Layer(setting, kind) for kind in ("full", "diagonal", "low_rank"))
    found: dict[str, Form] = {"sdpa": full.sdpa}
    if setting.mode == "inference":
        found |= {"lazy": full.lazy, "pooled": full.pooled}
    else:
        found |= {"policy_gradient": full.policy_gradient, "exact": full.exact}
        if setting.D > 1:
            found["two_depths"] = full.two_depths
    found |= {
        "diagonal": diagonal.policy_gradient,
        "low_rank": low_rank.policy_gradient,
        "uniform": full.uniform,
        "stat": full.stat,
    }
    heads = setting.hidden // HEAD
    if 4 * BATCH * heads * setting.L**2 * setting.D <= LITERAL_BYTES:
        found["literal"] = full.literal
    return found


def runner(form: Form, setting: Setting) -> Callable[[], None]:
    """One run: forward, or forward and backward with fresh gradients."""
    x = torch.randn(BATCH, setting.L, setting.hidden)
    if setting.mode == "inference":

        def run() -> None:
            with torch.no_grad():
                form(x)

        return run
    layer = form.__self__  # type: ignore[attr-defined]
    layer.train()
    x.requires_grad_()
    above = torch.randn(BATCH, setting.L, setting.hidden)

    def step() -> None:
        x.grad = None
        layer.zero_grad(set_to_none=True)
        form(x).backward(above)

    return step


def measure(setting: Setting, *, seconds: float, fewest: int) -> list[Measured]:
    """Interleaved runs of every form until the time is up, and no fewer than `fewest`."""
    runs = {name: runner(form, setting) for name, form in forms(setting).items()}
    peaks, flops = {}, {}
    started = time.perf_counter()
    for name, run in runs.items():  # these also warm up
        peaks[name] = peak_bytes(run)
        with counter() as counted:
            run()
        flops[name] = counted.get_total_flops()
    taken: dict[str, list[float]] = {name: [] for name in runs}
    while len(taken["sdpa"]) < fewest or time.perf_counter() - started < seconds:
        for name, run in runs.items():
            before = time.process_time()
            run()
            taken[name].append(time.process_time() - before)
    return [Measured(name, taken[name], peaks[name], flops[name]) for name in runs]


def rows(setting: Setting, measured: list[Measured]) -> Iterator[dict[str, object]]:
    """For the table, each form against the first."""
    base = measured[0]
    for one in measured:
        yield {
            **asdict(setting),
            "batch": BATCH,
            "form": one.form,
            "runs": len(one.seconds),
            "threads": torch.get_num_threads(),
            "min_ms": 1e3 * min(one.seconds),
            "median_ms": 1e3 * median(one.seconds),
            "ratio_of_minima": min(one.seconds) / min(base.seconds),
            "ratio_of_medians": median(one.seconds) / median(base.seconds),
            "flops_ratio": one.flops / base.flops,
            "peak_bytes": one.peak,
            "peak_ratio": one.peak / base.peak,
        }


def grid() -> list[Setting]:
    """The most telling first: what does not fit into the time is left out from the end."""
    modes = ("inference", "training")
    first = [Setting(384, 128, 8, mode) for mode in modes]
    first += [Setting(384, L, 8, mode) for L in (64, 256, 512) for mode in modes]
    first += [Setting(384, 128, 32, mode) for mode in modes]
    every = product((384, 768), (64, 128, 256, 512, 1024), (8, 32, 1), modes)
    return list(dict.fromkeys([*first, *(Setting(*values) for values in every)]))


def draw(table: pd.DataFrame, path: Path) -> None:
    """Ratio of minima over L, one panel a mode and depth count, hidden size 384."""
    shown = table[(table["hidden"] == 384) & (table["form"] != "sdpa")]
    x = alt.X("L:O", title="tokens")
    y = alt.Y("ratio_of_minima:Q", title="time / SDPA").scale(type="log")
    chart = alt.Chart(shown).encode(x=x, y=y, color=alt.Color("form:N", title=None))
    layers = (chart.mark_line() + chart.mark_point()).properties(width=260, height=260)
    layers.facet(column="mode:N", row="D:N").save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"))
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    given.out.mkdir(parents=True, exist_ok=True)
    settings, found = grid(), []
    until = time.perf_counter() + 60 * given.minutes
    for place, setting in enumerate(settings):
        left = until - time.perf_counter()
        if left <= 0:
            print(f"time is up: {len(settings) - place} of {len(settings)} settings left out")
            break
        share = max(left / (len(settings) - place), 5.0 if place < 10 else 0.0)
        measured = measure(setting, seconds=share, fewest=5)
        found += list(rows(setting, measured))
        table = pd.DataFrame(found)
        table.to_csv(given.out / "attention.csv", index=False, float_format="%.4g")
        latest = table.iloc[-len(measured) :]
        told = " ".join(f"{row.form} {row.ratio_of_minima:.2f}" for row in latest.itertuples())
        print(
            f"{setting.mode} hidden {setting.hidden} L {setting.L} D {setting.D}: {told}",
            flush=True,
        )
    draw(table, given.out / "attention.svg")
    draw(table, given.out / "attention.png")
    print(f"{len(table)} rows: {given.out / 'attention.csv'}")


if __name__ == "__main__":
    main()
