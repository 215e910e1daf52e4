"""What exactly do a sweep and the ablation tables read of the configuration, and whose files?

As `maw.jobs.suite_specs` has it for the other stages.
"""

from maw.jobs import suite_specs
from maw.jobs.expected_stamps import chain
from maw.jobs.run_specs import Spec
from maw.settings import registry
from maw.settings.factors import varied
from maw.settings.packaged import packaged
from maw.settings.suite import Suite


def sweep(suite: Suite, *, dataset: str, name: str, value: float) -> Spec:
    """A trial of a system whose option has this value, at the configured learning rates."""
    asked = suite.sweeps[name]
    return {
        **suite_specs.of("trial", suite, dataset=dataset, system=asked.system),
        "system": registry.dump(varied(suite.systems[asked.system], asked, value)),
        "name": f"{asked.system} with {asked.option} {value:g}",
    }


def swept(suite: Suite, *, dataset: str, name: str, value: float) -> str:
    """The digest that a sweep's trials must carry."""
    spec = sweep(suite, dataset=dataset, name=name, value=value)
    return chain("sweep", suite, dataset=dataset, system=suite.sweeps[name].system, spec=spec)


def ablations(suite: Suite) -> Spec:
    """The factors, what the source claims of them, and the stamps of prices and sweeps."""
    claims = packaged("source_claims")["tables"]
    factors = [
        {
            "name": name,
            "settings": [list(pair) for pair in factor.settings.items()],  # a mapping loses order
            "claimed": claims[factor.claimed] if factor.claimed else {},
        }
        for name, factor in suite.ablations.items()
    ]
    prices = [
        {
            "dataset": unit,
            "tables": tables_of(suite, unit),
            "system": system,
            "stamp": chain("price", suite, dataset=unit, system=system),
        }
        for unit in suite.training_units
        for system in priced(suite)
    ]
    trials = [
        {
            "dataset": unit,
            "sweep": name,
            "system": asked.system,
            "option": asked.option,
            "value": value,
            "stamp": swept(suite, dataset=unit, name=name, value=value),
        }
        for unit in suite.training_units
        for name, asked in suite.sweeps.items()
        for value in asked.values
    ]
    primary = suite.analysis.primary
    return {"primary": primary, "factors": factors, "prices": prices, "trials": trials}


def tables_of(suite: Suite, unit: str) -> list[str]:
    """Datasets whose tables the unit's models are in: of a fold the whole, and transferred ones."""
    ranked = [other for other in suite.units if suite.trained_on(other) == unit]
    return list(dict.fromkeys(suite.reported(other) for other in ranked))


def priced(suite: Suite) -> list[str]:
    """Trained systems that are a setting of some factor, each once."""
    settings = (system for one in suite.ablations.values() for system in one.settings.values())
    return [system for system in dict.fromkeys(settings) if suite.is_trained(system)]
