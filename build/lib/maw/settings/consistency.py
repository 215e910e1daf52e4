"""Checks that the parts of a suite fit each other; pydantic has validated each part alone."""

from maw.errors import require
from maw.settings import traits
from maw.settings.factors import varied
from maw.settings.packaged import packaged
from maw.settings.planned import DECIDING_ROLES, PlannedContrast
from maw.settings.searched import check_options
from maw.settings.split_kinds import Fold, KFold, Transfer
from maw.settings.suite import Suite

LARGEST_SEED = 2**53 - 1  # the largest whole number that float64 holds with all smaller ones


def check(suite: Suite) -> None:
    """Raise an error for the first key of the suite that contradicts another key.

    The error is a ValueError, or an InputError for a swept or searched value that the option cannot
    have.
    """
    _check_seeds(suite)
    _check_contrasts(suite)
    _check_controls(suite)
    _check_systems(suite)
    _check_negatives(suite)
    _check_search(suite)
    check_options(suite)
    _check_datasets(suite)
    _check_cells(suite)
    _check_factors(suite)


def _check_seeds(suite: Suite) -> None:
    """Raise ValueError for a seed that is no number from 0 to LARGEST_SEED.

    A seed is the name of a folder, and a number in tables of float64.
    """
    negative = suite.analysis.controls.negative
    seeds = {
        "seeds": suite.seeds,
        "selection.tuning_seed": (suite.selection.tuning_seed,),
        "analysis.controls.negative.seeds": () if negative is None else negative.seeds,
    }
    for key, numbers in seeds.items():
        for seed in numbers:
            if not 0 <= seed <= LARGEST_SEED:
                raise ValueError(f"{key}: {seed} is not from 0 to {LARGEST_SEED}; give another")


def _check_contrasts(suite: Suite) -> None:
    """Raise an error for a contrast or a look of the plan that the suite cannot have.

    The error is a ValueError, or an InputError for a number of seeds at which no look is planned.
    """
    plan = suite.analysis
    for contrast in plan.contrasts:
        for name in (contrast.system, contrast.baseline):
            require(name, suite.systems, problem="analysis.contrasts: unknown system")
            decides = contrast.role in DECIDING_ROLES
            if decides and suite.is_diagnostic(name):
                raise ValueError(
                    f"analysis.contrasts: {name!r} ranks with the test judgements, so it can "
                    "have no verdict; give the contrast `role: reference` or remove it"
                )
        if contrast.seeds == "auto":
            raise ValueError(
                f"analysis.contrasts: {contrast.system!r} against {contrast.baseline!r} has "
                "`seeds: auto`, which is for runs made elsewhere; write `shared`, as all systems "
                "that a suite trains draw the same batches at a seed, or `independent`"
            )
        _check_draws(suite, contrast)
    plan.look_alpha(len(suite.seeds))


def _check_draws(suite: Suite, contrast: PlannedContrast) -> None:
    """Raise ValueError for shared seeds of two trained systems, one of which records no draws.

    A contrast that states no form has the right one (`maw.settings.own_seeds`).
    """
    names = (contrast.system, contrast.baseline)
    states_shared = "seeds" in contrast.model_fields_set and contrast.seeds == "shared"
    if not states_shared or not all(map(suite.is_trained, names)):
        return
    for name in names:
        if not traits.records_draws(suite.systems[name]):
            raise ValueError(
                f"analysis.contrasts: {names[0]!r} against {names[1]!r} has `seeds: shared`, but "
                f"{name!r} does not record what it draws at a seed; write `seeds: independent` in "
                "the contrast"
            )


