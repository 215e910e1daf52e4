"""Calibration: how often would the plan say a false word, on scores like the user's?

Experiments are redrawn from the user's own score tables (`score_model`), and the whole plan is run
on each: without any effect and, where a SESOI (the smallest effect size of interest) is given, with
1× and 2× SESOI added to the systems of all claims. The variance of seeds is its estimate, its upper
80 % limit, and σ̂²_e/Q. `counting` counts how often each word is said and how often falsely, how
often each test rejects, and how often each interval contains the true value; each share has a
Monte-Carlo standard error. `normal_sizes` adds the error rate of the deciding test at the small
level α′ of a claim, which redrawn experiments are too few to show.
Without an effect the rejections are type I errors of a test of the training procedure (E2). E1's
tests do not promise a low rate of these errors, because they judge the checkpoints alone. The sign
test and Wilcoxon's test are about medians: skewed differences of mean 0 have a median that is not
0, and rejecting that median is no error. Source: Carpenter, Goldstein & Rasbash (2003), see
`score_model`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array, Labels, cluster_codes, score_table
from maw.significance.copies import copies_never_differ, split_half_rejection_rate
from maw.significance.counting import Block, OutcomeCounter
from maw.significance.normal_sizes import normal_rejections
from maw.significance.randomisation import contrast_generator
from maw.significance.reasons import Flag, one_system_flags
from maw.significance.score_model import (
    SEED_LEVELS,
    ScoreModel,
    SeedLevel,
    redraw,
    require_same_queries,
    score_model,
)
from maw.significance.seed_labels import SeedLabels, seed_labels
from maw.significance.tally import (
    REJECTS,
    CalibratedClaim,
    CalibratedContrast,
    CalibrationSettings,
    Outcome,
    OutcomeCounts,
    OutcomeRate,
)
from maw.significance.words import Truths

BLOCK_SIZE = 100  # experiments in memory at once; each block has a random generator of its own
AT_OWN_LEVEL = "E2 at α′, normal scores"

Advance = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Calibration:
    """The result of a calibration: the rate of every outcome, and the A/A checks.

    A/A checks compare a system with itself. false_words: multiple of SESOI and level of the seed
    variance -> whether any word was false in each experiment. error_correlations: contrast -> the
    correlation of the two systems' errors at one seed, where they have seeds in common.
    copies_never_differ: True if the function of this name is True for every system.
    split_half_rates: for each system with 8 seeds or more, the share of splits of its seeds into
    two halves whose scores differ with p < α by the deciding test. flags: cautions about systems
    with too few seeds.
    """

    rates: tuple[OutcomeRate, ...]
    false_words: dict[tuple[float, SeedLevel], Truths]
    error_correlations: dict[str, float]
    copies_never_differ: bool
    split_half_rates: dict[str, float]
    settings: CalibrationSettings
    flags: tuple[Flag, ...]

    def rate(
        self,
        subject: str,
        test: str,
        quantity: str = REJECTS,
        *,
        multiple: float = 0.0,
        seed_level: SeedLevel = "estimate",
    ) -> OutcomeRate:
        """Return the rate of the `Outcome` with these fields. KeyError if it was not counted."""
        outcome = Outcome(subject, test, quantity, multiple, seed_level)
        return {rate.outcome: rate for rate in self.rates}[outcome]


def calibrate(
    tables: Mapping[str, npt.ArrayLike],
    contrasts: Sequence[CalibratedContrast],
    clusters: Labels | None = None,
    *,
    settings: CalibrationSettings,
    claims: Sequence[CalibratedClaim] = (),
    labels: SeedLabels | None = None,
    trained: Mapping[str, bool] | None = None,
    advance: Advance | None = None,
) -> Calibration:
    """Return how often words are false, tests reject and intervals cover, and the A/A checks.

    tables: system -> scores [Q, S] by one measure; clusters [Q]: labels. claims: each control that
    is not undecided needs a contrast. labels: system -> seed label of each column; runs with one
    label are redrawn with the same random numbers (None: column s of all tables with equally many
    columns). trained: system -> True where it would score differently if trained again (None: the
    systems with several seeds would). A trained system with one seed is redrawn as fixed, because
    nothing is known about its seed variance, and a flag says so. advance: called after each block
    of experiments with their number; the numbers add up to `settings.draws` for each level of the
    seed variance. The same seed gives the same rates, whatever the order of the contrasts.
    ValueError for a system or a control of a claim without a table or a contrast, and as in
    `score_model`.
    """
    _require_planned(tables, contrasts, claims)
    scores, codes, columns = canonical(tables, clusters, labels=labels)
    model = score_model(scores, codes, labels=columns)
    counts = OutcomeCounts()
    counter = OutcomeCounter(model, contrasts, claims, tables=scores, settings=settings)
    false_words = _count(counts, model, counter, settings=settings, advance=advance)
    _count_sizes(counts, model, contrasts, settings=settings)
    n_seeds = {name: table.shape[1] for name, table in scores.items()}
    is_trained = trained or {name: n > 1 for name, n in n_seeds.items()}
    return Calibration(
        rates=counts.rates(),
        false_words=false_words,
        error_correlations=_error_correlations(model, contrasts),
        copies_never_differ=all(copies_never_differ(table, codes) for table in scores.values()),
        split_half_rates=_split_half_rates(scores, codes, settings=settings),
        settings=settings,
        flags=tuple(
            flag
            for name, n in n_seeds.items()
            for flag in one_system_flags(n, trained=is_trained[name], name=name)
        ),
    )


def canonical(
    tables: Mapping[str, npt.ArrayLike],
    clusters: Labels | None,
    *,
    labels: SeedLabels | None = None,
) -> tuple[dict[str, Array], npt.NDArray[np.intp], dict[str, tuple[int, ...]]]:
    """Return the tables, the cluster codes [Q] and the seed labels in an order of their own.

    Systems are sorted by name, queries by their mean scores, clusters by their first query and
    columns by their labels, so that the rates of a calibration depend on no order of the input.
    """
    scores = {name: score_table(tables[name], name=name) for name in sorted(tables)}
    require_same_queries(scores)
    columns = seed_labels(scores, labels)
    queries = np.lexsort([table.mean(axis=1) for table in scores.values()])
    codes = cluster_codes(clusters, n_queries=len(queries))[queries]
    _, first, codes = np.unique(codes, return_index=True, return_inverse=True)
    ordered = {
        name: table[queries][:, np.argsort(columns[name], kind="stable")]
        for name, table in scores.items()
    }
    own = {name: tuple(sorted(of_system)) for name, of_system in columns.items()}
    return ordered, np.argsort(np.argsort(first))[codes], own


def block_sizes(draws: int) -> Iterator[int]:
    """Yield the number of experiments in each block: at most BLOCK_SIZE, and `draws` in all."""
    for start in range(0, draws, BLOCK_SIZE):
        yield min(BLOCK_SIZE, draws - start)


def _require_planned(
    tables: Mapping[str, npt.ArrayLike],
    contrasts: Sequence[CalibratedContrast],
    claims: Sequence[CalibratedClaim],
) -> None:
    systems = {name for c in contrasts for name in (c.system, c.baseline)}
    missing = sorted(systems - set(tables))
    if missing:
        raise ValueError(
            f"tables has no scores of {missing}, only of {sorted(tables)}; add the missing systems"
        )
    pairs = {(contrast.system, contrast.baseline) for contrast in contrasts}
    for claim in claims:
        for control in claim.controls:
            if control not in claim.undecided and (claim.system, control) not in pairs:
                raise ValueError(
                    f"claim {claim.name!r} needs the contrast {claim.system} - {control}; add it "
                    "to the contrasts, or name the control among the undecided ones"
                )


def _count(
    counts: OutcomeCounts,
    model: ScoreModel,
    counter: OutcomeCounter,
    *,
    settings: CalibrationSettings,
    advance: Advance | None,
) -> dict[tuple[float, SeedLevel], Truths]:
    """Count all outcomes block by block; return in which experiments any word is false."""
    false_words: dict[tuple[float, SeedLevel], list[Truths]] = {}
    for seed_level in SEED_LEVELS:
        for number, size in enumerate(block_sizes(settings.draws)):
            stream = f"seeds {seed_level}, block {number}"
            generator = contrast_generator(settings.seed, contrast=stream)
            scores = redraw(model, size, generator=generator, seed_level=seed_level)
            any_false = counter.count(
                counts, Block(scores, seed_level, number, number * BLOCK_SIZE)
            )
            for multiple, false in any_false.items():
                false_words.setdefault((multiple, seed_level), []).append(false)
            if advance is not None:
                advance(size)
    return {key: np.concatenate(blocks) for key, blocks in false_words.items()}


def _count_sizes(
    counts: OutcomeCounts,
    model: ScoreModel,
    contrasts: Sequence[CalibratedContrast],
    *,
    settings: CalibrationSettings,
) -> None:
    """Count how often the deciding test errs at α′ on normal scores, for contrasts with a level."""
    for contrast in contrasts:
        if contrast.level is None:
            continue
        x, y = (model.systems.index(name) for name in (contrast.system, contrast.baseline))
        by_level = normal_rejections(
            model,
            x,
            y,
            seeds=contrast.seeds,
            level=contrast.level,
            n=settings.size_draws,
            generator=contrast_generator(settings.seed, contrast=f"{contrast.name}, normal scores"),
        )
        for seed_level, rejects in by_level:
            counts.add(Outcome(contrast.name, AT_OWN_LEVEL, REJECTS, 0.0, seed_level), rejects)


def _error_correlations(
    model: ScoreModel, contrasts: Sequence[CalibratedContrast]
) -> dict[str, float]:
    """Return contrast -> the correlation of the errors at one seed, where both systems have it."""
    correlations = {}
    for contrast in contrasts:
        x, y = (model.systems.index(name) for name in (contrast.system, contrast.baseline))
        error = model.error_covariance
        size = float(np.sqrt(error[x, x] * error[y, y]))
        if size > 0 and np.intersect1d(model.columns[x], model.columns[y]).size:
            correlations[contrast.name] = float(error[x, y]) / size
    return correlations


def _split_half_rates(
    scores: Mapping[str, Array], codes: npt.NDArray[np.intp], *, settings: CalibrationSettings
) -> dict[str, float]:
    rates = {
        name: split_half_rejection_rate(table, codes, alpha=settings.alpha, seed=settings.seed)
        for name, table in scores.items()
    }
    return {name: rate for name, rate in rates.items() if rate is not None}
