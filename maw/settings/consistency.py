"""Do the parts of a suite fit each other? Checked once, after each part was validated alone."""

from maw.errors import require
from maw.settings.factors import varied
from maw.settings.packaged import packaged
from maw.settings.sections import Fold, KFold, Transfer
from maw.settings.suite import Suite


def check(suite: Suite) -> None:
    """ValueError that names the first key that contradicts another one."""
    _check_systems(suite)
    _check_datasets(suite)
    _check_cells(suite)
    _check_factors(suite)


def _check_cells(suite: Suite) -> None:
    """ValueError for a cell that could not be trained, or not be compared with the main run."""
    if suite.cells is None:
        return
    for name in suite.cells.trained:
        require(name, suite.systems, problem="cells: unknown system")
        if not suite.is_trained(name):
            raise ValueError(f"cells: {name!r} is not trained, no learning rate changes it")
        if suite.is_diagnostic(name):
            raise ValueError(f"cells: {name!r} looks at the judgements; it is for diagnosis")
    if others := sorted(set(suite.cells.seeds) - set(suite.seeds)):
        raise ValueError(f"cells.seeds: {others[0]} is not among the suite's seeds")
    for name, dataset in suite.datasets.items():
        if isinstance(dataset.split, Transfer | KFold):
            raise ValueError(f"cells: {name!r} has a split without one training side; drop one")


def _check_systems(suite: Suite) -> None:
    """ValueError for a system that asks for what the others cannot give."""
    for system in suite.systems:
        if suite.is_diagnostic(system) and len(suite.seeds_of(system)) < 2:
            raise ValueError(f"systems.{system}: an oracle is chosen on another seed; train it")
        for name in suite.priced_for(system):
            problem = f"systems.{system}.compute_of: unknown system"
            require(name, suite.systems, problem=problem)
            if not suite.is_trained(name):
                raise ValueError(f"systems.{system}.compute_of: {name!r} is not trained")


def _check_datasets(suite: Suite) -> None:
    """ValueError for a split that takes models from nowhere, or a name that folds take."""
    for name, dataset in suite.datasets.items():
        split = dataset.split
        if isinstance(split, Fold):
            raise ValueError(f"datasets.{name}.split: a fold is made by `kind: kfold`")
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
    n_units = sum(getattr(d.split, "folds", 1) for d in suite.datasets.values())
    if len(suite.units) != n_units:
        raise ValueError("datasets: a name is also that of another's fold; rename it")


def _check_streamed(suite: Suite, dataset: str) -> None:
    """ValueError for what looks at documents that are not kept."""
    problem = f"datasets.{dataset}.retrieve: {suite.datasets[dataset].retrieve!r} keeps no document"
    if suite.cells is not None:
        raise ValueError(f"{problem}, and cells rank anew; drop `cells` or use 'stored'")
    for system in suite.systems:
        if suite.is_diagnostic(system):
            raise ValueError(f"{problem}, and {system!r} looks at the judged ones; use 'stored'")


def _check_factors(suite: Suite) -> None:
    """ValueError for a setting that is no system, or a value that its system cannot have."""
    if suite.sweeps and not suite.ablations:
        raise ValueError("sweeps are shown beside `ablations`; name a factor there")
    tables = packaged("source_claims")["tables"]
    for name, factor in suite.ablations.items():
        for system in factor.settings.values():
            require(system, suite.systems, problem=f"ablations.{name}: unknown system")
        if factor.claimed is not None:
            require(factor.claimed, tables, problem=f"ablations.{name}: no table")
    for name, dataset in suite.datasets.items():
        if suite.sweeps and isinstance(dataset.split, KFold):
            raise ValueError(
                f"sweeps: a query that one fold of {name!r} develops on is tested in another; give "
                "it a split with one training side, or drop it or the sweeps"
            )
    for name, sweep in suite.sweeps.items():
        require(sweep.system, suite.systems, problem=f"sweeps.{name}: unknown system")
        if not suite.is_trained(sweep.system) or suite.priced_for(sweep.system):
            raise ValueError(f"sweeps.{name}: {sweep.system!r} is not trained as others are")
        for value in sweep.values:
            varied(suite.systems[sweep.system], sweep, value)
