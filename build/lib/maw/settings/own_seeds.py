"""Seeds of systems whose draws are not known, such as those that were trained elsewhere.

Systems that maw trains draw the same batches at a seed, so that their contrasts are `shared` unless
the plan says otherwise. Of another training nothing of the kind is known: its contrasts are
`independent` unless the plan says otherwise.
"""

from maw.errors import InputError, require
from maw.settings import traits
from maw.settings.planned import PlannedContrast
from maw.settings.suite import Suite


def with_own_seeds(suite: Suite) -> Suite:
    """Return the suite with `seeds: independent` in each contrast that needs it and states no form.

    These are the contrasts of a system whose draws are not known. InputError for a positive control
    of two systems of which this cannot be known, because no contrast states it. ValueError for an
    unknown name in the plan's `trained`.
    """
    plan = suite.analysis
    for name in plan.trained:
        require(name, suite.systems, problem="analysis.trained: unknown system")
    contrasts = tuple(_with_form(suite, contrast) for contrast in plan.contrasts)
    _check_positive(suite)
    if contrasts == plan.contrasts:
        return suite
    analysis = plan.model_copy(update={"contrasts": contrasts})
    return suite.model_copy(update={"analysis": analysis})


def _with_form(suite: Suite, contrast: PlannedContrast) -> PlannedContrast:
    unknown = _draws_unknown(suite, contrast.system, contrast.baseline)
    if "seeds" in contrast.model_fields_set or not unknown:
        return contrast
    return contrast.model_copy(update={"seeds": "independent"})


def _draws_unknown(suite: Suite, *systems: str) -> bool:
    """Return whether one of the systems has a run for each seed, whose draws are not known."""
    entries = [suite.systems[name] for name in systems if suite.varies(name)]
    return not all(map(traits.records_draws, entries))


def _check_positive(suite: Suite) -> None:
    """Raise InputError for two known systems whose seeds no contrast relates to each other."""
    pair = suite.analysis.controls.positive
    if pair is None or not all(map(suite.varies, (pair.system, pair.baseline))):
        return
    planned = [(contrast.system, contrast.baseline) for contrast in suite.analysis.contrasts]
    is_planned = (pair.system, pair.baseline) in planned
    if _draws_unknown(suite, pair.system, pair.baseline) and not is_planned:
        raise InputError(
            f"analysis.controls.positive: nothing says whether the seeds of {pair.system!r} and "
            f"{pair.baseline!r} are shared; add their contrast with `role: reference`"
        )
