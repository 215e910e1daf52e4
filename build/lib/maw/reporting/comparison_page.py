"""The page of a comparison by `maw compare`: the page of a suite, for runs made elsewhere.

It has the sections that need no record of training. It has no script and loads nothing from another
address, and text from data is escaped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from maw.errors import FIGURES
from maw.reporting import answer, comparison_answer, turned
from maw.reporting.figures import registry as figures
from maw.reporting.first_screen import cards
from maw.reporting.frames import ComparisonFrames, VerdictFrames
from maw.reporting.page import everything, opening_of
from maw.reporting.page_data import PageData
from maw.reporting.sections import flips, how_to_report, may_say, queries, tiers, trust
from maw.reporting.tables import rows_of, verdicts
from maw.reporting.templates import environment
from maw.runs.content import Input
from maw.runs.notices import Notice
from maw.settings.plan import Analysis
from maw.settings.version import VERSION
from maw.verdicts.flips import PAIR

PARTS = {
    "may_say": (may_say, "May say"),
    "tiers": (tiers, "Tiers"),
    "queries": (queries, "Topics"),
    "flips": (flips, "Hits"),
    "how_to_report": (how_to_report, "Report"),
}
FEW = 1  # claims; with more, this page folds their numbers, so that the first screen is short
PICTURES = ("forest", "leaderboard", "components", "moved", "calibration")
VERSIONS = ("numpy", "pandas", "scipy", "ir_measures", "pytrec_eval-terrier")
IN_WORDS = (
    "Figures are given in words here, because vl-convert-python, which draws them, is not "
    f"installed: {FIGURES.pip_line}."
)
NOT_RECORDED = "not recorded, because no --out folder was given"


@dataclass(frozen=True, slots=True)
class ComparisonRecord:
    """The origin of a comparison's numbers, and the files that lie beside its page.

    inputs: the files or arguments that were read. scores_digest: SHA-256 of all scores. command:
    the command line. history: whether the plan came before the scores, as the stage `record`
    writes it for a suite: `told` is a sentence, `changed_late` and `undeclared_looks` say what is
    wrong; empty where nothing is recorded. with_files: True where the CSV files lie beside the
    page, which then links to them. texts: topic -> its text, where it is known.
    """

    inputs: Sequence[Input]
    scores_digest: str
    command: str = ""
    history: Mapping[str, Any] = field(default_factory=dict)
    with_files: bool = False
    texts: Mapping[str, str] = field(default_factory=dict)


def build(
    frames: ComparisonFrames,
    *,
    plan: Analysis,
    notices: Sequence[Notice],
    record: ComparisonRecord,
) -> str:
    """Return the page as HTML text."""
    page = PageData(
        frames=frames,
        plan=plan,
        spec={
            "queries": "topics",
            "notices": notices,
            "command": record.command,
            "texts": record.texts,
        },
        history=record.history,
    )
    opened = opening_of(page)
    parts = {name: module.content(page) for name, (module, _) in PARTS.items()}
    pictures = _pictures(frames, plan=plan)
    content = {
        **opened,
        **_answer(page, on_claims=opened["answers"]),
        **everything(page),
        **parts,
        "trust": trust.content(page),
        "parts": [
            {"name": name, "label": label} for name, (_, label) in PARTS.items() if parts[name]
        ],
        "files": "" if record.with_files else None,
        "remake": "",
        "root": "",
        "plan": plan,
        "claims": _cards(frames, plan=plan),
        "few": FEW,
        "notices": notices,
        "forest": pictures.pop("forest", None),
        "pictures": list(pictures.values()),
        "record": record,
        "told": record.history.get("told", NOT_RECORDED),
        # maw itself may run from a checkout that nobody installed
        "versions": {"maw": VERSION, **{name: version(name) for name in VERSIONS}},
    }
    return environment().get_template("comparison.html.j2").render(content)


def fragment(frames: VerdictFrames, *, plan: Analysis, notices: Sequence[Notice]) -> str:
    """Return HTML of the verdicts and notices for a notebook, without style sheet or figures."""
    rows = verdicts(frames.comparisons, primary=plan.primary)
    on_claims = answer.answers(frames, plan=plan, queries="topics")
    content = {
        "answers": comparison_answer.complete(on_claims, frames, plan=plan, notices=notices),
        "table": rows_of(rows),
        "notices": notices,
    }
    return environment().get_template("fragment.html.j2").render(content)


def _cards(frames: ComparisonFrames, *, plan: Analysis) -> list[dict[str, Any]]:
    """Return the cards of the claims; those with a test of the shares of hits have it as a note."""
    tests = {
        tuple(row[name] for name in PAIR): turned.on_shares(row) for row in turned.hits_of(frames)
    }
    made = cards(frames, plan=plan, queries="topics")
    for card in made:
        key = tuple(card["row"][name] for name in PAIR)
        card["notes"] += filter(None, [tests.get(key)])
    return made


def _answer(page: PageData, *, on_claims: Sequence[answer.Answer]) -> dict[str, Any]:
    """Return the template's data of the heading and of the limits, as a comparison of runs says it.

    It stands in place of what `opening_of` says of the claims alone. on_claims: those answers.
    """
    frames, plan, notices = page.frames, page.plan, page.spec["notices"]
    answers = comparison_answer.complete(on_claims, frames, plan=plan, notices=notices)
    headline = " ".join(one.heading for one in answers) or answer.NO_CLAIM
    return {
        "answers": answers,
        "headline": headline,
        "title": f"maw: {headline}",
        "level": comparison_answer.level(frames, plan=plan),
        "accepted_loss": comparison_answer.accepted_loss(plan),
    }


def _pictures(frames: ComparisonFrames, *, plan: Analysis) -> dict[str, dict[str, Any]]:
    """Return the page's figures by their names; one without data is left out.

    Where figures cannot be drawn, the caption of the first one says so.
    """
    pictures = {
        name: figures.entry(
            name,
            figures.shown(name, frames, plan=plan, queries="topics"),
            hint=figures.FIGURES[name].hint(frames, plan),
        )
        for name in PICTURES
        if not figures.FIGURES[name].data(frames, plan).empty
    }
    if not figures.has_vl_convert():
        for picture in list(pictures.values())[:1]:
            picture["caption"] = f"{picture['caption']} {IN_WORDS}".lstrip()
    return pictures
