"""Time and memory of each form of depth-wise attention, against torch's fused attention.

    python benchmarks/attention.py --minutes 3

The runs of all forms are interleaved in one process, so that a shared or throttled machine slows
all forms alike. Time is processor time (wall time on a GPU or with several threads), the minimum
and the median over runs. Memory is the allocator's peak besides inputs and weights. FLOPs are
counted, and `floor` is their ratio by formula. `sdpa_again` is the baseline a second time: the
distance of its ratio from 1 is noise.
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
from tensor_memory import peak_bytes  # before torch's profiler, which it silences

from maw.models.products import LinearLayers
from maw.training.flops import flop_counter

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
# a form that takes more than DEAR times as long as the baseline gets fewer runs, but at least FEW
DEAR, FEW = 3, 3
ENOUGH_SECONDS = 20.0  # for one setting; more time goes to the next settings of the grid


@dataclass(frozen=True)
class Machine:
    """The device, the dtype and the number of threads that all forms run with."""

    device: str
    dtype: str
    threads: int

    @property
    def clock(self) -> str:
        """The clock in use: "processor" or "wall".

        Processor time ignores other processes, but it sums over threads and does not see a GPU.
        """
        return "processor" if self.device == "cpu" and self.threads == 1 else "wall"

    def now(self) -> float:
        """Return the time of the clock in seconds."""
        if self.device == "cuda":
            torch.cuda.synchronize()
        return time.process_time() if self.clock == "processor" else time.perf_counter()


@dataclass(frozen=True)
class Measured:
    """Measurements of one form. difference: relative, of its output from float32 on the CPU."""

    form: str
    seconds: list[float]
    peak: int
    flops: int
    difference: float


@dataclass(frozen=True)
class Runner:
    """One form with its input x and, in training, the gradient `above` of its output."""

    form: Form
    x: torch.Tensor
    above: torch.Tensor | None

    def clear(self) -> None:
        """Delete the gradients that a step left; this is not timed."""
        self.x.grad = None
        self.form.module.zero_grad(set_to_none=True)

    def run(self) -> None:
        """Compute the forward pass, and in training the backward pass."""
        with LinearLayers():  # the same library for the products of all forms
            if self.above is None:
                with torch.no_grad():
                    self.form.call(self.x)
            else:
                self.form.call(self.x).backward(self.above)


def runners(setting: Setting, machine: Machine) -> list[Runner]:
    """Return all forms of a setting on the same input."""
    generator = torch.Generator().manual_seed(1)
    shape = (BATCH, setting.L, setting.hidden)
    device, dtype = machine.device, DTYPES[machine.dtype]
    x, above = (
        torch.randn(shape, generator=generator).to(device=device, dtype=dtype) for _ in range(2)
    )
    training = setting.mode == "training"
    x.requires_grad_(training)
    return [
        Runner(form, x, above if training else None)
        for form in forms(setting, device=device, dtype=dtype)
    ]


def differences(setting: Setting, all_runners: list[Runner], machine: Machine) -> list[float]:
    """Return the largest difference of each form's output over its largest component.

    It is 0 on the reference machine, the CPU in float32.
    """
    if (machine.device, machine.dtype) == ("cpu", "float32"):
        return [0.0] * len(all_runners)
    ratios = []
    for here, reference in zip(
        all_runners, runners(setting, Machine("cpu", "float32", 1)), strict=True
    ):
        with torch.no_grad():
            exact, got = reference.form.call(reference.x), here.form.call(here.x).float().cpu()
        ratios.append(float((got - exact).abs().max() / exact.abs().max()))
    return ratios


def measure(setting: Setting, machine: Machine, *, seconds: float, fewest: int) -> list[Measured]:
    """Run every form in turn until the time is up, each at least `fewest` times.

    Each round has a new random order, so that no form always follows the same one.
    """
    all_runners = runners(setting, machine)
    apart = differences(setting, all_runners, machine)
    peaks, flops = [], []
    for runner in all_runners:  # these also warm up
        runner.clear()
        with flop_counter() as counted:
            runner.run()
        flops.append(counted.get_total_flops())
        runner.clear()
        peaks.append(peak_bytes(runner.run, device=machine.device))
        runner.clear()
    started = time.perf_counter()
    times: list[list[float]] = [[] for _ in all_runners]
    order, shuffle = list(range(len(all_runners))), random.Random(0)
    while len(times[0]) < fewest or time.perf_counter() - started < seconds:
        shuffle.shuffle(order)
        for position in order:
            own_times = times[position]
            if len(own_times) >= min(fewest, FEW) and sum(own_times) > DEAR * sum(times[0]):
                continue
            before = machine.now()
            all_runners[position].run()
            own_times.append(machine.now() - before)
            all_runners[position].clear()
    return [
        Measured(runner.form.name, *values)
        for runner, *values in zip(all_runners, times, peaks, flops, apart, strict=True)
    ]


def rows(
    setting: Setting, machine: Machine, measured: list[Measured]
) -> Iterator[dict[str, object]]:
    """Yield a row of the table for each form, with ratios to the first form."""
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
    """Return the settings, the most informative first: a lack of time cuts the end off."""
    modes = ("inference", "training")
    first = [(384, 128, 8), (384, 512, 8), (384, 64, 8), (384, 256, 8), (384, 128, 32)]
    first += [(384, 512, 32), (384, 64, 32), (384, 128, 1), (768, 128, 8), (384, 1024, 8)]
    every = [(E, L, D) for E, D, L in product(hidden, depths, lengths)]
    known = [shape for shape in first if shape in every]
    return [Setting(*shape, mode) for shape in dict.fromkeys([*known, *every]) for mode in modes]


def draw(table: pd.DataFrame, path: Path) -> None:
    """Draw the ratio of minima over L for the smallest hidden size.

    There is a panel for each mode and number of depths.
    """
    shown = table[(table["hidden"] == table["hidden"].min()) & (table["form"] != "sdpa")]
    x = alt.X("L:O", title="tokens")
    y = alt.Y("ratio_of_minima:Q", title="time / SDPA").scale(type="log")
    color = alt.Color("form:N", title=None).scale(scheme="tableau20")  # ten colours would repeat
    chart = alt.Chart(shown).encode(x=x, y=y, color=color)
    layers = (chart.mark_line() + chart.mark_point()).properties(width=260, height=260)
    layers.facet(column="mode:N", row="D:N").save(path)


def readable(table: pd.DataFrame) -> str:
    """Return a Markdown table: a row for each form and setting, as multiples of the baseline."""
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
    """Write the CSV and the Markdown table; another device or dtype has files of its own."""
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
    options = parser.parse_args(arguments)
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda: torch sees no GPU here; leave it out")
    machine = Machine(options.device, options.dtype, options.threads)
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    settings, table_rows = grid(options.hidden, options.lengths, options.depths), []
    until = time.perf_counter() + 60 * options.minutes
    for position, setting in enumerate(settings):
        left = until - time.perf_counter()
        if left <= 0 and position:
            print(f"time is up: {len(settings) - position} of {len(settings)} settings left out")
            break
        share = max(left / (len(settings) - position), min(5 * options.minutes, ENOUGH_SECONDS))
        measured = measure(setting, machine, seconds=share, fewest=options.fewest)
        table_rows += list(rows(setting, machine, measured))
        table = pd.DataFrame(table_rows)
        path = write(table, options.out, machine)
        ratios = " ".join(
            f"{row.form} {row.ratio_of_minima:.2f}"
            for row in table.iloc[-len(measured) :].itertuples()
            if row.form != "sdpa"
        )
        print(
            f"{setting.mode} hidden {setting.hidden} L {setting.L} D {setting.D}: {ratios}",
            flush=True,
        )
    for picture in (".svg", ".png"):
        draw(table, path.with_suffix(picture))
    missed = table[(table["met"] == "no") | (table["peak_met"] == "no")]
    barred = table["goal"].notna() | table["peak_goal"].notna()
    print(f"{len(table)} rows, {barred.sum()} with a goal, {len(missed)} over it: {path}.csv, .md")


if __name__ == "__main__":
    main()
