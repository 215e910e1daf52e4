"""Specifications of a sweep's trials and of the ablation tables.

Those of all other stages are in `maw.jobs.run_specs` and `maw.jobs.suite_specs`.
"""

from maw.jobs import suite_specs
from maw.jobs.expected_stamps import expected_digest
from maw.jobs.run_specs import JobKey, Spec
from maw.settings import registry
from maw.settings.factors import varied
from maw.settings.packaged import packaged
from maw.settings.suite import Suite


def sweep(suite: Suite, *, dataset: str, name: str, value: float) -> Spec:
    """Return the specification of trials with one value of the swept option.

    name: the sweep's, in the configuration. The value is tried at the configured learning rates.
    """
    swept = suite.sweeps[name]
    job = JobKey(dataset=dataset, system=swept.system)
    return {
        **suite_specs.specification("trial", suite, job=job),
        "system": registry.dump(varied(suite.systems[swept.system], swept, value=value)),
        "name": f"{swept.system} with {swept.option} {value:g}",
    }


def ablations(suite: Suite) -> Spec:
    """Return the factors, what the source claims of them, and the digests of prices and sweeps."""
    return {
        "primary": suite.analysis.primary,
        "factors": _factors(suite),
        "prices": _prices(suite),
        "trials": _trials(suite),
    }


def _factors(suite: Suite) -> list[Spec]:
    """Return each factor with its settings, as pairs, because a JSON object loses their order."""
    claims = packaged("source_claims")["tables"]
    return [
        {
            "name": name,
            "settings": [list(pair) for pair in factor.settings.items()],
            "claimed": claims[factor.claimed] if factor.claimed else {},
        }
        for name, factor in suite.ablations.items()
    ]


def _prices(suite: Suite) -> list[Spec]:
    """Return the digest of every price that the tables show, and the tables that show it."""
    return [
        {
            "dataset": unit,
            "tables": _tables_with(suite, unit),
            "system": system,
            "stamp": expected_digest("price", suite, job=JobKey(dataset=unit, system=system)),
        }
        for unit in suite.training_units
        for system in _priced_systems(suite)
    ]


def _trials(suite: Suite) -> list[Spec]:
    """Return the digest of each value of each sweep on each unit that models are trained on."""
    return [
        {
            "dataset": unit,
            "sweep": name,
            "system": swept.system,
            "option": swept.option,
            "value": value,
            "stamp": expected_digest(
                "sweep",
                suite,
                job=JobKey(dataset=unit, system=swept.system),
                spec=sweep(suite, dataset=unit, name=name, value=value),
            ),
        }
        for unit in suite.training_units
        for name, swept in suite.sweeps.items()
        for value in swept.values
    ]


def _tables_with(suite: Suite, unit: str) -> list[str]:
    """Return the datasets whose tables hold runs of this unit's models.

    The table of a fold is that of its dataset; models are also in the tables of datasets that they
    are transferred to.
    """
    ranked = [other for other in suite.units if suite.trained_on(other) == unit]
    return list(dict.fromkeys(suite.reported(other) for other in ranked))


def _priced_systems(suite: Suite) -> list[str]:
    """Return the trained systems that are a setting of some factor, each once."""
    settings = [
        system for factor in suite.ablations.values() for system in factor.settings.values()
    ]
    return [system for system in dict.fromkeys(settings) if suite.is_trained(system)]
