"""`maw estimate`: downloads, runs, hours, disk and what could be found, before it is spent."""

from math import isnan
from pathlib import Path
from typing import Annotated

import typer


def estimate(
    config: Annotated[Path, typer.Option(help="A suite's YAML file.")],
    rates: Annotated[
        Path | None, typer.Option(help="YAML: rates of your machine, over maw/rates.yaml.")
    ] = None,
) -> None:
    """Say what a suite would download, take and be able to find. Nothing is downloaded or run."""
    from maw.jobs.estimate import estimate as expect
    from maw.jobs.estimate import read_rates
    from maw.settings.read import read_suite

    suite = read_suite(config)
    found = expect(suite, read_rates(rates))
    rows = [("dataset", "documents", "test topics", "runs", "core-hours", "disk GB", "MDE")]
    for one in found.datasets:
        rows.append(
            (
                one.dataset,
                _shown(one.documents),
                _shown(one.test_topics) + (" counted" if one.counted else ""),
                str(one.runs),
                _shown(one.core_hours),
                _shown(one.gigabytes),
                "?" if isnan(one.mde) else f"{one.mde:.3f}",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    primary, speedup = suite.analysis.primary, found.rates["gpu_speedup"]
    typer.echo(f"\ndownloads: {found.download_gb:.1f} GB (each corpus once)")
    typer.echo(
        f"disk besides: {found.gigabytes:,.0f} GB, compute: {found.core_hours:,.0f} core-hours"
    )
    typer.echo(
        f"GPU-hours: {found.core_hours / speedup:,.1f}"
        if speedup
        else "GPU-hours: not measured; set gpu_speedup (core-hours per GPU-hour) in --rates FILE"
    )
    typer.echo(
        f"MDE: smallest difference in {primary} found with 80 % power if differences vary by "
        f"{found.rates['difference_sd']} a topic, seeds' own variance not counted"
    )
    if found.not_known:
        typer.echo(f"not known before it is prepared: {', '.join(found.not_known)}")


def _shown(value: float | None) -> str:
    if value is None:
        return "?"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
