"""How time and memory grow when documents, queries, seeds or systems are multiplied by four.

    python benchmarks/growth.py [--rounds 3] [--parts rank evaluate] [--out results/benchmarks]

Each part of a user's work (`growth_parts.py`) is done with one of its sizes multiplied by 1, 2 and
4, on one thread, as the workflow's jobs run. Every measurement is a process of its own, a fork of
this one, which has imported all packages and does the part once on tiny inputs before: so neither
the start of Python nor imports count. Time is the processor's. Memory is the peak of the process
above what it had before its inputs were made; inputs count. Linux with glibc only.

Growth is the exponent log(t4 / t1) / log 4, from medians over rounds; a round measures everything
once. An exponent of 1 is proportional, one below 1 has a fixed part, and one of 0 does not grow.
The verdict is "linear or better" where it is at most 1.1: the margin allows for noise, 15 % of the
time at factor 4. A size whose exponent is above is measured as often again, at most twice, before
it counts as worse; then the program ends with exit code 1. A peak of less than 4 MB is not judged.

Writes growth.csv, a row for each part, size and factor, and the picture growth.svg and growth.png.
"""

import argparse
import ctypes
import gc
import math
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

# one thread, as Snakemake tells jobs; numpy and torch read it when they are imported
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import altair as alt
import pandas as pd
from growth_parts import PARTS, TINY, Part, Sizes

from maw.jobs import device
from maw.reporting.figures.look import HIGHLIGHTS, UNTRAINED

FACTORS = (1, 2, 4)
BAR, FLOOR = 1.1, 4.0  # largest exponent; megabytes
AGAIN = 2  # further measurements of what is above the bar, as many rounds each
LINEAR, WORSE, UNJUDGED = "linear or better", "worse than linear", "too small to judge"
PICTURE = {"time": "processor time", "memory": "peak memory"}
RESET_PEAK, LIBC = Path("/proc/self/clear_refs"), ctypes.CDLL(None)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one measurement took: seconds of the processor and megabytes at the peak."""

    seconds: float
    megabytes: float


@dataclass(slots=True)
class Case:
    """A part whose work grows in one size, and its measurements: factor -> costs."""

    part: Part
    dimension: str
    larger: int = 1  # what the part's own base is multiplied with
    costs: dict[int, list[Cost]] = field(default_factory=lambda: {f: [] for f in FACTORS})

    def sizes(self, factor: int) -> Sizes:
        """Return the sizes at a factor."""
        return self.part.bases[self.dimension].times(self.larger * factor, self.dimension)

    def medians(self, quantity: str) -> dict[int, float]:
        """Return factor -> median. quantity: `seconds` or `megabytes`."""
        return {f: median(getattr(c, quantity) for c in costs) for f, costs in self.costs.items()}

    @property
    def exponents(self) -> tuple[float, float]:
        """The exponents of time and of memory; nan for a peak that is too small to judge."""
        seconds, megabytes = self.medians("seconds"), self.medians("megabytes")
        of_memory = math.nan
        if megabytes[FACTORS[-1]] >= FLOOR:
            # below a megabyte pages that happen to be free decide
            of_memory = exponent(max(megabytes[1], 1.0), megabytes[FACTORS[-1]])
        return exponent(seconds[1], seconds[FACTORS[-1]]), of_memory

    @property
    def is_worse(self) -> bool:
        """Whether time or memory grows worse than linearly."""
        return WORSE in map(verdict, self.exponents)


def exponent(first: float, last: float) -> float:
    """Return p where a quantity grows as (size)^p from `first` to `last`, at factors 1 and 4."""
    return math.log(last / first) / math.log(FACTORS[-1])


def verdict(exponent: float) -> str:
    """Return the verdict on an exponent; nan is not judged."""
    if math.isnan(exponent):
        return UNJUDGED
    return LINEAR if exponent <= BAR else WORSE


def memory(name: str) -> float:
    """Return a line of this process's memory status in megabytes: VmRSS (now) or VmHWM (peak)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise KeyError(name)


