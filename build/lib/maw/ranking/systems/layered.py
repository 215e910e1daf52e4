"""The configuration that all systems with trained layers share: attention, router, objective."""

from typing import Self

from pydantic import BaseModel, Field, model_validator

from maw.settings import registry
from maw.settings.contracts import CHOOSING, MIXING
from maw.settings.lora import Lora


class Layered(BaseModel, extra="forbid", frozen=True):
    """A backbone whose last layers are trained; without an objective, they stay as pretrained."""

    attention: registry.entry("attention") = Field(  # type: ignore[valid-type]
        default={"kind": "standard"}, validate_default=True
    )
    """Attention of the trained layers."""
    router: registry.entry("router") | None = None  # type: ignore[valid-type]
    """Router that chooses a depth for each text; needed where the attention has depths."""
    objective: registry.entry("objective") | None = None  # type: ignore[valid-type]
    """Objective of training; without it, the system is not trained."""
    lora: Lora | None = None
    """LoRA: the trained layers' weights are frozen, and narrow matrices beside them are trained
    (`{rank: 8, alpha: 16}`). The router and a new head are trained as without it."""
    compute_of: tuple[str, ...] = ()
    """Systems whose training FLOPs this one must reach; its number of steps rises as needed."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Raise ValueError where attention, router and objective do not fit together."""
        n_depths = getattr(self.attention, "depths", 1)
        known = isinstance(
            n_depths, int
        )  # else the backbone tells it, and the model's layers check
        if (not known or n_depths > 1) != (self.router is not None):
            raise ValueError(
                "a router and an attention with several depths need each other; give both or "
                "neither"
            )
        if known and getattr(self.router, "depth", 0) >= n_depths:
            raise ValueError(
                f"router.depth is {getattr(self.router, 'depth', 0)}, but the attention's depths "
                f"are 0 to {n_depths - 1}; give one of them"
            )
        if self.compute_of and self.objective is None:
            raise ValueError(
                "compute_of is given, but the system is not trained; give an objective or drop "
                "compute_of"
            )
        if self.lora is not None and self.objective is None:
            raise ValueError(
                "lora is given, but the system is not trained; give an objective or drop lora"
            )
        if self.objective is not None:
            _check_training(self.objective, self.router)
        return self

    @property
    def diagnostic(self) -> bool:
        """True if the system ranks with its queries' judgements, so that no verdict may use it."""
        kind = registry.module_of(self.router) if self.router is not None else None
        return bool(getattr(kind, "DIAGNOSTIC", False))


def _check_training(objective: BaseModel, router: BaseModel | None) -> None:
    """Raise ValueError unless the objective can train the router, or needs none that learns.

    What decides is what the two offer, never their names (`maw.settings.contracts`).
    """
    module, name = registry.module_of(objective), registry.kind_of(objective)
    if router is None or not registry.module_of(router).LEARNS:
        if module.NEEDS_ROUTER:
            raise ValueError(
                f"objective {name!r} trains a router, and the system has none that learns; give it "
                "one, or the objective 'ranking'"
            )
    elif (use := MIXING if registry.module_of(router).MIXES else CHOOSING) not in module.TRAINS:
        able = " or ".join(module.TRAINS)
        trained = f"only a router that is {able}" if able else "no router"
        raise ValueError(
            f"objective {name!r} trains {trained}, but router {registry.kind_of(router)!r} learns "
            f"and is {use}; change one of them"
        )
    critic = getattr(objective, "actor_critic", False)
    # a router without this option may have a value head anyway: the objective looks at its module
    if critic != getattr(router, "value_head", critic and router is not None):
        raise ValueError(
            "objective.actor_critic and router.value_head differ; set both to true, or both to "
            "false"
        )