def _check_controls(suite: Suite) -> None:
    """Raise ValueError for a control of the study that names a wrong system or a used seed."""
    controls = suite.analysis.controls
    if controls.positive is not None:
        for name in (controls.positive.system, controls.positive.baseline):
            require(name, suite.systems, problem="analysis.controls.positive: unknown system")
            if suite.is_diagnostic(name):
                raise ValueError(
                    f"analysis.controls.positive: {name!r} ranks with the test judgements; name "
                    "another system"
                )
    if controls.negative is not None:
        name = controls.negative.system
        require(name, suite.systems, problem="analysis.controls.negative: unknown system")
        if not suite.is_trained(name) or suite.is_diagnostic(name):
            raise ValueError(
                f"analysis.controls.negative: {name!r} is not trained, or ranks with the test "
                "judgements; name a trained system, as a rule the control"
            )
        used = {*suite.seeds, suite.selection.tuning_seed}
        if again := sorted(used & set(controls.negative.seeds)):
            raise ValueError(
                f"analysis.controls.negative.seeds: {again[0]} is also one of `seeds`, or the "
                "tuning seed; give seeds that no other training uses"
            )
    if controls.budget is not None:
        _check_budget(suite)


def _check_budget(suite: Suite) -> None:
    """Raise ValueError where a system of a claim cannot be trained for more steps."""
    for contrast in suite.analysis.contrasts:
        for name in (contrast.system, contrast.baseline):
            is_fixed = suite.is_trained(name) and not traits.has_steps(suite.systems[name])
            if contrast.role == "confirmatory" and is_fixed:
                raise ValueError(
                    f"analysis.controls.budget: {name!r} takes no {{steps}}, so that it cannot be "
                    "trained for more of them; let its command take {steps}, or remove `budget`"
                )


def _check_cells(suite: Suite) -> None:
    """Raise ValueError for cells that cannot be trained, or cannot be compared with the main runs.

    A cell is one run of the learning-rate sensitivity analysis.
    """
    if suite.cells is None:
        return
    for name in suite.cells.trained:
        require(name, suite.systems, problem="cells: unknown system")
        if not suite.is_trained(name):
            raise ValueError(
                f"cells: {name!r} is not trained and has no learning rate; take it out of `cells`"
            )
        if not traits.has_learning_rate(suite.systems[name]):
            raise ValueError(f"cells: {name!r} has no learning rate; take it out of `cells`")
        if suite.is_diagnostic(name):
            raise ValueError(
                f"cells: {name!r} ranks with the test judgements and is for diagnosis only; take "
                "it out of `cells`"
            )
    if others := sorted(set(suite.cells.seeds) - set(suite.seeds)):
        raise ValueError(
            f"cells.seeds: {others[0]} is not among the suite's seeds; give seeds out of `seeds`"
        )
    for name, dataset in suite.datasets.items():
        if isinstance(dataset.split, Transfer | KFold):
            raise ValueError(
                f"cells: the split of dataset {name!r} is {dataset.split.kind!r}, but cells need "
                "one train split of the dataset's own; remove the dataset or `cells`"
            )


def _check_systems(suite: Suite) -> None:
    """Raise ValueError for an oracle without a second seed, and for a wrong name in `compute_of`.

    An oracle chooses depths with the model of another seed, so it needs two seeds. The systems
    that a system names in `compute_of` must be in the suite and trained.
    """
    for system in suite.systems:
        if suite.is_diagnostic(system) and len(suite.seeds_of(system)) < 2:
            raise ValueError(
                f"systems.{system}: an oracle chooses depths with the model of another seed, and "
                "`seeds` has only one; give at least two"
            )
        for name in suite.priced_for(system):
            problem = f"systems.{system}.compute_of: unknown system"
            require(name, suite.systems, problem=problem)
            if not suite.is_priced(name):
                trained = suite.is_trained(name)
                problem = "has no count of FLOPs" if trained else "is not trained"
                raise ValueError(
                    f"systems.{system}.compute_of: {name!r} {problem}; name trained systems"
                )


def _check_negatives(suite: Suite) -> None:
    """Raise ValueError for a cross-encoder that would be trained without any negative."""
    for system in suite.systems:
        learns = suite.is_pairwise(system) and suite.is_trained(system)
        if learns and not suite.training.hard_negatives:
            raise ValueError(
                f"training.hard_negatives: 0, but {system!r} reads each query with its own "
                "documents alone, and would learn nothing without a negative; give at least 1"
            )


