"""Numbers, intervals, systems and the data of a contrast as text for people.

The sentences of the verdicts are in `maw.reporting.words` and `maw.reporting.leads`.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd


def number(value: Any, digits: int = 3) -> str:
    """Return a number as `0.678`, with a true minus sign; a missing value is a dash."""
    return "–" if pd.isna(value) else f"{value:.{digits}f}".replace("-", "−")


def beyond_scale(difference: Any) -> bool:
    """Return True for a difference above 1, which no measure from 0 to 1 can show."""
    return bool(pd.notna(difference) and difference > 1)


def compact(value: Any, digits: int = 3, *, sign: bool = False) -> str:
    """Return a number without the zero before its point: `.031`, or with its sign `+.031`.

    A missing value is a dash, an infinite one `∞`.
    """
    if pd.isna(value):
        return "–"
    plus = "+" if sign and value >= 0 else ""
    if math.isinf(value):
        return f"{plus}∞" if value > 0 else "−∞"
    text = f"{abs(value):.{digits}f}"
    minus = "−" if value < 0 and float(text) else ""
    return f"{minus or plus}{text.removeprefix('0')}"


def short_interval(low: Any, high: Any, digits: int = 3, *, sign: bool = False) -> str:
    """Return an interval as `[.012, .050]`, or with signs as `[−.012, +.019]`."""
    return f"[{compact(low, digits, sign=sign)}, {compact(high, digits, sign=sign)}]"


def digits_apart(values: Iterable[float], margin: float | None, *, least: int = 3) -> int:
    """Return how many decimals show on which side of 0, margin and −margin each value lies.

    least: the smallest number of decimals that is returned; the largest is 6. Without it a limit of
    0.0004 would be shown as .000, though it proves that the difference is above 0.
    """
    marks = (0.0,) if margin is None else (0.0, margin, -margin)
    finite = [value for value in values if math.isfinite(value)]

    def is_true(digits: int) -> bool:
        return all(
            (round(value, digits) > mark) == (value > mark)
            and (round(value, digits) < mark) == (value < mark)
            for value in finite
            for mark in marks
        )

    return next(filter(is_true, range(least, 6)), 6)


def detectable(value: Any, digits: int = 3) -> str:
    """Return a detectable difference as `0.016`, or `> 1` if no measure from 0 to 1 can show it."""
    return "> 1" if beyond_scale(value) else number(value, digits)


def signed(value: Any, digits: int = 4) -> str:
    """Return a number with its sign, as `+0.0123` or `−∞`; a missing value is a dash."""
    if pd.isna(value):
        return "–"
    text = f"{value:+}".replace("inf", "∞") if math.isinf(value) else f"{value:+.{digits}f}"
    return text.replace("-", "−")


def pvalue(value: Any) -> str:
    """Return a p-value as `p = 0.034` or `p < 0.001`; a missing value is `not tested`."""
    if pd.isna(value):
        return "not tested"
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def bare_p(value: Any) -> str:
    """Return a p-value as `0.034` or `<0.001`, never as 0; a missing value is a dash."""
    if pd.isna(value):
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def probability(value: float) -> str:
    """Return a chance as `0.48`; what rounds to 0 or 1 is never shown as certain."""
    if value < 0.005:
        return "below 0.01"
    return "above 0.99" if value > 0.995 else f"{value:.2f}"


def quantity(value: Any) -> str:
    """Return a quantity as `1,774,464` or `12.3`; a missing value is a dash.

    Whole numbers are shown in full, other numbers with three significant digits.
    """
    if pd.isna(value):
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.3g}"


def system(entry: Mapping[str, Any]) -> str:
    """Return a system's configuration as `bi_encoder; attention maw (depths 8); router grpo`.

    entry: the configuration. Options that are None or empty are left out. A mapping without a kind
    is shown by its options alone: `lora (rank 16)`.
    """
    parts, options = [], []
    for key, value in entry.items():
        if isinstance(value, Mapping):
            parts += [f"{key.replace('_', ' ')} {system(value)}"] if value else []
        elif key != "kind" and value not in (None, []):
            text = " + ".join(map(str, value)) if isinstance(value, list) else value
            options.append(f"{key.replace('_', ' ')} {text}")
    listed_options = f"({', '.join(options)})" if options else ""
    plain = " ".join(word for word in (entry.get("kind", ""), listed_options) if word)
    return "; ".join([plain, *parts])


def interval(low: Any, high: Any) -> str:
    """Return an interval as `[−0.0123, +0.0045]`; a dash where both ends are missing."""
    return "–" if pd.isna(low) and pd.isna(high) else f"[{signed(low)}, {signed(high)}]"


def intervals(rows: pd.DataFrame, low: str, high: str) -> list[str]:
    """Return the interval of each row as text. low, high: names of the columns with its ends."""
    return [interval(a, b) for a, b in zip(rows[low], rows[high], strict=True)]


def span(low: Any, high: Any, digits: int = 3, show: Callable[[Any, int], str] = number) -> str:
    """Return a range as `0.014 to 0.021`. show: the function that writes a number with `digits`."""
    return f"{show(low, digits)} to {show(high, digits)}"


def basis(row: Mapping[str, Any], *, queries: str = "queries") -> str:
    """Return sentences on the data of a contrast: its queries, seeds, and how seeds are compared.

    row: a row of `maw.verdicts.decide.COLUMNS`. queries: `queries`, or `topics` of run files.
    """
    clusters = "" if pd.isna(row["n_clusters"]) else f" in {int(row['n_clusters'])} clusters"
    text = f"{row['n_queries']} {queries}{clusters}"
    n, n_baseline = row["n_seeds"], row["n_seeds_baseline"]
    if row["seeds"] == "shared":
        drawn = "Differences are taken within a seed."
        if queries == "queries":  # of the draws of other people's runs nothing is known
            drawn = (
                "Seed s gives both systems the same batches and negatives; differences are taken "
                "within a seed."
            )
        return f"{text}; {n} seeds. {drawn}{_retrained(row, queries=queries)}"
    runs = [_runs(row["system"], n), _runs(row["baseline"], n_baseline)]
    return f"{text}; {' and '.join(runs)}.{_retrained(row, queries=queries)}"


def _runs(system: str, n_seeds: int) -> str:
    return f"one run of {system}" if n_seeds == 1 else f"{n_seeds} independent seeds of {system}"


def _retrained(row: Mapping[str, Any], *, queries: str) -> str:
    """Return a sentence on the chance that one more training beats another, where it is known."""
    chance = row["chance_of_better_training"]
    if pd.isna(chance):
        return ""
    return (
        f" One more training of {row['system']} would rank better than {row['baseline']} on these "
        f"{queries} with probability {probability(chance)}."
    )


def estimand(row: Any, *, queries: str = "queries") -> str:
    """Return a phrase on the subject of a contrast's deciding p-value.

    row: a contrast whose `estimand` is E2 (the training procedure) or E1 (these runs). queries:
    `queries`, or `topics` of run files.
    """
    if row["estimand"] == "E2":
        return f"the training procedure, over new {queries} and new seeds"
    return f"these runs, over new {queries}; nothing is known about training them again"
