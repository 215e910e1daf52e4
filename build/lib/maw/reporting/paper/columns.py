"""The meaning and the unit of each column of the tables, for the README beside them.

A column means what `maw.reporting.paper.column_meanings` says, unless its file has a meaning of its
own. The columns of most files are listed where the files are made; one without a line is an error.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from maw.reporting.paper.column_meanings import (
    CHANCE,
    COLUMNS,
    COUNT,
    NAME,
    SCORE,
    SQUARED,
    TEXT,
    Column,
)
from maw.verdicts import (
    ablations,
    across_datasets,
    budget,
    calibration_rows,
    claims,
    decide,
    flips,
    leaderboard,
    moved,
    per_seed,
    prospects,
    rate_sensitivity,
    routing,
    study_controls,
    tiers,
)


@dataclass(frozen=True, slots=True)
class File:
    """A file of the folder: one sentence on its rows, its columns, and meanings of its own."""

    rows: str
    columns: Sequence[str]
    own: Mapping[str, Column] = field(default_factory=dict)


RUN = ("dataset", "system", "seed")
FILES: dict[str, File] = {
    "claims.csv": File("A row per claim and dataset.", claims.CLAIMS),
    "comparisons.csv": File("A row per contrast, dataset and measure.", decide.COLUMNS),
    "leaderboard.csv": File(
        "A row per dataset, system and measure.",
        leaderboard.LEADERBOARD,
        {"system": Column("system", NAME)},
    ),
    "components.csv": File(
        "A row per dataset and system: variances by the primary measure.",
        prospects.COMPONENTS,
        {
            "system": Column("system", NAME),
            "seed": Column("variance of the scores over seeds", SQUARED),
            "n_clusters": Column("number of clusters, or of queries without clusters", COUNT),
        },
    ),
    "prospects.csv": File(
        "A row per control of a claim as it is, and with more seeds or queries.",
        prospects.PROSPECTS,
        {
            "seed": Column("variance over seeds of the system or the differences", SQUARED),
            "seed_baseline": Column("variance over seeds of the baseline", SQUARED),
        },
    ),
    "datasets.csv": File("A row per contrast: its mean over datasets.", across_datasets.DATASETS),
    "seeds.csv": File(
        "A row per pair of single runs of a contrast, by the paired t-test.",
        per_seed.SEEDS,
        {"p": Column("p-value of the paired t-test on the two runs", CHANCE)},
    ),
    "runs.csv": File(
        "A row per run; a suite has those of these columns that apply to it.",
        (*RUN, "trained", "deterministic", "device", "products", "steps", "learning_rate",
         "searched", "trained_parameters", "inference_parameters", "texts_at_once", "trained_on",
         "fold", "flops_per_step", "made", "file", "file_sha256", "n_missing", "oddities"),
        {"system": Column("system", NAME)},
    ),
    "costs.csv": File(
        "A row per run, in the order of runs.csv; a suite has those columns that apply to it.",
        (*RUN, "train_cpu_seconds", "train_gpu_seconds_alone", "train_peak_bytes",
         "rank_cpu_seconds", "shared_cpu_seconds", "queries_per_second", "encode_device",
         "encode_cpu_seconds", "encode_gpu_seconds_alone", "encode_texts_per_second",
         "encode_texts_per_gpu_second_alone", "frozen_cpu_ms_per_text", "frozen_gpu_ms_per_text",
         "document_cut", "document_tokens_lost", "query_cut", "query_tokens_lost", "versions"),
        {"system": Column("system", NAME)},
    ),
    "search.csv": File(
        "A row per trial of a search.",
        ("dataset", "system", "trial", "parameters", "dev", "chosen", "at_edge"),
        {"system": Column("system", NAME)},
    ),
    "controls.csv": File(
        "A row per dataset and control of the study.",
        study_controls.CONTROLS,
        {"estimate": Column("what the control measured", SCORE)},
    ),
    "scores.csv": File(
        "A row per run, query and measure; a suite has the primary one. check.R reads it.",
        (*RUN, "query_id", "measure", "value", "cluster"),
        {"value": Column("score of the query", SCORE), "system": Column("system", NAME)},
    ),
    "differences.csv": File("A row per claim, dataset and query.", moved.DIFFERENCES),
    "flips.csv": File(
        "A row per contrast, dataset and topic that turns from a hit into a miss, or back.",
        flips.FLIPS,
        {
            "text": Column("text of the topic, where it is known", TEXT),
            "score_baseline": Column("mean score of the topic over the baseline's seeds", SCORE),
            "difference": Column("`score` minus `score_baseline`", SCORE),
        },
    ),
    "hits.csv": File("A row per contrast and dataset.", flips.HITS),
    "tiers.csv": File(
        "A row per dataset and system, the highest mean first.",
        tiers.TIERS,
        {"system": Column("system", NAME)},
    ),
    "moved.csv": File(
        "A row per claim and query that moves most.",
        moved.MOVED,
        {
            "side": Column("best or worst", NAME),
            "seeds": Column("seeds of the system", "labels"),
            "seeds_baseline": Column("seeds of the control", "labels"),
        },
    ),
    "budget.csv": File(
        "A row per training of the budget control, and per reported one beside it.", budget.RUNS
    ),
    "calibration.csv": File(
        "A row per counted outcome of the simulated studies.",
        calibration_rows.COLUMNS,
        {
            "seeds": Column("variance over seeds that was simulated", NAME),
            "error": Column("Monte-Carlo error of the rate", CHANCE),
            "level": Column("largest rate of errors that the plan allows", CHANCE),
        },
    ),
    "cells.csv": File(
        "A row per learning rate, dataset and system of the sensitivity analysis.",
        rate_sensitivity.COLUMNS,
    ),
    "routing.csv": File(
        "A row per quantity of a router.", routing.ROUTING, {"system": Column("system", NAME)}
    ),
    "ablations.csv": File(
        "A row per setting of a varied part.",
        ablations.COLUMNS,
        {
            "factor": Column("part that is varied", NAME),
            "trained_parameters": Column("weights that training may change, a mean", COUNT),
        },
    ),
    "sweeps.csv": File(
        "A row per tried value and learning rate.",
        ablations.SWEPT,
        {"value": Column("value of the option", "of the option")},
    ),
    "verdicts.tex, verdicts.md": File(
        "A row per claim, then one per control where it has several; then the other contrasts.",
        ("System", "Against", "Difference", "Limits", "p", "Bonferroni", "BH", "Detectable",
         "Verdict"),
        {
            "System": Column("`system`, with the claim's name where there are several", NAME),
            "Against": Column("`baseline`, or the number of controls", NAME),
            "Difference": Column("`estimate` of a claim, else `difference`", SCORE),
            "Limits": Column("limits that decide; 95 % interval of reference contrasts", SCORE),
            "Bonferroni": Column("`p_bonferroni`", CHANCE),
            "BH": Column("`p_bh`", CHANCE),
            "Detectable": Column("`mde`", SCORE),
            "Verdict": Column("`word` and `suffix`", NAME),
        },
    ),
    "leaderboard.tex, leaderboard.md": File(
        "A row per system, a table per dataset; a column per measure has its mean (unit of the "
        "measure, 0 to 1).",
        ("System",),
        {"System": Column("`system`", NAME)},
    ),
}  # fmt: skip
INTRODUCTION = """\
# Tables

Each CSV file has the unrounded numbers of one table of results, in its order. An empty cell is a
number that does not exist; `reason` or `note` says why. On the page, the row with the id
`claims-3` is the third row below the head of claims.csv, and so for every file.

`verdicts.tex` and `leaderboard.tex` need `\\usepackage{booktabs,array}`; the Markdown files have
the same content. `check.R` recomputes the verdicts from the CSV files in R. A suite has those of
the following files that apply to it; calibration.csv, cells.csv, routing.csv, budget.csv,
ablations.csv and sweeps.csv come from their own rules.
"""


def column_of(file: str, column: str) -> Column:
    """Return the line of a file's column; KeyError where it has none."""
    return FILES[file].own.get(column) or COLUMNS[column]


def readme() -> str:
    """Return the README of the folder of tables as Markdown: each column with its unit."""
    return "\n".join([INTRODUCTION, *_sections()])


def _sections() -> Iterator[str]:
    for name, file in FILES.items():
        yield f"## {name}\n\n{file.rows}\n\n| Column | Meaning | Unit |\n| --- | --- | --- |"
        for column in file.columns:
            meaning, unit = column_of(name, column)
            yield f"| `{column}` | {meaning} | {unit} |"
        yield ""
