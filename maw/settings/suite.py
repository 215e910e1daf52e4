"""What is computed: one YAML file, checked whole before anything runs.

Where it is computed is a Snakemake profile's business. Defaults live here, so that a configuration
for a new collection is a dozen lines. Nothing here imports torch.
"""

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    model_serializer,
    model_validator,
)

from maw.errors import require
from maw.measures.judged import JUDGED
from maw.settings import registry
from maw.settings.plan import Analysis
from maw.settings.sections import (
    AnySplit,
    Backbone,
    Calibration,
    Candidates,
    Cells,
    Factor,
    Fold,
    KFold,
    Lexical,
    Section,
    Selection,
    Split,
    Sweep,
    Training,
    Transfer,
    split_of,
)

CUTOFFS = (1, 5, 10, 100, 1000)
MEASURES = (*(f"{name}@{k}" for name in ("nDCG", "RR", "Success") for k in CUTOFFS), "AP")


def _path_safe(name: str) -> str:
    """Names become folders and Snakemake wildcards."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ValueError("a name may hold letters, digits, '.', '_' and '-' only")
    return name


Name = Annotated[str, AfterValidator(_path_safe)]


class Dataset(Section):
    """Where the documents, queries and judgements come from, and which side a query is on.

    relevant_from: the least grade that binary measures (RR, Success, AP, recall) count; unless it
    is set, the loader knows (2 for TREC DL) or it is 1.
    retrieve: `stored` keeps what the frozen layers make of every document on disk, some 90 kB each;
    for larger collections it is made once, by shards, for all bi-encoders together, and let go:
    `corpus` ranks every document, `pool` the best that BM25 finds (`pool.depth` of them).
    """

    loader: registry.entry("loader")  # type: ignore[valid-type]
    split: Annotated[AnySplit, BeforeValidator(split_of)] = Split()
    pool: Lexical = Lexical()
    relevant_from: int | None = Field(None, ge=1)
    retrieve: Literal["stored", "corpus", "pool"] = "stored"

    @model_serializer(mode="wrap")
    def _without_what_is_not_set(self, handler: Any) -> dict[str, Any]:
        """An option that came later is written out only where it is used."""
        whole: dict[str, Any] = handler(self)
        if self.relevant_from is None:
            whole.pop("relevant_from", None)
        if self.retrieve == "stored":
            whole.pop("retrieve", None)
        return whole

    @property
    def least_grade(self) -> int:
        """The least grade that binary measures count as relevant."""
        if self.relevant_from is not None:
            return self.relevant_from
        known = getattr(registry.module_of(self.loader), "relevant_from", None)
        return int(known(self.loader)) if known else 1


class Suite(Section):
    """One experiment: every dataset × system × seed, and the plan that judges them."""

    suite: Name
    datasets: dict[Name, Dataset] = Field(min_length=1)
    systems: dict[Name, registry.entry("system")] = Field(min_length=1)  # type: ignore[valid-type]
    seeds: tuple[int, ...] = Field((42, 43, 44, 45, 46), min_length=1)
    backbone: Backbone = Backbone()
    candidates: Candidates = Candidates()
    training: Training = Training()
    selection: Selection = Selection()
    measures: tuple[str, ...] = MEASURES
    analysis: Analysis
    calibration: Calibration = Calibration()
    cells: Cells | None = None
    ablations: dict[str, Factor] = Field(default_factory=dict)
    sweeps: dict[Name, Sweep] = Field(default_factory=dict)
    scope: str = ""
    tolerance: float = Field(0.01, ge=0)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError("seeds must differ")
        if self.selection.tuning_seed in self.seeds:
            raise ValueError(f"tuning_seed {self.selection.tuning_seed} is also a reporting seed")
        if JUDGED in self.measures:
            raise ValueError(f"{JUDGED} is described in any case and never tested; leave it out")
        if self.analysis.primary not in self.measures:
            raise ValueError(f"analysis.primary {self.analysis.primary!r} is not among measures")
        for contrast in self.analysis.contrasts:
            for name in (contrast.system, contrast.baseline):
                require(name, self.systems, problem="analysis.contrasts: unknown system")
                if contrast.role == "confirmatory" and self.is_diagnostic(name):
                    raise ValueError(
                        f"analysis.contrasts: {name!r} looks at the judgements that it is scored "
                        "by; it is for diagnosis, never in a verdict"
                    )
        return self

    @cached_property
    def units(self) -> dict[str, Dataset]:
        """What is trained and ranked: each dataset, a `kfold` one as its folds."""
        found: dict[str, Dataset] = {}
        for name, dataset in self.datasets.items():
            if not isinstance(dataset.split, KFold):
                found[name] = dataset
                continue
            shared = dataset.split.model_dump(exclude={"kind"})
            for n in range(1, dataset.split.folds + 1):
                fold = Fold(collection=name, fold=n, **shared)
                found[f"{name}.fold{n}"] = dataset.model_copy(update={"split": fold})
        return found

    def dataset(self, name: str) -> Dataset:
        """A unit, or a dataset as configured."""
        return self.units[name] if name in self.units else self.datasets[name]

    def trained_on(self, unit: str) -> str:
        """The unit whose models rank this one: itself, unless they are transferred."""
        return self.source_of(unit) or unit

    def source_of(self, name: str) -> str:
        """The dataset whose models rank this one; empty for one that trains its own."""
        split = self.dataset(name).split
        return split.source if isinstance(split, Transfer) else ""

    def reported(self, unit: str) -> str:
        """The dataset that a unit's scores are reported under: that of all its folds."""
        split = self.units[unit].split
        return split.collection if isinstance(split, Fold) else unit

    @property
    def training_units(self) -> list[str]:
        """Units that models are trained on."""
        return [unit for unit in self.units if self.trained_on(unit) == unit]

    @property
    def root(self) -> Path:
        """Where results go: the embedded suite owns `results/`, no other suite touches it."""
        home = Path("results")
        return home if self.suite == "embedded" else home / "suites" / self.suite

    @property
    def command(self) -> str:
        """The one command that re-makes every number of this suite."""
        chosen = f" --configfile workflow/config/{self.suite}.yaml"
        return f"snakemake --cores all{'' if self.suite == 'embedded' else chosen}"

    def is_trained(self, system: str) -> bool:
        """A system with an objective is trained, once per seed; others have one run, seed 0."""
        return getattr(self.systems[system], "objective", None) is not None

    def is_neural(self, system: str) -> bool:
        """Reads the backbone's trunk (BM25 does not)."""
        return bool(registry.module_of(self.systems[system]).NEURAL)

    def is_streamed(self, unit: str, system: str) -> bool:
        """Ranked together with all that make vectors, while the documents stream by."""
        embeds = getattr(registry.module_of(self.systems[system]), "EMBEDS", False)
        return bool(embeds) and self.dataset(unit).retrieve != "stored"

    def streamed(self, unit: str) -> list[tuple[str, int]]:
        """System and seed of every run that is ranked so, in order."""
        there = [system for system in self.systems if self.is_streamed(unit, system)]
        return [(system, seed) for system in there for seed in self.seeds_of(system)]

    def is_pairwise(self, system: str) -> bool:
        """Reads a query and a document together: no trunk of single texts serves it."""
        return bool(getattr(registry.module_of(self.systems[system]), "PAIRWISE", False))

    @property
    def routes(self) -> bool:
        """Whether any system has a router."""
        return any(getattr(entry, "router", None) for entry in self.systems.values())

    def is_diagnostic(self, system: str) -> bool:
        """Looks at the judgements of what it ranks: never in a verdict."""
        return bool(getattr(self.systems[system], "diagnostic", False))

    def priced_for(self, system: str) -> tuple[str, ...]:
        """Systems whose training is priced to know how long this one trains: itself and those."""
        others: tuple[str, ...] = getattr(self.systems[system], "compute_of", ())
        return (system, *others) if others else ()

    def seed_after(self, seed: int) -> int:
        """The next reporting seed, the first after the last."""
        return self.seeds[(self.seeds.index(seed) + 1) % len(self.seeds)]

    def seeds_of(self, system: str) -> tuple[int, ...]:
        """Reporting seeds of a system."""
        return self.seeds if self.is_trained(system) else (0,)
