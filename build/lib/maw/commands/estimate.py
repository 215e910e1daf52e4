"""The command `maw estimate`: a suite's downloads, runs, hours, disk and detectable differences."""

from math import isnan
from pathlib import Path
from typing import Annotated

import typer


def estimate(
    config: Annotated[Path, typer.Option(help="Configuration of a suite: a YAML file.")],
    rates: Annotated[
        Path | None,
        typer.Option(
            help="YAML file with rates of your machine, in place of maw/settings/rates.yaml."
        ),
    ] = None,
) -> None:
    """Estimate a suite's downloads, cost and detectable difference."""
    from maw.jobs.estimate import estimate as estimate_suite
    from maw.jobs.estimate import read_rates
    from maw.settings.read import read_suite

    suite = read_suite(config)
    expected = estimate_suite(suite, read_rates(rates))
    rows = [("dataset", "documents", "test topics", "runs", "core-hours", "disk GB", "MDE")]
    for dataset in expected.datasets:
        rows.append(
            (
                dataset.dataset,
                _text(dataset.n_documents),
                _text(dataset.n_test_queries) + (" counted" if dataset.is_counted else ""),
                str(dataset.n_runs),
                _text(dataset.core_hours),
                _text(dataset.gigabytes),
                "?" if isnan(dataset.mde) else f"{dataset.mde:.3f}",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    primary, speedup = suite.analysis.primary, expected.rates["gpu_speedup"]
    typer.echo(f"\ndownloads: {expected.download_gb:.1f} GB (each corpus once)")
    compute = f"compute: {expected.core_hours:,.0f} core-hours"
    typer.echo(f"disk besides: {expected.gigabytes:,.0f} GB, {compute}")
    typer.echo(
        f"GPU-hours: {expected.core_hours / speedup:,.1f}"
        if speedup
        else "GPU-hours: not measured; set gpu_speedup (core-hours per GPU-hour) in --rates FILE"
    )
    typer.echo(
        f"MDE: smallest difference in {primary} that is found with 80 % power, if the difference "
        f"has standard deviation {expected.rates['difference_sd']} over topics; the variance of "
        "seeds is not counted"
    )
    if expected.not_known:
        typer.echo(f"size not known before it is prepared: {', '.join(expected.not_known)}")


def _text(value: float | None) -> str:
    if value is None:
        return "?"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