def measure(part: Part, sizes: Sizes) -> Cost:
    """Measure the part once, in a fork of this process. RuntimeError where the fork fails."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    fork = context.Process(target=_measure, args=(part, sizes, sender))
    fork.start()
    sender.close()
    try:
        cost: Cost = receiver.recv()
    except EOFError:
        raise RuntimeError(f"{part.name}: the process failed at {sizes}") from None
    finally:
        fork.join()
    return cost


def _measure(part: Part, sizes: Sizes, sender: Connection) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # commands print their results
    once(part)
    LIBC.malloc_trim(0)  # else the work would use memory that the C library holds as free
    before = memory("VmRSS")
    with tempfile.TemporaryDirectory() as folder:
        work = part.prepare(sizes, Path(folder))
        gc.collect()
        RESET_PEAK.write_text("5")  # man 5 proc: the peak starts again from what is in use
        started = time.process_time()
        result = work()
        seconds = time.process_time() - started
        peak = memory("VmHWM") - before
    del result
    sender.send(Cost(seconds, max(peak, 0.1)))


def once(part: Part) -> None:
    """Do a part on tiny inputs: it brings code and data that every size needs into memory."""
    with tempfile.TemporaryDirectory() as folder:
        part.prepare(TINY, Path(folder))()
    gc.collect()


def warm_up(parts: Sequence[Part]) -> None:
    """Do each part once in this process, without its output, so that forks import nothing."""
    device.prepare(seed=0, name="cpu")
    with open(os.devnull, "w") as silent, redirect_stdout(silent):
        for part in parts:
            once(part)
    gc.freeze()


def run(cases: Sequence[Case], *, rounds: int) -> None:
    """Measure all cases, interleaved; those above the bar as often again, at most AGAIN times."""
    _rounds(cases, rounds)
    for _ in range(AGAIN):
        _rounds([case for case in cases if case.is_worse], rounds)


def _rounds(cases: Sequence[Case], rounds: int) -> None:
    for number in range(rounds if cases else 0):
        for case in cases:
            for factor in FACTORS[:: -1 if number % 2 else 1]:
                case.costs[factor].append(measure(case.part, case.sizes(factor)))


def table(cases: Sequence[Case]) -> pd.DataFrame:
    """Return a row for each case and factor, with the exponents and verdicts of the case."""
    rows: list[dict[str, object]] = []
    for case in cases:
        seconds, megabytes = case.medians("seconds"), case.medians("megabytes")
        of_time, of_memory = case.exponents
        for factor, costs in case.costs.items():
            times = [cost.seconds for cost in costs]
            rows.append(
                {
                    "part": case.part.name,
                    "dimension": case.dimension,
                    "factor": factor,
                    "size": getattr(case.sizes(factor), case.dimension),
                    "repetitions": len(costs),
                    "cpu_seconds": seconds[factor],
                    "cpu_seconds_least": min(times),
                    "cpu_seconds_most": max(times),
                    "peak_megabytes": megabytes[factor],
                    "time_exponent": of_time,
                    "time_exponent_last_doubling": math.log2(seconds[4] / seconds[2]),
                    "memory_exponent": of_memory,
                    "memory_exponent_last_doubling": math.log2(megabytes[4] / megabytes[2]),
                    "time_verdict": verdict(of_time),
                    "memory_verdict": verdict(of_memory),
                }
            )
    return pd.DataFrame(rows)


def chart(rows: pd.DataFrame) -> alt.FacetChart:
    """Return a picture with a panel for each size and for time and memory, both axes logarithmic.

    A line is a part, as a multiple of its cost at factor 1; the dashed line is proportional growth.
    """
    columns = {"time": "cpu_seconds", "memory": "peak_megabytes"}
    keys = ["part", "dimension", "factor"]
    shown = []
    for quantity, column in columns.items():
        judged = rows[rows[f"{quantity}_verdict"] != UNJUDGED]
        first = judged.groupby(["part", "dimension"])[column].transform("first")
        ratio = judged[column].clip(lower=1e-9) / first.clip(lower=1e-9)
        shown.append(judged[keys].assign(ratio=ratio, quantity=PICTURE[quantity]))
        bounds = pd.DataFrame({"factor": FACTORS, "ratio": FACTORS, "part": "proportional"})
        for dimension in rows["dimension"].unique():
            shown.append(bounds.assign(dimension=dimension, quantity=PICTURE[quantity]))
    names = [*rows["part"].unique(), "proportional"]
    colours = [*HIGHLIGHTS[: len(names) - 1], UNTRAINED[1]]
    values = list(FACTORS)
    line = (
        alt.Chart(pd.concat(shown, ignore_index=True))
        .mark_line(point=alt.OverlayMarkDef(size=20))
        .encode(
            x=alt.X(
                "factor:Q", title="size, times", axis=alt.Axis(values=values, format="d")
            ).scale(type="log", domain=[1, 4]),
            y=alt.Y("ratio:Q", title="cost, times", axis=alt.Axis(values=values, format="d")).scale(
                type="log", domain=[0.8, 5]
            ),
            color=alt.Color("part:N", title=None, scale=alt.Scale(domain=names, range=colours)),
            strokeDash=alt.condition(
                alt.datum.part == "proportional", alt.value([5, 4]), alt.value([1, 0])
            ),
        )
        .properties(width=150, height=130)
    )
    faceted: alt.FacetChart = line.facet(
        column=alt.Column("dimension:N", title=None),
        row=alt.Row("quantity:N", title=None, sort=list(PICTURE.values())),
    )
    return faceted


def draw(rows: pd.DataFrame, path: Path) -> None:
    """Write the picture as SVG and as PNG; path: without a suffix."""
    import vl_convert

    spec = chart(rows).configure_view(stroke="#dddddd").configure(font="Georgia, serif").to_json()
    path.with_suffix(".svg").write_text(vl_convert.vegalite_to_svg(spec), encoding="utf-8")
    path.with_suffix(".png").write_bytes(vl_convert.vegalite_to_png(spec, scale=1))


def report(rows: pd.DataFrame) -> str:
    """Return a line for each part and size: costs at all factors, exponents and verdicts."""
    lines = [
        f"{'part':12} {'size':10} {'seconds':>20} {'MB':>17} {'time':>6} {'memory':>7}  verdict"
    ]
    for (part, dimension), of_case in rows.groupby(["part", "dimension"], sort=False):
        seconds = "/".join(f"{value:.2f}" for value in of_case["cpu_seconds"])
        peaks = "/".join(f"{value:.0f}" for value in of_case["peak_megabytes"])
        row = of_case.iloc[0]
        found = {row["time_verdict"], row["memory_verdict"]}
        lines.append(
            f"{part:12} {dimension:10} {seconds:>20} {peaks:>17} {row['time_exponent']:6.2f} "
            f"{row['memory_exponent']:7.2f}  {WORSE if WORSE in found else LINEAR}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [part.name for part in PARTS]
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--larger", type=int, default=1, help="factor of all bases; takes longer")
    parser.add_argument("--parts", nargs="+", choices=names, default=names, metavar="PART")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"))
    options = parser.parse_args(arguments)
    if not RESET_PEAK.exists():
        parser.error(f"{RESET_PEAK}: no such file; run this on Linux")
    started = time.monotonic()
    parts = [part for part in PARTS if part.name in options.parts]
    warm_up(parts)
    cases = [Case(part, size, options.larger) for part in parts for size in part.bases]
    run(cases, rounds=options.rounds)
    rows = table(cases)
    options.out.mkdir(parents=True, exist_ok=True)
    rows.to_csv(options.out / "growth.csv", index=False, float_format="%.4g")
    draw(rows, options.out / "growth")
    print(report(rows))
    n_worse = sum(case.is_worse for case in cases)
    print(f"{n_worse} of {len(cases)} worse than linear, {time.monotonic() - started:.0f} s")
    if n_worse:
        sys.exit(1)


if __name__ == "__main__":
    main()
