"""The configuration that all systems with trained layers share: attention, router, objective."""

from typing import Self

from pydantic import BaseModel, Field, model_validator

from maw.settings import registry


class Layered(BaseModel, extra="forbid", frozen=True):
    """A backbone whose top layers are trained; without an objective, they stay as pretrained."""

    attention: registry.entry("attention") = Field(  # type: ignore[valid-type]
        default={"kind": "standard"}, validate_default=True
    )
    """Attention of the trained layers."""
    router: registry.entry("router") | None = None  # type: ignore[valid-type]
    """Router that chooses a depth for each text; needed where the attention has depths."""
    objective: registry.entry("objective") | None = None  # type: ignore[valid-type]
    """Objective of training; without it, the system is not trained."""
    compute_of: tuple[str, ...] = ()
    """Systems whose compute this one gets: its steps are raised to the dearest one's FLOPs."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Depths need a router, and an objective trains the kind of router that it is for."""
        n_depths = self.attention.depths
        if (n_depths > 1) != (self.router is not None):
            raise ValueError("a router and an attention with depths need each other")
        if getattr(self.router, "depth", 0) >= n_depths:
            raise ValueError(f"the router's depth must be below the attention's {n_depths}")
        if self.compute_of and self.objective is None:
            raise ValueError("compute_of is for a system that is trained")
        if self.objective is not None:
            objective = registry.kind_of(self.objective)
            trained = registry.module_of(self.objective).ROUTER
            router = self.router
            learns = router is not None and registry.module_of(router).LEARNS
            learned = registry.kind_of(router) if router is not None and learns else None
            if trained != learned:
                raise ValueError(
                    f"objective {objective!r} trains router {trained!r}, not {learned!r}"
                )
            critic = getattr(self.objective, "actor_critic", False)
            if critic != getattr(self.router, "value_head", False):
                raise ValueError("actor_critic and the router's value_head need each other")
        return self

    @property
    def diagnostic(self) -> bool:
        """True where the system reads the judgements of its queries; then it is in no verdict."""
        kind = registry.module_of(self.router) if self.router is not None else None
        return bool(getattr(kind, "DIAGNOSTIC", False))
