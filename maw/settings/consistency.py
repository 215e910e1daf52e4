"""Checks that the parts of a suite fit each other, after each part was validated alone."""

from maw.errors import require
from maw.settings.factors import varied
from maw.settings.packaged import packaged
from maw.settings.sections import Fold, KFold, Transfer
from maw.settings.suite import Suite


def check(suite: Suite) -> None:
    """Raise ValueError for the first key that contradicts another one."""
    _check_systems(suite)
    _check_datasets(suite)
    _check_cells(suite)
    _check_factors(suite)


def _check_cells(suite: Suite) -> None:
    """Raise ValueError for cells that cannot be trained, or not be compared with the main runs."""
    if suite.cells is None:
        return
    for name in suite.cells.trained:
        require(name, suite.systems, problem="cells: unknown system")
        if not suite.is_trained(name):
            raise ValueError(f"cells: {name!r} is not trained, so no learning rate changes it")
        if suite.is_diagnostic(name):
            raise ValueError(f"cells: {name!r} uses the judgements; it is for diagnosis only")
    if others := sorted(set(suite.cells.seeds) - set(suite.seeds)):
        raise ValueError(f"cells.seeds: {others[0]} is not among the suite's seeds")
    for name, dataset in suite.datasets.items():
        if isinstance(dataset.split, Transfer | KFold):
            raise ValueError(
                f"cells: {name!r} has not exactly one train split of its own; drop it or `cells`"
            )


def _check_systems(suite: Suite) -> None:
    """Raise ValueError for a system that needs a seed or a system which the suite has not."""
    for system in suite.systems:
        if suite.is_diagnostic(system) and len(suite.seeds_of(system)) < 2:
            raise ValueError(
                f"systems.{system}: an oracle is chosen on another seed; train it with two seeds"
            )
        for name in suite.priced_for(system):
            problem = f"systems.{system}.compute_of: unknown system"
            require(name, suite.systems, problem=problem)
            if not suite.is_trained(name):
                raise ValueError(f"systems.{system}.compute_of: {name!r} is not trained")


def _check_datasets(suite: Suite) -> None:
    """Raise ValueError for a split whose models nobody trains, or a name that a fold has."""
    for name, dataset in suite.datasets.items():
        split = dataset.split
        if isinstance(split, Fold):
            raise ValueError(f"datasets.{name}.split: folds are made by `kind: kfold`; write that")
        if isinstance(split, Transfer):
            problem = f"datasets.{name}.split.source: unknown dataset"
            require(split.source, suite.datasets, problem=problem)
            if isinstance(suite.datasets[split.source].split, Transfer | KFold):
                raise ValueError(
                    f"datasets.{name}.split.source: {split.source!r} trains no models of its "
                    "own, or several sets; name one with a holdout or official split"
                )
        if dataset.retrieve != "stored":
            _check_streamed(suite, name)
    n_units = sum(getattr(dataset.split, "folds", 1) for dataset in suite.datasets.values())
    if len(suite.units) != n_units:
        raise ValueError("datasets: a dataset has the name of another one's fold; rename it")


def _check_streamed(suite: Suite, dataset: str) -> None:
    """Raise ValueError for analyses of documents that this dataset does not keep on disk."""
    problem = f"datasets.{dataset}.retrieve: {suite.datasets[dataset].retrieve!r} keeps no document"
    if suite.cells is not None:
        raise ValueError(f"{problem}, and cells rank again; drop `cells` or use 'stored'")
    for system in suite.systems:
        if suite.is_diagnostic(system):
            raise ValueError(f"{problem}, and {system!r} needs the judged ones; use 'stored'")


def _check_factors(suite: Suite) -> None:
    """Raise ValueError for a setting that is no system, or a value that its system cannot have."""
    if suite.sweeps and not suite.ablations:
        raise ValueError("sweeps are shown beside `ablations`; name a factor there")
    tables = packaged("source_claims")["tables"]
    for name, factor in suite.ablations.items():
        for system in factor.settings.values():
            require(system, suite.systems, problem=f"ablations.{name}: unknown system")
        if factor.claimed is not None:
            require(factor.claimed, tables, problem=f"ablations.{name}.claimed: no table")
    for name, dataset in suite.datasets.items():
        if suite.sweeps and isinstance(dataset.split, KFold):
            raise ValueError(
                f"sweeps: a dev query of one fold of {name!r} is a test query of another; give it "
                "a holdout or official split, or drop it or the sweeps"
            )
    for name, sweep in suite.sweeps.items():
        require(sweep.system, suite.systems, problem=f"sweeps.{name}: unknown system")
        if not suite.is_trained(sweep.system) or suite.priced_for(sweep.system):
            raise ValueError(
                f"sweeps.{name}: {sweep.system!r} is not trained for the configured steps; name "
                "another system"
            )
        for value in sweep.values:
            varied(suite.systems[sweep.system], sweep, value=value)
