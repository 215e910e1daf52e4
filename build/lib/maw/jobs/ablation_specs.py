"""Specifications of the jobs of two stages: `sweep` and `ablations`.

A specification holds everything in the suite that a job's result depends on. The specifications of
all other stages are in `maw.jobs.run_specs` and `maw.jobs.suite_specs`.
"""

from maw.jobs import suite_specs
from maw.jobs.expected_stamps import expected_digest
from maw.jobs.job_key import JobKey, Spec
from maw.settings import registry
from maw.settings.factors import varied
from maw.settings.packaged import packaged
from maw.settings.suite import Suite


def sweep(suite: Suite, *, dataset: str, name: str, value: float) -> Spec:
    """Return the specification of the job that tries one value of a sweep's option on one dataset.

    name: the sweep's name in the configuration. The job trains with this value at every configured
    learning rate, and with all other options as configured: what the search tries beside the
    learning rate is left out. KeyError for an unknown sweep.
    """
    swept = suite.sweeps[name]
    job = JobKey(dataset=dataset, system=swept.system)
    spec = suite_specs.specification("trial", suite, job=job)
    spec.pop("options", None)
    return {
        **spec,
        "system": registry.dump(varied(suite.systems[swept.system], swept, value=value)),
        "name": f"{swept.system} with {swept.option} {value:g}",
    }


def ablations(suite: Suite) -> Spec:
    """Return the specification of the stage `ablations`, which makes the ablation tables.

    It holds the primary measure, the factors with the figures that the method's source (the text
    that proposed MAW attention) claims, and the digests that the files of prices and sweep trials
    must carry. A price is the FLOPs of one training step of a system.
    """
    return {
        "primary": suite.analysis.primary,
        "factors": _factors(suite),
        "prices": _prices(suite),
        "trials": _trials(suite),
    }


def _factors(suite: Suite) -> list[Spec]:
    """Return a dict for each factor: its name, its settings and the figures claimed for them.

    The claimed figures are those of the method's source, {} where the factor names no table of
    them. Settings are pairs of a setting and its system, because sorted JSON loses their order.
    """
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
    """Return a dict for each price (FLOPs of one training step) that the ablation tables show.

    It has the digest (`stamp`) that the price's file must carry, and the datasets whose tables show
    the price.
    """
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
    """Return a dict for each value of each sweep, on each dataset or fold where models are trained.

    It has the digest (`stamp`) that the file of this value's trials must carry.
    """
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
    """Return the datasets whose tables show runs of the models that one unit trained.

    unit: a dataset, or a fold of a `kfold` dataset; a fold's runs are in the table of its dataset.
    Models are also in the tables of the datasets to which they are transferred.
    """
    ranked = [other for other in suite.units if suite.trained_on(other) == unit]
    return list(dict.fromkeys(suite.reported(other) for other in ranked))


def _priced_systems(suite: Suite) -> list[str]:
    """Return the systems with a price that a factor of the ablations names, each once."""
    settings = [
        system for factor in suite.ablations.values() for system in factor.settings.values()
    ]
    return [system for system in dict.fromkeys(settings) if suite.is_priced(system)]
