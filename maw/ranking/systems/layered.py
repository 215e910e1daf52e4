"""What the systems whose layers are trained have in common: attention, router, objective."""

from typing import Self

from pydantic import BaseModel, Field, model_validator

from maw.settings import registry


class Layered(BaseModel, extra="forbid", frozen=True):
    """The backbone with its top layers trained; without an objective, as it comes.

    compute_of: systems whose training costs more; steps are raised until this one's costs what the
    dearest's does.
    """

    attention: registry.entry("attention") = Field(  # type: ignore[valid-type]
        default={"kind": "standard"}, validate_default=True
    )
    router: registry.entry("router") | None = None  # type: ignore[valid-type]
    objective: registry.entry("objective") | None = None  # type: ignore[valid-type]
    compute_of: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        """Only depths want a router, and an objective trains the router that it was made for."""
        n_depths = self.attention.depths
        if (n_depths > 1) != (self.router is not None):
            raise ValueError("a router and an attention with depths need each other")
        if getattr(self.router, "depth", 0) >= n_depths:
            raise ValueError(f"the router's depth must be below the attention's {n_depths}")
        if self.compute_of and self.objective is None:
            raise ValueError("compute_of is for a system that is trained")
        if self.objective is not None:
            objective = registry.kind_of(self.objective)
            wanted = registry.module_of(self.objective).ROUTER
            router = self.router
            learns = router is not None and registry.module_of(router).LEARNS
            given = registry.kind_of(router) if router is not None and learns else None
            if wanted != given:
                raise ValueError(f"objective {objective!r} trains router {wanted!r}, not {given!r}")
            critic = getattr(self.objective, "actor_critic", False)
            if critic != getattr(self.router, "value_head", False):
                raise ValueError("actor_critic and the router's value_head need each other")
        return self

    @property
    def diagnostic(self) -> bool:
        """Looks at the judgements of what it ranks: never in a verdict."""
        kind = registry.module_of(self.router) if self.router is not None else None
        return bool(getattr(kind, "DIAGNOSTIC", False))
