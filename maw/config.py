"""What is computed: one YAML file, checked whole before anything runs.

Where it is computed is a Snakemake profile's business. Defaults live here, so that a configuration
for a new collection is a dozen lines. Nothing here imports torch.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import AfterValidator, Field, ValidationError, model_validator

from maw import factors, registry
from maw.errors import InputError, nearest
from maw.measures.judged import JUDGED
from maw.plan import Analysis
from maw.sections import Backbone, Candidates, Lexical, Section, Selection, Split, Training

CUTOFFS = (1, 5, 10, 100, 1000)
MEASURES = (*(f"{name}@{k}" for name in ("nDCG", "RR", "Success") for k in CUTOFFS), "AP")


def _path_safe(name: str) -> str:
    """Names become folders and Snakemake wildcards."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ValueError("a name may hold letters, digits, '.', '_' and '-' only")
    return name


Name = Annotated[str, AfterValidator(_path_safe)]


class Dataset(Section):
    """Where the documents, queries and judgements come from, and which side a query is on."""

    loader: registry.entry("loader")  # type: ignore[valid-type]
    split: Split = Split()
    pool: Lexical = Lexical()


class Calibration(Section):
    """How many experiments to redraw from the scores, to see how often the tests are wrong.

    draws: 0 leaves it out.
    """

    draws: int = Field(1000, ge=0)
    seed: int = 0


class Cells(Section):
    """Systems and a baseline that are trained at every configured learning rate, the same for both.

    A sensitivity analysis: nothing is selected by it, and no verdict. seeds: of the suite's own.
    """

    seeds: tuple[int, ...] = Field(min_length=1)
    systems: tuple[str, ...] = Field(min_length=1)
    baseline: str

    @model_validator(mode="after")
    def _all_differ(self) -> Self:
        for named in (self.seeds, (*self.systems, self.baseline)):
            if twice := [one for one in dict.fromkeys(named) if named.count(one) > 1]:
                raise ValueError(f"{twice[0]!r} is named twice")
        return self

    @property
    def trained(self) -> tuple[str, ...]:
        """Everything that is trained at each rate, the baseline last."""
        return (*self.systems, self.baseline)


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
    ablations: dict[str, factors.Factor] = Field(default_factory=dict)
    sweeps: dict[Name, factors.Sweep] = Field(default_factory=dict)
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
                if name not in self.systems:
                    hint = nearest(name, self.systems)
                    raise ValueError(f"analysis.contrasts: unknown system {name!r}{hint}")
                if contrast.role == "confirmatory" and self.is_diagnostic(name):
                    raise ValueError(
                        f"analysis.contrasts: {name!r} looks at the judgements that it is scored "
                        "by; it is for diagnosis, never in a verdict"
                    )
        self._each_system()
        self._each_cell()
        factors.check(self)
        return self

    def _each_cell(self) -> None:
        """ValueError for a cell that could not be trained, or not be compared with the main run."""
        if self.cells is None:
            return
        for name in self.cells.trained:
            if name not in self.systems:
                raise ValueError(f"cells: unknown system {name!r}{nearest(name, self.systems)}")
            if not self.is_trained(name):
                raise ValueError(f"cells: {name!r} is not trained, no learning rate changes it")
            if self.is_diagnostic(name):
                raise ValueError(f"cells: {name!r} looks at the judgements; it is for diagnosis")
        if others := sorted(set(self.cells.seeds) - set(self.seeds)):
            raise ValueError(f"cells.seeds: {others[0]} is not among the suite's seeds")

    def _each_system(self) -> None:
        """ValueError for a system that asks for what the others cannot give."""
        for system in self.systems:
            if self.is_diagnostic(system) and len(self.seeds_of(system)) < 2:
                raise ValueError(f"systems.{system}: an oracle is chosen on another seed; train it")
            for name in self.priced_for(system):
                if name not in self.systems:
                    hint = nearest(name, self.systems)
                    raise ValueError(f"systems.{system}.compute_of: unknown system {name!r}{hint}")
                if not self.is_trained(name):
                    raise ValueError(f"systems.{system}.compute_of: {name!r} is not trained")

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

    def is_pairwise(self, system: str) -> bool:
        """Reads a query and a document together: no trunk of single texts serves it."""
        return bool(getattr(registry.module_of(self.systems[system]), "PAIRWISE", False))

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


def parse(content: Any, *, source: str) -> Suite:
    """A suite from parsed YAML. InputError names the file, the key and the nearest right key."""
    if not isinstance(content, dict):
        raise InputError(f"{source}: expected a mapping of keys, got {type(content).__name__}")
    try:
        return Suite.model_validate(content)
    except ValidationError as error:
        raise InputError(registry.explain(error, model=Suite, within=source)) from None
    except InputError as error:
        raise InputError(f"{source}: {error}") from None


def read(path: Path) -> Suite:
    """The suite in a YAML file."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such configuration file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: not readable as YAML: {reason}") from None
    return parse(content, source=str(path))