def _check_search(suite: Suite) -> None:
    """Raise ValueError for a cross-fit search of a cross-encoder, whose pairs are encoded once."""
    if suite.selection.cross_fit == 1:
        return
    for system in suite.systems:
        if suite.is_pairwise(system) and suite.is_trained(system):
            raise ValueError(
                f"selection.cross_fit: {system!r} reads pairs of a query and a document, which are "
                "encoded for one split only; set cross_fit to 1 or remove the system"
            )


def _check_datasets(suite: Suite) -> None:
    """Raise ValueError for a dataset that the suite cannot split, train for or name.

    The split is a `fold`, which maw alone makes; or a transfer from a dataset that is unknown or
    does not train exactly one set of models; or `cells` or an oracle need encoded documents that
    the dataset does not keep; or the dataset has the name of another dataset's fold.
    """
    for name, dataset in suite.datasets.items():
        split = dataset.split
        if isinstance(split, Fold):
            raise ValueError(
                f"datasets.{name}.split: maw itself makes the splits of `kind: fold`; write "
                "`kind: kfold`"
            )
        if isinstance(split, Transfer):
            problem = f"datasets.{name}.split.source: unknown dataset"
            require(split.source, suite.datasets, problem=problem)
            if isinstance(suite.datasets[split.source].split, Transfer | KFold):
                raise ValueError(
                    f"datasets.{name}.split.source: {split.source!r} trains no models of its own, "
                    "or a set for each fold; name a dataset with a holdout or official split"
                )
        if dataset.retrieve != "stored":
            _check_streamed(suite, name)
    n_units = sum(getattr(dataset.split, "folds", 1) for dataset in suite.datasets.values())
    if len(suite.units) != n_units:
        raise ValueError(
            "datasets: a dataset is called like a fold of another one (`NAME.fold1`); rename it"
        )


def _check_streamed(suite: Suite, dataset: str) -> None:
    """Raise ValueError where cells or an oracle would need encoded documents that are not kept.

    dataset: name of a dataset whose `retrieve` is not `stored`.
    """
    retrieve = suite.datasets[dataset].retrieve
    problem = f"datasets.{dataset}.retrieve: {retrieve!r} does not keep all encoded documents"
    if suite.cells is not None:
        raise ValueError(f"{problem}, which `cells` rank again; remove `cells` or use 'stored'")
    for system in suite.systems:
        if suite.is_diagnostic(system):
            raise ValueError(
                f"{problem}, and {system!r} needs those that are judged; remove the system or use "
                "'stored'"
            )


def _check_factors(suite: Suite) -> None:
    """Raise an error for an ablation or a sweep that the suite cannot run or show.

    The error is a ValueError, or an InputError for a swept value that the option cannot have.
    """
    if suite.sweeps and not suite.ablations:
        raise ValueError(
            "sweeps: given without `ablations`, beside which they are shown; add an entry to "
            "`ablations` or remove `sweeps`"
        )
    tables = packaged("source_claims")["tables"]
    for name, factor in suite.ablations.items():
        for system in factor.settings.values():
            require(system, suite.systems, problem=f"ablations.{name}: unknown system")
        if factor.claimed is not None:
            require(factor.claimed, tables, problem=f"ablations.{name}.claimed: unknown table")
    for name, dataset in suite.datasets.items():
        if suite.sweeps and isinstance(dataset.split, KFold):
            raise ValueError(
                f"sweeps: a dev query of one fold of {name!r} is a test query of another fold; "
                "give the dataset a holdout or official split, or remove `sweeps`"
            )
    for name, sweep in suite.sweeps.items():
        require(sweep.system, suite.systems, problem=f"sweeps.{name}: unknown system")
        if not suite.is_trained(sweep.system) or suite.priced_for(sweep.system):
            raise ValueError(
                f"sweeps.{name}: {sweep.system!r} is not trained, or its steps are set by "
                "`compute_of`; name another system"
            )
        for value in sweep.values:
            varied(suite.systems[sweep.system], sweep, value=value)
