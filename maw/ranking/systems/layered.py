"""The configuration that all systems with trained layers share: attention, router, objective."""

from typing import Self

from pydantic import BaseModel, Field, model_validator

from maw.settings import registry


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
    compute_of: tuple[str, ...] = ()
    """Systems whose training FLOPs this one must reach; its number of steps rises as needed."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Raise ValueError where attention, router and objective do not fit together."""
        n_depths = self.attention.depths
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
        if self.objective is not None:
            objective = registry.kind_of(self.objective)
            trained = registry.module_of(self.objective).ROUTER
            router = self.router
            learns = router is not None and registry.module_of(router).LEARNS
            learned = registry.kind_of(router) if router is not None and learns else None
            if trained != learned:
                raise ValueError(
                    f"objective {objective!r} trains router {trained!r}, but the learned router "
                    f"here is {learned!r} (None: no learned router); change one of them"
                )
            critic = getattr(self.objective, "actor_critic", False)
            if critic != getattr(self.router, "value_head", False):
                raise ValueError(
                    "objective.actor_critic and router.value_head differ; set both to true, or "
                    "both to false"
                )
        return self

    @property
    def diagnostic(self) -> bool:
        """True if the system ranks with its queries' judgements, so that no verdict may use it."""
        kind = registry.module_of(self.router) if self.router is not None else None
        return bool(getattr(kind, "DIAGNOSTIC", False))
