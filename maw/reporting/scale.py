"""How large the systems' scores are: beside BM25, and beside the model before training.

The sentences are about the means of each dataset, and test nothing. Where there are several
datasets, `scale` has sentences for each, and `scale_across` what the first screen has room for.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import product

import pandas as pd

from maw.reporting.frames import VerdictFrames
from maw.reporting.wording import compact
from maw.reporting.words import listed
from maw.settings.plan import Analysis


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Names of trained systems, of systems that rank by BM25, and of encoders without training."""

    trained: Collection[str]
    bm25: Collection[str] = ()
    untrained: Collection[str] = ()


def scale(frames: VerdictFrames, *, plan: Analysis, groups: Groups) -> tuple[str, ...]:
    """Return sentences that compare the systems' means with those of BM25 and of no training.

    They are about the means of each dataset, and test nothing.
    """
    sentences = []
    board = frames.leaderboard[frames.leaderboard["measure"] == plan.primary]
    several = board["dataset"].nunique() > 1
    for dataset in dict.fromkeys(board["dataset"]):
        means = board[board["dataset"] == dataset].set_index("system")["mean"]
        of_dataset = [
            *_beside_bm25(means, _unclear(frames, str(dataset), plan), groups=groups),
            *_training_alone(frames, str(dataset), plan=plan, groups=groups),
        ]
        sentences += [f"On {dataset}: {text}" if several else text for text in of_dataset]
    return tuple(sentences)


def scale_across(frames: VerdictFrames, *, plan: Analysis, groups: Groups) -> tuple[str, ...]:
    """Return sentences over all datasets: on BM25, and on what the controls gain by training alone.

    Datasets of which the same can be said stand together.
    """
    board = frames.leaderboard[frames.leaderboard["measure"] == plan.primary]
    places: dict[str, list[str]] = {}
    gains: list[tuple[str, str]] = []
    for dataset in map(str, dict.fromkeys(board["dataset"])):
        means = board[board["dataset"] == dataset].set_index("system")["mean"]
        unclear = _unclear(frames, dataset, plan)
        for text in _beside_bm25(means, unclear, groups=groups, briefly=True):
            places.setdefault(text.removesuffix(".").removesuffix(" here"), []).append(dataset)
        gain_of = _gains(frames, dataset, plan=plan, untrained=groups.untrained)
        controls = frames.claims.loc[frames.claims["dataset"] == dataset, "decided_by"]
        gains += [
            (name, f"{_gain(gain_of[name])} on {dataset}")
            for name in dict.fromkeys(controls)
            if name in gain_of and name in groups.trained
        ]
    sentences = [
        f"On {listed(found)}, {text[:1].lower()}{text[1:]}." for text, found in places.items()
    ]
    if gains:
        sentences.append(f"By training alone, {listed(_names_once(gains))}.")
    return tuple(sentences)


def _names_once(gains: Collection[tuple[str, str]]) -> list[str]:
    """Return each gain after its system's name, which is left out where the one before has it."""
    texts, last = [], ""
    for name, text in gains:
        texts.append(text if name == last else f"{name} {text}")
        last = name
    return texts


def _unclear(frames: VerdictFrames, dataset: str, plan: Analysis) -> set[tuple[str, str]]:
    """Return the pairs (system, baseline) of which the 95 % interval of the difference has 0."""
    rows = frames.comparisons
    rows = rows[(rows["dataset"] == dataset) & (rows["measure"] == plan.primary)]
    limits = rows.reindex(columns=["ci_low", "ci_high"])  # a contrast without a number has none
    rows = rows[(limits["ci_low"] <= 0) & (limits["ci_high"] >= 0)]
    return {*zip(rows["system"], rows["baseline"], strict=True)}


def _beside_bm25(
    means: pd.Series,
    unclear: Collection[tuple[str, str]],
    *,
    groups: Groups,
    briefly: bool = False,
) -> list[str]:
    """Return one sentence on the trained systems' means beside that of BM25, where both exist.

    Where the plan has the contrast and its interval has 0, the sentence is about the means alone,
    and says so. briefly: leaves out how many means are higher where no order is certain.
    """
    base = [means[name] for name in groups.bm25 if name in means]
    own = [means[name] for name in groups.trained if name in means]
    if not base or not own:
        return []
    pairs = product([name for name in groups.trained if name in means], groups.bm25)
    undecided = list(dict.fromkeys(name for name, other in pairs if (name, other) in unclear))
    if undecided:
        if briefly and len(undecided) == len(own):
            return ["No trained system is shown to differ from BM25 (95 % intervals)."]
        higher = sum(x > base[0] for x in own)
        include = _include_zero(undecided, n_systems=len(own))
        systems = (
            f"{higher} of {len(own)} trained systems have" if higher else "No trained system has"
        )
        return [f"{systems} a higher mean than BM25; the 95 % {include}."]
    n_better, n_worse = sum(x > base[0] for x in own), sum(x < base[0] for x in own)
    if n_better == len(own):
        return ["All trained systems rank better than BM25."]
    if n_worse == len(own):
        return ["All trained systems rank worse than BM25 here."]
    return [f"{n_better} of {len(own)} trained systems rank better than BM25."]


def _include_zero(systems: list[str], *, n_systems: int) -> str:
    """Return whose intervals have 0 in them: `interval of a's difference includes 0`."""
    if len(systems) == 1:
        return f"interval of {systems[0]}'s difference includes 0"
    which = "all" if len(systems) == n_systems else f"{len(systems)} of the"
    return f"intervals of {which} differences include 0"


def _training_alone(
    frames: VerdictFrames, dataset: str, *, plan: Analysis, groups: Groups
) -> list[str]:
    """Return sentences on the gains over the untrained model of the systems with claims.

    Systems with the same control share a sentence. The control's own gain stands beside theirs
    where the plan has that contrast, too; else that of another control of them all which has it.
    """
    gain_of = _gains(frames, dataset, plan=plan, untrained=groups.untrained)
    claims = frames.claims[frames.claims["dataset"] == dataset]
    sentences = []
    for control, rows in claims.groupby("decided_by", sort=False):
        names = [str(name) for name in rows["system"].unique() if name in gain_of]
        if not names:
            continue
        text = f"Over the untrained model {listed([f'{n} {_gain(gain_of[n])}' for n in names])}"
        whose = "its" if len(names) == 1 else "their"
        needed = [plan.controls_of[(str(row.system), str(row.claim))] for row in rows.itertuples()]
        shared = [name for name in needed[0] if all(name in of_claim for of_claim in needed)]
        by_training = [name for name in shared if name in gain_of and name in groups.trained]
        other = next(iter(by_training), "")
        if control in by_training:
            text += f"; {whose} control {_gain(gain_of[str(control)])} by training alone"
        elif other:
            gained = _gain(gain_of[other])
            text += f"; {other}, one of {whose} controls, {gained} by training alone"
        sentences.append(f"{text}.")
    return sentences


def _gains(
    frames: VerdictFrames, dataset: str, *, plan: Analysis, untrained: Collection[str]
) -> dict[str, float]:
    """Return system -> its mean minus that of an untrained model, where that is planned."""
    rows = frames.comparisons
    rows = rows[(rows["dataset"] == dataset) & (rows["measure"] == plan.primary)]
    rows = rows[rows["baseline"].isin(list(untrained))]
    return dict(zip(rows["system"].astype(str), rows["difference"].astype(float), strict=True))


def _gain(difference: float) -> str:
    verb = "loses" if difference < 0 else "gains"
    return f"{verb} {compact(difference, sign=True)}"
