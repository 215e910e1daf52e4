"""A suite: one YAML file that says what is computed, checked before anything runs.

A Snakemake profile says where it is computed. Defaults are here, so that a configuration for a new
collection has a dozen lines. torch is never imported here.
"""

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
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
    CalibrationOptions,
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
    """Return the name; ValueError if it cannot be a folder and a wildcard of Snakemake."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ValueError("a name may hold letters, digits, '.', '_' and '-' only")
    return name


Name = Annotated[str, AfterValidator(_path_safe)]


class Dataset(Section):
    """A collection of documents, queries and judgements, and its split into train, dev and test."""

    loader: registry.entry("loader")  # type: ignore[valid-type]
    """Where documents, queries and judgements come from: a mapping with the `kind` of loader."""
    split: Annotated[AnySplit, BeforeValidator(split_of)] = Split()
    """Which queries are train, dev and test: shares, or a mapping with the `kind` of split."""
    pool: Lexical = Lexical()
    """BM25, whose documents are mined for negatives and, with `retrieve: pool`, ranked."""
    relevant_from: int | None = Field(None, ge=1)
    """Least grade that binary measures count as relevant; none: the loader's (TREC DL: 2), or 1."""
    retrieve: Literal["stored", "corpus", "pool"] = "stored"
    """`stored` keeps hidden states of all documents on disk, some 90 kB each; `corpus` ranks all
    documents but keeps none; `pool` ranks those that BM25 retrieves and keeps none."""

    @model_serializer(mode="wrap")
    def _without_unused_options(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out newer options where they are not used, so that older stamps stay valid."""
        settings: dict[str, Any] = handler(self)
        if self.relevant_from is None:
            settings.pop("relevant_from", None)
        if self.retrieve == "stored":
            settings.pop("retrieve", None)
        return settings

    @property
    def least_grade(self) -> int:
        """Least grade that binary measures count as relevant: as configured, the loader's, or 1."""
        if self.relevant_from is not None:
            return self.relevant_from
        of_loader = getattr(registry.module_of(self.loader), "relevant_from", None)
        return int(of_loader(self.loader)) if of_loader else 1


class Suite(Section):
    """One experiment: every system with every seed on every dataset, and the plan of the tests."""

    suite: Name
    """Name of the suite: `embedded` writes to `results/`, others to `results/suites/<name>/`."""
    datasets: dict[Name, Dataset] = Field(min_length=1)
    """Datasets by name."""
    systems: dict[Name, registry.entry("system")] = Field(min_length=1)  # type: ignore[valid-type]
    """Systems by name, each a mapping with the `kind` of system."""
    seeds: tuple[int, ...] = Field((42, 43, 44, 45, 46), min_length=1)
    """Reporting seeds: each trained system has one run for each; the split never changes."""
    backbone: Backbone = Backbone()
    """The pretrained encoder of all neural systems."""
    candidates: Candidates = Candidates()
    """Documents that cross-encoders re-rank and train on."""
    training: Training = Training()
    """The training recipe of all trained systems."""
    selection: Selection = Selection()
    """The learning-rate search of all trained systems."""
    measures: tuple[str, ...] = MEASURES
    """Measures of each query, such as `nDCG@10`."""
    analysis: Analysis
    """The plan: primary measure, level, margin and contrasts."""
    calibration: CalibrationOptions = CalibrationOptions()
    """Simulated experiments that show how often the tests are wrong."""
    cells: Cells | None = None
    """The learning-rate sensitivity analysis; none: left out."""
    ablations: dict[str, Factor] = Field(default_factory=dict)
    """Factors by name, a table for each."""
    sweeps: dict[Name, Sweep] = Field(default_factory=dict)
    """Sweeps by name, which are shown beside the ablations."""
    scope: str = ""
    """What the verdicts hold for, in words; the report shows it beside every verdict."""
    tolerance: float = Field(0.01, ge=0)
    """How far a system's mean may be from the committed one in `results/expected/`."""

    @model_validator(mode="after")
    def _check_seeds(self) -> Self:
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError("seeds must differ")
        if self.selection.tuning_seed in self.seeds:
            raise ValueError(f"tuning_seed {self.selection.tuning_seed} is also a reporting seed")
        return self

    @model_validator(mode="after")
    def _check_measures(self) -> Self:
        if JUDGED in self.measures:
            raise ValueError(f"{JUDGED} is described in any case and never tested; leave it out")
        if self.analysis.primary not in self.measures:
            raise ValueError(f"analysis.primary {self.analysis.primary!r} is not among measures")
        return self

    @model_validator(mode="after")
    def _check_contrasts(self) -> Self:
        for contrast in self.analysis.contrasts:
            for name in (contrast.system, contrast.baseline):
                require(name, self.systems, problem="analysis.contrasts: unknown system")
                if contrast.role == "confirmatory" and self.is_diagnostic(name):
                    raise ValueError(
                        f"analysis.contrasts: {name!r} ranks with the judgements that score it; it "
                        "is for diagnosis, never in a verdict"
                    )
        return self

    @cached_property
    def units(self) -> dict[str, Dataset]:
        """Datasets that models are trained or tested on, a `kfold` one as its folds."""
        units: dict[str, Dataset] = {}
        for name, dataset in self.datasets.items():
            if not isinstance(dataset.split, KFold):
                units[name] = dataset
                continue
            options = dataset.split.model_dump(exclude={"kind"})
            for n in range(1, dataset.split.folds + 1):
                fold = Fold(collection=name, fold=n, **options)
                units[f"{name}.fold{n}"] = dataset.model_copy(update={"split": fold})
        return units

    def dataset(self, name: str) -> Dataset:
        """Return a unit, or a dataset of the configuration, by its name."""
        return self.units[name] if name in self.units else self.datasets[name]

    def trained_on(self, unit: str) -> str:
        """Return the unit whose models rank this one: itself, unless they are transferred."""
        return self.source_of(unit) or unit

    def source_of(self, name: str) -> str:
        """Return the dataset whose models are transferred to this one; empty for none."""
        split = self.dataset(name).split
        return split.source if isinstance(split, Transfer) else ""

    def reported(self, unit: str) -> str:
        """Return the dataset that a unit's scores are reported under; for a fold, its dataset."""
        split = self.units[unit].split
        return split.collection if isinstance(split, Fold) else unit

    @property
    def training_units(self) -> list[str]:
        """Units that models are trained on."""
        return [unit for unit in self.units if self.trained_on(unit) == unit]

    @property
    def root(self) -> Path:
        """Folder of the results: `results/` for the embedded suite, and for no other one."""
        home = Path("results")
        return home if self.suite == "embedded" else home / "suites" / self.suite

    @property
    def command(self) -> str:
        """The one command that computes every number of this suite again."""
        option = f" --configfile workflow/config/{self.suite}.yaml"
        return f"snakemake --cores all{'' if self.suite == 'embedded' else option}"

    def is_trained(self, system: str) -> bool:
        """Say whether a system has an objective, and so is trained once for each seed."""
        return getattr(self.systems[system], "objective", None) is not None

    def is_neural(self, system: str) -> bool:
        """Say whether a system reads the backbone's hidden states; BM25 does not."""
        return bool(registry.module_of(self.systems[system]).NEURAL)

    def is_streamed(self, unit: str, system: str) -> bool:
        """Say whether a system ranks this unit in `stream`, together with all other bi-encoders."""
        embeds = getattr(registry.module_of(self.systems[system]), "EMBEDS", False)
        return bool(embeds) and self.dataset(unit).retrieve != "stored"

    def streamed(self, unit: str) -> list[tuple[str, int]]:
        """Return system and seed of every run that `stream` ranks, in the order of its output."""
        systems = [system for system in self.systems if self.is_streamed(unit, system)]
        return [(system, seed) for system in systems for seed in self.seeds_of(system)]

    def is_pairwise(self, system: str) -> bool:
        """Say whether a system reads a query and a document together, as a cross-encoder does."""
        return bool(getattr(registry.module_of(self.systems[system]), "PAIRWISE", False))

    @property
    def routes(self) -> bool:
        """Whether any system has a router."""
        return any(getattr(entry, "router", None) for entry in self.systems.values())

    def is_diagnostic(self, system: str) -> bool:
        """Say whether a system ranks with the test judgements, and so has no verdict."""
        return bool(getattr(self.systems[system], "diagnostic", False))

    def priced_for(self, system: str) -> tuple[str, ...]:
        """Return the systems whose price of a step sets this one's steps; empty for usual steps."""
        others: tuple[str, ...] = getattr(self.systems[system], "compute_of", ())
        return (system, *others) if others else ()

    def seed_after(self, seed: int) -> int:
        """Return the next reporting seed; after the last one, the first."""
        return self.seeds[(self.seeds.index(seed) + 1) % len(self.seeds)]

    def seeds_of(self, system: str) -> tuple[int, ...]:
        """Return the seeds of a system's runs: the reporting ones, or 0 for an untrained system."""
        return self.seeds if self.is_trained(system) else (0,)
