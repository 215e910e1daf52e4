"""A suite: one experiment, described by a YAML file that is checked before anything runs.

The file says what is computed; a Snakemake profile says on which machine. Most keys have a default
here, so that a configuration for a new collection has a dozen lines. This module never imports
torch, because configurations have to be checked quickly.
"""

from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from maw.measures.judged import JUDGED
from maw.settings import registry, traits
from maw.settings.dataset import Dataset, Name
from maw.settings.plan import Analysis
from maw.settings.sections import (
    Backbone,
    CalibrationOptions,
    Candidates,
    Cells,
    Factor,
    Section,
    Sweep,
    Training,
)
from maw.settings.selection import Selection
from maw.settings.split_kinds import Fold, KFold, Transfer

CUTOFFS = (1, 5, 10, 100, 1000)
MEASURES = (*(f"{name}@{k}" for name in ("nDCG", "RR", "Success") for k in CUTOFFS), "AP")


class Suite(Section):
    """One experiment: every system with every seed on every dataset, and the plan of the tests.

    A unit, in the names and docstrings of this class, is a dataset that models are trained or
    tested on: a dataset of the configuration, or one fold of a `kfold` dataset.
    """

    suite: Name
    """Name of the suite: `embedded` writes to `results/`, others to `results/suites/<name>/`."""
    datasets: dict[Name, Dataset] = Field(min_length=1)
    """Name of each dataset -> its loader, split and other settings."""
    systems: dict[Name, registry.entry("system")] = Field(min_length=1)  # type: ignore[valid-type]
    """Name of each system -> a mapping with the `kind` of system and its options."""
    seeds: tuple[int, ...] = Field((42, 43, 44, 45, 46), min_length=1)
    """Seeds of the reported runs. On each dataset (or fold), a trained system has one run for each
    seed, an untrained system only one run. The split of the queries is the same for all seeds."""
    backbone: Backbone = Backbone()
    """The pretrained encoder of all neural systems."""
    candidates: Candidates = Candidates()
    """Numbers of documents that cross-encoders re-rank and train on."""
    training: Training = Training()
    """The training recipe of all trained systems."""
    selection: Selection = Selection()
    """The search of all trained systems: their learning rate, and an option of each."""
    measures: tuple[str, ...] = MEASURES
    """Measures that are computed for each test query, by their `ir_measures` names."""
    analysis: Analysis
    """The analysis plan: primary measure, significance level, equivalence margin and contrasts."""
    calibration: CalibrationOptions = CalibrationOptions()
    """Simulated experiments that show how often the statistical tests are wrong."""
    cells: Cells | None = None
    """The learning-rate sensitivity analysis; none: the suite has no such analysis."""
    ablations: dict[str, Factor] = Field(default_factory=dict)
    """Name of each factor -> its settings; the report has one ablation table for each factor."""
    sweeps: dict[Name, Sweep] = Field(default_factory=dict)
    """Name of each sweep -> the option that is varied, and its values. The report shows sweeps
    beside the ablations, so `ablations` must have an entry."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Device that encodes, trains and ranks. `auto`: a GPU where torch sees one, else the
    processor. `cpu`: the processor. `cuda`: a GPU; without one the jobs end with an error. The
    environment variable `MAW_DEVICE` overrides this key. A change of the device runs nothing again;
    run.json records the device of each training."""
    scope: str = ""
    """Text that says for which data and models the verdicts hold; the report shows it beside every
    verdict."""
    tolerance: float = Field(0.004, ge=0)
    """Largest allowed difference between a system's mean over its seeds and the committed mean in
    `results/expected/`, in the unit of the measure, on another processor or with other versions.
    On the same ones every mean must be equal."""

    @model_validator(mode="after")
    def _check_seeds(self) -> Self:
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError("seeds: a seed is there twice; give each seed once")
        if self.selection.tuning_seed in self.seeds:
            raise ValueError(
                f"selection.tuning_seed: {self.selection.tuning_seed} is also one of `seeds`; give "
                "another tuning seed"
            )
        return self

    @model_validator(mode="after")
    def _check_measures(self) -> Self:
        if JUDGED in self.measures:
            raise ValueError(
                f"measures: {JUDGED} is always reported and never tested; leave it out"
            )
        if self.analysis.primary not in self.measures:
            raise ValueError(
                f"analysis.primary: {self.analysis.primary!r} is not among `measures`; add it there"
            )
        return self

    @cached_property
    def units(self) -> dict[str, Dataset]:
        """Name of each unit -> its settings. A `kfold` dataset is replaced by its folds.

        A unit is a dataset that models are trained or tested on. The folds of the dataset `d` are
        called `d.fold1`, `d.fold2` and so on.
        """
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
        """Return the settings of a dataset, or of a fold of one, by its name.

        KeyError for an unknown name.
        """
        return self.units[name] if name in self.units else self.datasets[name]

    def trained_on(self, unit: str) -> str:
        """Return the name of the unit (dataset or fold) whose models rank this unit's documents.

        It is the unit itself, except where models are transferred from another dataset.
        """
        return self.source_of(unit) or unit

    def source_of(self, name: str) -> str:
        """Return the name of the dataset whose models are transferred to this dataset, or ""."""
        split = self.dataset(name).split
        return split.source if isinstance(split, Transfer) else ""

    def reported(self, unit: str) -> str:
        """Return the name of the dataset under which the report shows the scores of a unit.

        unit: a dataset, which is returned itself, or a fold, whose dataset is returned.
        """
        split = self.units[unit].split
        return split.collection if isinstance(split, Fold) else unit

    @property
    def training_units(self) -> list[str]:
        """Names of the units (datasets and folds) that models are trained on."""
        return [unit for unit in self.units if self.trained_on(unit) == unit]

    @property
    def root(self) -> Path:
        """Folder of the results: `results/` for `embedded`, else `results/suites/<name>/`."""
        home = Path("results")
        return home if self.suite == "embedded" else home / "suites" / self.suite

    @property
    def command(self) -> str:
        """The command line that computes every number of this suite again.

        It takes the suite's configuration from `workflow/config/<name>.yaml`.
        """
        option = f" --configfile workflow/config/{self.suite}.yaml"
        return f"snakemake --cores all{'' if self.suite == 'embedded' else option}"

    def is_trained(self, system: str) -> bool:
        """Return True where a system is trained, and so has a run with each seed.

        It has a training objective, or is of a kind that trains itself.
        """
        entry = self.systems[system]
        return getattr(entry, "objective", None) is not None or traits.trains_itself(entry)

    def is_priced(self, system: str) -> bool:
        """Return True where the FLOPs of a system's training step are counted.

        They are those of maw's own training loop; a system that trains itself has none.
        """
        return self.is_trained(system) and not traits.trains_itself(self.systems[system])

    def reads_index(self, system: str) -> bool:
        """Return True where a system ranks with BM25's index, and reads no document."""
        return traits.reads_index(self.systems[system])

    def is_searched(self, system: str) -> bool:
        """Return True where a system has a search: it has a learning rate, and something to try."""
        return (
            self.selection.searches
            and self.is_trained(system)
            and traits.has_learning_rate(self.systems[system])
        )

    def is_given(self, system: str) -> bool:
        """Return True where a system's rankings were made elsewhere, and are only read here."""
        return traits.is_given(self.systems[system])

    def varies(self, system: str) -> bool:
        """Return True where a system has a run for each seed: it was trained, here or elsewhere."""
        return self.is_trained(system) or bool(getattr(self.systems[system], "varies", False))

    def depends_on_seed(self, system: str) -> bool:
        """Return True where another training of a system would give other scores.

        It has a run for each seed, or is named in the plan's `trained`.
        """
        return self.varies(system) or system in self.analysis.trained

    def is_neural(self, system: str) -> bool:
        """Return True where a system reads the backbone's hidden states; False for BM25."""
        return bool(registry.module_of(self.systems[system]).NEURAL)

    def is_streamed(self, unit: str, system: str) -> bool:
        """Return True where the stage `stream` ranks the documents of a unit for a system.

        unit: a dataset, or a fold of one. The stage ranks for all bi-encoders at once, on datasets
        whose `retrieve` is not `stored`.
        """
        embeds = getattr(registry.module_of(self.systems[system]), "EMBEDS", False)
        return bool(embeds) and self.dataset(unit).retrieve != "stored"

    def streamed(self, unit: str) -> list[tuple[str, int]]:
        """Return the (system, seed) of every run for which the stage `stream` ranks the documents.

        unit: a dataset, or a fold of one. The stage's output has a part for each run, in the order
        of this list.
        """
        systems = [system for system in self.systems if self.is_streamed(unit, system)]
        return [(system, seed) for system in systems for seed in self.seeds_of(system)]

    @property
    def whole_runs(self) -> tuple[list[str], list[str]]:
        """Names of the units, and of the systems, whose runs one job trains, ranks and scores.

        Left out are units that other units' models rank, units that are streamed, untrained
        systems, and diagnostic ones, which need another seed's model: there, each is a job.
        """
        units = [u for u in self.training_units if self.dataset(u).retrieve == "stored"]
        systems = [s for s in self.systems if self.is_trained(s) and not self.is_diagnostic(s)]
        return units, systems

    def is_pairwise(self, system: str) -> bool:
        """Return True where a system reads query and document together, as a cross-encoder does."""
        return bool(getattr(registry.module_of(self.systems[system]), "PAIRWISE", False))

    @property
    def routes(self) -> bool:
        """True where at least one system has a router."""
        return any(getattr(entry, "router", None) for entry in self.systems.values())

    @property
    def routed(self) -> list[str]:
        """Names of the systems whose routing the stage `diagnose` looks at.

        They have a router, and it is not one that reads the judgements. A kind of system from
        outside the package is among them where its module has the function `encoder`.
        """
        return [
            name
            for name, entry in self.systems.items()
            if getattr(entry, "router", None) is not None
            and not self.is_diagnostic(name)
            and hasattr(registry.module_of(entry), "encoder")
        ]

    def is_diagnostic(self, system: str) -> bool:
        """Return True where a system ranks with the test judgements, and so can have no verdict."""
        return bool(getattr(self.systems[system], "diagnostic", False))

    def priced_for(self, system: str) -> tuple[str, ...]:
        """Return the systems whose FLOPs per training step decide how long this system trains.

        They are the system itself and those in its `compute_of`; without `compute_of` the result is
        empty, and the system trains for the configured number of steps.
        """
        others: tuple[str, ...] = getattr(self.systems[system], "compute_of", ())
        return (system, *others) if others else ()

    def seed_after(self, seed: int) -> int:
        """Return the seed that follows this one in `seeds`; after the last seed, the first.

        ValueError for a seed that is not in `seeds`.
        """
        return self.seeds[(self.seeds.index(seed) + 1) % len(self.seeds)]

    def seeds_of(self, system: str) -> tuple[int, ...]:
        """Return the seeds of a system's runs: `seeds`, or only 0 for a system with one run."""
        return self.seeds if self.varies(system) else (0,)
