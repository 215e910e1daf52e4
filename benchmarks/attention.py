"""What does each form of depth-wise attention cost, against one fused QKV product, SDPA and output?

    python benchmarks/attention.py --minutes 3

Ratios of interleaved runs in one process: a shared or throttled machine slows all forms alike. Time
is processor time (wall time on a GPU or with several threads), the minimum and the median over
runs; memory is the allocator's peak besides inputs and weights; FLOPs are counted, and `floor` is
their ratio by formula. `sdpa_again` is the baseline once more: its distance from 1 is the noise.
"""

import argparse
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from statistics import median

import altair as alt
import pandas as pd
import torch
from attention_forms import BATCH, Form, Setting, forms
from attention_goals import floor, memory_goal, time_goal
from tensor_memory import peak_bytes  # first: it quietens torch's profiler

from maw.training.flops import counter

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
# a form dearer than so many times the baseline takes fewer turns, but FEW at least
DEAR, FEW = 3, 3
ENOUGH = 20.0  # seconds for a setting, where the grid could be measured further instead


@dataclass(frozen=True)
class Machine:
    """Where and how all forms run."""

    device: str
    dtype: str
    threads: int

    @property
    def clock(self) -> str:
        """Processor time is blind to neighbours, but adds threads up and does not see a GPU."""
        return "processor" if self.device == "cpu" and self.threads == 1 else "wall"

    def now(self) -> float:
        """Seconds."""
        if self.device == "cuda":
            torch.cuda.synchronize()
        return time.process_time() if self.clock == "processor" else time.perf_counter()


@dataclass(frozen=True)
class Measured:
    """A form in a setting. difference: of its output from float32 on the CPU, relative."""

    form: str
    seconds: list[float]
    peak: int
    flops: int
    difference: float


@dataclass(frozen=True)
class Runner:
    """One form with its input. `clear` is not timed: what a step leaves behind."""

    form: Form
    x: torch.Tensor
    above: torch.Tensor | None

    def clear(self) -> None:
        """No gradients."""
        self.x.grad = None
        self.form.module.zero_grad(set_to_none=True)

    def run(self) -> None:
        """Forward, or forward and backward with fresh gradients."""
        if self.above is None:
            with torch.no_grad():
                self.form.call(self.x)
        else:
            self.form.call(self.x).backward(self.above)


def runners(setting: Setting, machine: Machine) -> list[Runner]:
    """All forms on the same input."""
    drawn = torch.Generator().manual_seed(1)
    shape = (BATCH, setting.L, setting.hidden)
    where = {"device": machine.device, "dtype": DTYPES[machine.dtype]}
    x, above = (torch.randn(shape, generator=drawn).to(**where) for _ in range(2))
    training = setting.mode == "training"
    x.requires_grad_(training)
    return [Runner(form, x, above if training else None) for form in forms(setting, **where)]


def differences(setting: Setting, found: list[Runner], machine: Machine) -> list[float]:
    """Largest difference of each output over the largest component; 0 where it is the reference."""
    if (machine.device, machine.dtype) == ("cpu", "float32"):
        return [0.0] * len(found)
    told = []
    for here, there in zip(found, runners(setting, Machine("cpu", "float32", 1)), strict=True):
        with torch.no_grad():
            exact, got = there.form.call(there.x), here.form.call(here.x).float().cpu()
        told.append(float((got - exact).abs().max() / exact.abs().max()))
    return told


def measure(setting: Setting, machine: Machine, *, seconds: float, fewest: int) -> list[Measured]:
    """Interleaved runs of every form until the time is up, and no fewer than `fewest`.

    In a fresh order each round, so that no form always follows the same one.
    """
    found = runners(setting, machine)
    apart = differences(setting, found, machine)
    peaks, flops = [], []
    for one in found:  # these also warm up
        one.clear()
        with counter() as counted:
            one.run()
        flops.append(counted.get_total_flops())
        one.clear()
        peaks.append(peak_bytes(one.run, device=machine.device))
        one.clear()
    started = time.perf_counter()
    taken: list[list[float]] = [[] for _ in found]
    order, shuffle = list(range(len(found))), random.Random(0)
    while len(taken[0]) < fewest or time.perf_counter() - started < seconds:
        shuffle.shuffle(order)
        for place in order:
            mine = taken[place]
            if len(mine) >= min(fewest, FEW) and sum(mine) > DEAR * sum(taken[0]):
                continue
            before = machine.now()
            found[place].run()
            mine.append(machine.now() - before)
            found[place].clear()
    return [
        Measured(one.form.name, *values)
        for one, *values in zip(found, taken, peaks, flops, apart, strict=True)
    ]


def rows(
    setting: Setting, machine: Machine, measured: list[Measured]
) -> Iterator[dict[str, object]]:
    """For the table, each form against the first."""
    base = measured[0]
    barred = machine == Machine("cpu", "float32", 1)  # what the goals are about
    for one in measured:
        ratio, memory = min(one.seconds) / min(base.seconds), one.peak / base.peak
        goal = time_goal(one.form, setting) if barred else None
        room = memory_goal(one.form, setting) if barred else None
        yield {
            **asdict(setting),
            "batch": BATCH,
            **asdict(machine),
            "clock": machine.clock,
            "form": one.form,
            "runs": len(one.seconds),
            "min_ms": 1e3 * min(one.seconds),
            "median_ms": 1e3 * median(one.seconds),
            "ratio_of_minima": ratio,
            "ratio_of_medians": median(one.seconds) / median(base.seconds),
            "floor": floor(one.form, setting),
            "flops_ratio": one.flops / base.flops,
            "goal": goal,
            "met": None if goal is None else "yes" if ratio <= goal else "no",
            "peak_bytes": one.peak,
            "peak_ratio": memory,
            "peak_goal": room,
            "peak_met": None if room is None else "yes" if memory <= room else "no",
            "difference": one.difference,
        }


