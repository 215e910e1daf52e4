"""Which seeds of two systems are compared, and whether a seed of one belongs to one of the other.

Seeds are *shared* where seed 42 of both systems draws the same batches and negatives: differences
are then taken within a seed. They are *independent* where nothing is known of the kind. The plan
says which; where it says `auto`, the scores decide, by `significance.seeds_form`.
"""

from dataclasses import dataclass
from math import isnan

from maw.settings.plan import PlannedContrast
from maw.significance import FEWEST_SEEDS, Flag, Reason, Seeds, crossed, seeds_form
from maw.verdicts.score_table import Labels, ScoredSystem

FEWEST_PAIRS = 2  # with fewer common seeds there are no differences within seeds to compare


@dataclass(frozen=True, slots=True, eq=False)
class PairedSystems:
    """A system `a` and its baseline `b`, with the seeds that are compared, and the form of these.

    form: "shared" only where both systems have several seeds. n_common: the number of seed labels
    that both systems have, where shared seeds have unequal labels; else None. note: what there is
    to say about the form, or "".
    """

    a: ScoredSystem
    b: ScoredSystem
    form: Seeds
    n_common: int | None = None
    note: str = ""

    @property
    def fewest_seeds(self) -> int | None:
        """The smaller number of seeds among the systems that vary, or their common labels.

        None where neither system varies with the training seed.
        """
        if self.n_common is not None:
            return self.n_common
        return min((system.n_seeds for system in (self.a, self.b) if system.varies), default=None)

    @property
    def lacks_seeds(self) -> bool:
        """True where nothing can be said about training a system again.

        That is, a trained system has one seed, or the two systems have at most one seed in common.
        """
        few_pairs = self.n_common is not None and self.n_common < FEWEST_PAIRS
        return few_pairs or self.a.lacks_seeds or self.b.lacks_seeds

    @property
    def flags(self) -> tuple[Flag, ...]:
        """The flag for systems that have too few seeds in common; most often there is none."""
        n = self.n_common
        if n is None or n >= FEWEST_SEEDS:
            return ()
        text = f"{self.a.name} and {self.b.name} share {n} seed labels; {FEWEST_SEEDS} are needed"
        return (Flag(Reason.FEW_SEEDS, text, blocks=n < FEWEST_PAIRS),)


def pair_seeds(
    contrast: PlannedContrast, a: ScoredSystem, b: ScoredSystem, *, labels: Labels
) -> PairedSystems:
    """Return the two systems with the seeds that are compared, and the form of the seeds.

    labels [Q]: clusters of the queries, or None. Shared seeds with unequal labels are compared on
    the labels that both systems have; with fewer than two of these all seeds are kept, and nothing
    can be said about the training.
    """
    if a.n_seeds == 1 or b.n_seeds == 1 or contrast.seeds == "independent":
        return PairedSystems(a, b, "independent")
    if contrast.seeds == "auto":
        return _as_found(a, b, labels=labels)
    if a.table.seeds == b.table.seeds:
        return PairedSystems(a, b, "shared")
    common = tuple(sorted(set(a.table.seeds) & set(b.table.seeds)))
    if len(common) < FEWEST_PAIRS:
        return PairedSystems(a, b, "shared", len(common))
    numbers = f"{a.name} has {a.n_seeds} seeds and {b.name} {b.n_seeds}"
    note = f"{numbers}: the {len(common)} that both have are compared"
    return PairedSystems(_of(a, common), _of(b, common), "shared", len(common), note)


def _as_found(a: ScoredSystem, b: ScoredSystem, *, labels: Labels) -> PairedSystems:
    """Return the pair with the form that the scores show, and a note on what the other form gives.

    Systems with unequal labels are independent.
    """
    if a.table.seeds != b.table.seeds:
        note = "seeds are taken as independent: the systems have different seed labels"
        return PairedSystems(a, b, "independent", note=note)
    found = seeds_form(a.table.values, b.table.values, labels)
    if isnan(found.correlation):
        note = f"seeds are taken as {found.form}: the errors of one system do not vary"
        return PairedSystems(a, b, found.form, note=note)
    other: Seeds = "independent" if found.form == "shared" else "shared"
    test = crossed(a.table.values, b.table.values, labels, seeds=other)
    low, high = test.confidence_interval()
    note = (
        f"seeds are taken as {found.form}: errors of one seed correlate {found.correlation:+.2f}, "
        f"and count as shared above {found.threshold:.2f}; taken as {other}, p = {test.pvalue:.3g} "
        f"and the 95 % interval is [{low:+.4f}, {high:+.4f}]"
    )
    return PairedSystems(a, b, found.form, note=note)


def _of(system: ScoredSystem, seeds: tuple[int, ...]) -> ScoredSystem:
    return ScoredSystem(system.name, system.trained, system.table.of_seeds(seeds))
