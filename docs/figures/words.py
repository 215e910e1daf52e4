"""An example of each word of a verdict, drawn by the report's own forest plot.

The limits are those of normal estimates with a chosen standard error. `judge_claim` gives the
words, so that no picture can show another word than the harness would say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy import special

from docs.figures.picture import Picture, picture
from maw.reporting.figures.forest import described, forest
from maw.reporting.frames import VerdictFrames
from maw.settings.plan import Analysis
from maw.significance import Word, judge_claim

SESOI, ALPHA = 0.02, 0.05
MEASURE, DATASET = "nDCG@10", "example"


@dataclass(frozen=True, slots=True)
class Lead:
    """A normal estimate of a system's lead over one control, in the measure's unit."""

    mean: float
    error: float
    """Its standard error."""
    fewest_seeds: int | None = 5
    has_number: bool = True

    @property
    def pvalue(self) -> float:
        """The two-sided p-value of no lead."""
        return float(2 * special.ndtr(-abs(self.mean) / self.error))

    def half_width(self, tail: float, /) -> float:
        """Return half the width of the interval that leaves `tail` outside on each side."""
        return float(-special.ndtri(tail) * self.error)


EXAMPLES: dict[Word, Lead] = {
    Word.BETTER_BY_SESOI: Lead(0.045, 0.010),
    Word.SLIGHTLY_BETTER: Lead(0.009, 0.003),
    Word.BETTER: Lead(0.031, 0.010),
    Word.REFUTED: Lead(-0.035, 0.010),
    Word.EQUIVALENT: Lead(0.004, 0.008),
    Word.NO_RELEVANT_GAIN: Lead(-0.012, 0.011),
    Word.NOT_ESTIMABLE: Lead(0.015, 0.005, has_number=False),
    Word.NOT_CONTROLLED: Lead(0.015, 0.005, fewest_seeds=2),
    Word.INCONCLUSIVE: Lead(0.010, 0.012),
}
SEVERAL = {"C1": Lead(0.030, 0.008), "C2": Lead(0.041, 0.009), "C3": Lead(0.052, 0.008)}
ALL_WORDS = "words"


def pictures() -> Iterator[Picture]:
    """Yield a picture of all words on one axis, one of each word, and one of several controls."""
    each = {f"S{n}": {"C": lead} for n, lead in enumerate(EXAMPLES.values(), 1)}
    yield _drawn(each, name=ALL_WORDS, title="The nine words, each with an example")
    for word, lead in EXAMPLES.items():
        yield _drawn(
            {"S": {"C": lead}}, name=file_name(word), title=f"An example of “{word.value}”"
        )
    yield _drawn({"S": SEVERAL}, name="several_controls", title="A claim with three controls")


def file_name(word: Word) -> str:
    """Return the name of a word's picture: `word_no_relevant_gain`."""
    return "word_" + word.value.replace(",", "").replace(" ", "_")


def _drawn(claims: dict[str, dict[str, Lead]], *, name: str, title: str) -> Picture:
    contrasts = [{"system": s, "baseline": c} for s, leads in claims.items() for c in leads]
    plan = Analysis.model_validate({"sesoi": SESOI, "primary": MEASURE, "contrasts": contrasts})
    frames = _frames(claims)
    return picture(
        forest(frames, plan), name=name, title=title, description=described(frames, plan)
    )


def _frames(claims: dict[str, dict[str, Lead]]) -> VerdictFrames:
    """Return the tables that the forest plot reads. claims: system -> control -> lead."""
    rows = [_claim(system, list(leads), list(leads.values())) for system, leads in claims.items()]
    controls = [row for system, leads in claims.items() for row in _controls(system, leads)]
    board = pd.DataFrame(columns=["dataset", "system", "measure", "mean"])
    return VerdictFrames(
        comparisons=pd.DataFrame(controls), claims=pd.DataFrame(rows), leaderboard=board
    )


def _claim(system: str, names: Sequence[str], leads: Sequence[Lead]) -> dict[str, Any]:
    verdict = judge_claim(leads, level=ALPHA, sesoi=SESOI)
    estimate = verdict.estimate if verdict.decided_by is not None else leads[0].mean
    return {
        "dataset": DATASET, "system": system, "claim": "better", "word": verdict.word.value,
        "suffix": verdict.suffix.value, "withheld": "", "estimate": estimate,
        "lower": verdict.lower, "upper": verdict.upper, "upper_gain": verdict.upper_gain,
        "equivalence_low": verdict.equivalence.low, "equivalence_high": verdict.equivalence.high,
        "decided_by": names[verdict.decided_by or 0], "loses_to": "", "level": ALPHA,
        "n_controls": len(names), "n_seeds": 5,
    }  # fmt: skip


def _controls(system: str, leads: dict[str, Lead]) -> Iterator[dict[str, Any]]:
    verdict = judge_claim(list(leads.values()), level=ALPHA, sesoi=SESOI)
    for (name, lead), bar in zip(leads.items(), verdict.bars, strict=True):
        yield {
            "dataset": DATASET, "system": system, "baseline": name, "measure": MEASURE,
            "role": "confirmatory", "difference": lead.mean, "bar_low": bar.low,
            "bar_high": bar.high,
        }  # fmt: skip