def grid(hidden: list[int], lengths: list[int], depths: list[int]) -> list[Setting]:
    """The most telling first: what does not fit into the time is left out from the end."""
    modes = ("inference", "training")
    first = [(384, 128, 8), (384, 512, 8), (384, 64, 8), (384, 256, 8), (384, 128, 32)]
    first += [(384, 512, 32), (384, 64, 32), (384, 128, 1), (768, 128, 8), (384, 1024, 8)]
    every = [(E, L, D) for E, D, L in product(hidden, depths, lengths)]
    known = [shape for shape in first if shape in every]
    return [Setting(*shape, mode) for shape in dict.fromkeys([*known, *every]) for mode in modes]


def draw(table: pd.DataFrame, path: Path) -> None:
    """Ratio of minima over L, a panel for each mode and depth count, the smallest hidden size."""
    shown = table[(table["hidden"] == table["hidden"].min()) & (table["form"] != "sdpa")]
    x = alt.X("L:O", title="tokens")
    y = alt.Y("ratio_of_minima:Q", title="time / SDPA").scale(type="log")
    color = alt.Color("form:N", title=None).scale(scheme="tableau20")  # ten colours would repeat
    chart = alt.Chart(shown).encode(x=x, y=y, color=color)
    layers = (chart.mark_line() + chart.mark_point()).properties(width=260, height=260)
    layers.facet(column="mode:N", row="D:N").save(path)


def readable(table: pd.DataFrame) -> str:
    """Markdown: a row for each form and setting, as multiples of the baseline."""
    shown = {
        "mode": "mode", "hidden": "hidden", "L": "L", "D": "D", "form": "form", "runs": "runs",
        "min_ms": "min ms", "ratio_of_minima": "time ×", "ratio_of_medians": "of medians ×",
        "floor": "floor ×", "goal": "goal ≤", "met": "met", "peak_ratio": "memory ×",
        "peak_goal": "goal ≤", "peak_met": "met",
    }  # fmt: skip
    one = table.iloc[0]
    lines = [
        f"Batch {one['batch']}, {one['dtype']} on {one['device']}, threads: {one['threads']}, "
        f"{one['clock']} time; × means times torch's fused attention with its projections.",
        "",
        "| " + " | ".join(shown.values()) + " |",
        "|" + "---|" * len(shown),
    ]
    for values in table[list(shown)].itertuples(index=False):
        cells = (
            "" if pd.isna(v) else f"{v:.2f}" if isinstance(v, float) else str(v) for v in values
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def write(table: pd.DataFrame, folder: Path, machine: Machine) -> Path:
    """The csv and the readable table; another machine's rows go into files of their own."""
    plain = (machine.device, machine.dtype) == ("cpu", "float32")
    path = folder / ("attention" if plain else f"attention-{machine.device}-{machine.dtype}")
    table.to_csv(path.with_suffix(".csv"), index=False, float_format="%.4g")
    path.with_suffix(".md").write_text(readable(table), encoding="utf-8")
    return path


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--dtype", choices=tuple(DTYPES), default="float32")
    parser.add_argument("--hidden", type=int, nargs="+", default=[384, 768])
    parser.add_argument("--lengths", type=int, nargs="+", default=[64, 128, 256, 512, 1024])
    parser.add_argument("--depths", type=int, nargs="+", default=[8, 32, 1])
    parser.add_argument("--fewest", type=int, default=5, help="runs of each form")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"))
    given = parser.parse_args(arguments)
    if given.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda: torch sees no GPU here; leave it out")
    machine = Machine(given.device, given.dtype, given.threads)
    torch.set_num_threads(given.threads)
    given.out.mkdir(parents=True, exist_ok=True)
    settings, found = grid(given.hidden, given.lengths, given.depths), []
    until = time.perf_counter() + 60 * given.minutes
    for place, setting in enumerate(settings):
        left = until - time.perf_counter()
        if left <= 0 and place:
            print(f"time is up: {len(settings) - place} of {len(settings)} settings left out")
            break
        share = max(left / (len(settings) - place), min(5 * given.minutes, ENOUGH))
        measured = measure(setting, machine, seconds=share, fewest=given.fewest)
        found += list(rows(setting, machine, measured))
        table = pd.DataFrame(found)
        path = write(table, given.out, machine)
        told = " ".join(
            f"{row.form} {row.ratio_of_minima:.2f}"
            for row in table.iloc[-len(measured) :].itertuples()
            if row.form != "sdpa"
        )
        print(
            f"{setting.mode} hidden {setting.hidden} L {setting.L} D {setting.D}: {told}",
            flush=True,
        )
    for picture in (".svg", ".png"):
        draw(table, path.with_suffix(picture))
    missed = table[(table["met"] == "no") | (table["peak_met"] == "no")]
    barred = table["goal"].notna() | table["peak_goal"].notna()
    print(f"{len(table)} rows, {barred.sum()} with a goal, {len(missed)} over it: {path}.csv, .md")


if __name__ == "__main__":
    main()
