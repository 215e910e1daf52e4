"""The page of a comparison by `maw compare`: verdicts, figures, notices, every test, provenance.

The page uses the tables, wording, figures and style of a suite's page. It has no script and loads
nothing from another address, and text from data is escaped.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pandas as pd

from maw.reporting import calibration, claim_card, figures, inference
from maw.reporting.frames import ComparisonFrames, VerdictFrames
from maw.reporting.tables import means, rows_of, verdicts
from maw.reporting.templates import MANY, environment, style
from maw.runs.content import Input
from maw.runs.notices import Notice
from maw.settings.plan import Analysis
from maw.settings.version import VERSION

PICTURES = ("forest", "leaderboard")
VERSIONS = ("numpy", "pandas", "scipy", "statsmodels", "ir_measures", "pytrec_eval-terrier")


@dataclass(frozen=True, slots=True)
class ComparisonRecord:
    """The origin of a comparison's numbers, and the files that lie beside its page.

    inputs: the files or arguments that were read. scores_digest: SHA-256 of all scores. command:
    the command line. history: sentence on whether the plan came before the scores. with_files: True
    where the CSV files lie beside the page, which then links to them.
    """

    inputs: Sequence[Input]
    scores_digest: str
    command: str = ""
    history: str = "not recorded, because no --out folder was given"
    with_files: bool = False


def build(
    frames: ComparisonFrames,
    *,
    plan: Analysis,
    notices: Sequence[Notice],
    record: ComparisonRecord,
) -> str:
    """Return the page as HTML text."""
    compared, board = frames.comparisons, frames.leaderboard
    claims = _claims(compared, primary=plan.primary)
    content = {
        **inference.content(frames, plan=plan),
        "files": "" if record.with_files else None,
        "primary": plan.primary,
        "sesoi": plan.sesoi,
        "plan": plan,
        "many": MANY,
        "style": style(),
        "claims": [claim_card.content(row, frames.prospects, sesoi=plan.sesoi) for row in claims],
        "headline": headline(frames, primary=plan.primary),
        "notices": notices,
        "boards": {
            name: rows_of(means(board, dataset=name))
            for name in sorted(board["dataset"].unique().tolist())
        },
        "pictures": _pictures(frames, plan=plan),
        "inputs": record.inputs,
        "scores_digest": record.scores_digest,
        # maw itself may run from a checkout that nobody installed
        "versions": {"maw": VERSION, **{name: version(name) for name in VERSIONS}},
        "command": record.command,
        "history": record.history,
        "with_files": record.with_files,
        "calibration": calibration.content(frames.calibration, alpha=plan.alpha, sesoi=plan.sesoi),
    }
    return environment().get_template("comparison.html.j2").render(content)


def fragment(frames: VerdictFrames, *, plan: Analysis, notices: Sequence[Notice]) -> str:
    """Return HTML of the verdicts and notices for a notebook, without style sheet or figures."""
    rows = verdicts(frames.comparisons, primary=plan.primary)
    content = {"table": rows_of(rows), "notices": notices}
    return environment().get_template("fragment.html.j2").render(content)


def headline(frames: VerdictFrames, *, primary: str) -> str:
    """Return the number of confirmatory contrasts with each verdict: `4 better, 1 worse`.

    Where the plan has claims of several names, claims are counted instead, for each name:
    `routing helps: 1 better`.
    """
    if frames.has_named_claims:
        groups = frames.claims.groupby("claim", sort=False)["verdict"]
        return "; ".join(f"{claim}: {_counted(words)}" for claim, words in groups)
    words = (row["verdict"] for row in _claims(frames.comparisons, primary=primary))
    return _counted(words) or "No claim in the plan"


def _claims(compared: pd.DataFrame, *, primary: str) -> list[dict[str, Any]]:
    """Return the confirmatory contrasts by the primary measure as dictionaries.

    They are sorted by dataset; within a dataset the largest difference comes first.
    """
    rows = compared[(compared["measure"] == primary) & (compared["role"] == "confirmatory")]
    ordered = rows.sort_values(["dataset", "difference"], ascending=[True, False])
    records: list[dict[str, Any]] = ordered.to_dict("records")
    return records


def _counted(words: Iterable[str]) -> str:
    return ", ".join(f"{n} {word}" for word, n in sorted(Counter(words).items()))


def _pictures(frames: ComparisonFrames, *, plan: Analysis) -> list[dict[str, Any]]:
    """Return the page's figures for the template; a plan without contrasts has no forest plot."""
    names = [name for name in PICTURES if len(frames.comparisons) or name != "forest"]
    return [
        figures.entry(name, figures.render(name, frames, plan=plan).svg.decode()) for name in names
    ]
