"""The page of a comparison by `maw compare`: verdicts, figures, notices, every test, provenance.

The page uses the tables, wording, figures and style of a suite's page. It has no script and loads
nothing from another address, and text from data is escaped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from maw.reporting import answer, calibration, figures, inference
from maw.reporting.first_screen import cards, opening
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
    the command line. history: sentence on whether the plan came before the scores. undeclared_look:
    True where the scores were seen with other seeds before, and the plan declares no such look.
    with_files: True where the CSV files lie beside the page, which then links to them.
    """

    inputs: Sequence[Input]
    scores_digest: str
    command: str = ""
    history: str = "not recorded, because no --out folder was given"
    undeclared_look: bool = False
    with_files: bool = False


def build(
    frames: ComparisonFrames,
    *,
    plan: Analysis,
    notices: Sequence[Notice],
    record: ComparisonRecord,
) -> str:
    """Return the page as HTML text."""
    board = frames.leaderboard
    content = {
        **inference.content(frames, plan=plan),
        **opening(frames, plan=plan, queries="topics", undeclared_look=record.undeclared_look),
        "files": "" if record.with_files else None,
        "primary": plan.primary,
        "sesoi": plan.sesoi,
        "plan": plan,
        "many": MANY,
        "style": style(),
        "claims": cards(frames, plan=plan, queries="topics"),
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
        "calibration": calibration.content(frames.calibration, alpha=plan.alpha),
    }
    return environment().get_template("comparison.html.j2").render(content)


def fragment(frames: VerdictFrames, *, plan: Analysis, notices: Sequence[Notice]) -> str:
    """Return HTML of the verdicts and notices for a notebook, without style sheet or figures."""
    rows = verdicts(frames.comparisons, primary=plan.primary)
    content = {
        "answers": answer.answers(frames, plan=plan, queries="topics"),
        "table": rows_of(rows),
        "notices": notices,
    }
    return environment().get_template("fragment.html.j2").render(content)


def _pictures(frames: ComparisonFrames, *, plan: Analysis) -> list[dict[str, Any]]:
    """Return the page's figures for the template; a plan without contrasts has no forest plot."""
    names = [name for name in PICTURES if len(frames.comparisons) or name != "forest"]
    return [
        figures.entry(name, figures.render(name, frames, plan=plan).svg.decode()) for name in names
    ]
