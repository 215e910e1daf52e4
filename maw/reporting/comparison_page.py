"""A comparison as one page: verdicts, pictures, what was noticed, every test, provenance.

The suite's own tables, wording, figures and style; no script, no address, text from data escaped.
"""

from collections import Counter
from collections.abc import Iterable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup

from maw import __version__
from maw.reporting import calibration, inference
from maw.reporting.figures import CAPTIONS, render
from maw.reporting.tables import rows_of, scores, verdicts
from maw.reporting.templates import MANY, environment, style

if TYPE_CHECKING:
    from maw.comparison import Comparison

PICTURES = ("forest", "leaderboard")
VERSIONS = ("numpy", "pandas", "scipy", "statsmodels", "ir_measures", "pytrec_eval-terrier")


def build(
    comparison: "Comparison",
    *,
    command: str = "",
    history: str = "not recorded: no --out folder keeps one",
    with_files: bool = False,
    calibrated: pd.DataFrame | None = None,
) -> str:
    """The whole page. history: whether the plan came first; with_files: link the CSV beside it;
    calibrated: columns of `maw.verdicts.calibration.COLUMNS`.
    """
    plan, board = comparison.plan, comparison.leaderboard
    shown = inference.content(
        {
            "comparisons": comparison.comparisons,
            "claims": comparison.claims,
            **comparison.further,
        },
        primary=plan.primary,
        sesoi=plan.sesoi,
        alpha=plan.alpha,
    )
    prospects = comparison.further["prospects"]
    content = {
        **shown,
        "files": "" if with_files else None,
        "primary": plan.primary,
        "sesoi": plan.sesoi,
        "plan": plan,
        "many": MANY,
        "style": style(),
        "claims": [
            inference.claim(row, prospects, sesoi=plan.sesoi) for row in _claims(comparison)
        ],
        "headline": _headline(comparison),
        "notices": comparison.warnings,
        "boards": {name: rows_of(scores(board, dataset=name)) for name in _datasets(comparison)},
        "pictures": _pictures(comparison),
        "inputs": comparison.inputs,
        "scores_digest": comparison.scores_digest,
        # maw itself may run from a checkout that nobody installed
        "versions": {"maw": __version__, **{name: version(name) for name in VERSIONS}},
        "command": command,
        "history": history,
        "with_files": with_files,
        "calibration": calibration.content(calibrated, alpha=plan.alpha, sesoi=plan.sesoi),
    }
    return environment().get_template("comparison.html.j2").render(content)


def fragment(comparison: "Comparison") -> str:
    """The verdicts and what was noticed, for a notebook's cell: no style, no picture."""
    rows = verdicts(comparison.comparisons, primary=comparison.plan.primary)
    content = {"table": rows_of(rows), "notices": comparison.warnings}
    return environment().get_template("fragment.html.j2").render(content)


def _datasets(comparison: "Comparison") -> list[str]:
    return sorted(comparison.leaderboard["dataset"].unique().tolist())


def _claims(comparison: "Comparison") -> list[dict[str, Any]]:
    rows = comparison.comparisons
    claims = rows[(rows["measure"] == comparison.plan.primary) & (rows["role"] == "confirmatory")]
    found: list[dict[str, Any]] = claims.sort_values(
        ["dataset", "difference"], ascending=[True, False]
    ).to_dict("records")
    return found


def _headline(comparison: "Comparison") -> str:
    """`4 better, 1 worse`: how many got which verdict; where claims have names, claim by claim."""
    named = comparison.claims
    if named["claim"].nunique() > 1:
        groups = named.groupby("claim", sort=False)["verdict"]
        return "; ".join(f"{claim}: {_counted(verdicts)}" for claim, verdicts in groups)
    return _counted(row["verdict"] for row in _claims(comparison)) or "No claim in the plan"


def _counted(verdicts: Iterable[str]) -> str:
    return ", ".join(f"{n} {word}" for word, n in sorted(Counter(verdicts).items()))


def _pictures(comparison: "Comparison") -> list[dict[str, Any]]:
    frames = {"comparisons": comparison.comparisons, "leaderboard": comparison.leaderboard}
    plan = comparison.plan
    names = [name for name in PICTURES if len(comparison.comparisons) or name != "forest"]
    drawn = {
        name: render(name, frames, primary=plan.primary, sesoi=plan.sesoi)[0] for name in names
    }
    return [
        {"name": name, "svg": Markup(svg.decode()), "caption": CAPTIONS[name]}
        for name, svg in drawn.items()
    ]
