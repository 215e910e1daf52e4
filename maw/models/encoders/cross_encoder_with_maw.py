"""A cross-encoder whose last layers attend with depths: pairs of texts -> scores.

For use from Python, everything trainable; a suite's systems train from a trunk instead.
"""

import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Self

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from maw.errors import InputError, nearest
from maw.models.attention.straight_through import ExactGates
from maw.models.encoders.backbone import WEIGHTS, architecture_named, cut_top, folder_of, quiet
from maw.models.encoders.backbones.shared import HeadParts
from maw.models.encoders.bi_encoder import RoutedLayers
from maw.models.encoders.head import Head
from maw.models.encoders.hub import PREFIX
from maw.models.routers.choosing import gumbel
from maw.settings import registry

FORMAT = 1
MANIFEST = "maw_cross_encoder.json"
TAU = 0.5  # of the relaxed draw by which a router learns


class CrossEncoderWithMAW(nn.Module):
    """`CrossEncoderWithMAW("minilm")(**tokens)` -> scores [B]. InputError for what does not fit.

    backbone_name: a model of the hub, a folder, or `minilm`; of its classification head what the
    checkpoint lacks is drawn from `seed`. use_maw False, or maw_strength 0: the backbone itself.
    depth_dim: D. maw_strength: s of the blend with standard attention. inject_last_k: how many of
    the last layers attend so; they have no dropout in training, those below have the backbone's.
    gating_mode: which depths count for a pair. `stat` (a mixture by what their attention looks
    like), `uniform` (their mean), `random` (a hash), `fixed:<d>`; `argmax`, the likeliest under a
    router that reads the mean hidden state and learns by straight-through Gumbel draws, exact
    gradient; or any router's kind. projection: `split` has no parameters of its own and wants a D
    that divides the head's size; `full`, `low_rank` and `diagonal` start near the backbone, their
    depths `noise` apart. ModernBERT's heads cannot be split.
    """

    def __init__(
        self,
        backbone_name: str = "mixedbread-ai/mxbai-rerank-xsmall-v1",
        use_maw: bool = True,
        depth_dim: int = 8,
        maw_strength: float = 0.15,
        inject_last_k: int = 1,
        gating_mode: str = "stat",
        *,
        projection: str | Mapping[str, Any] = "split",
        noise: float = 0.05,
        seed: int = 0,
    ) -> None:
        arguments = {
            "backbone_name": backbone_name,
            "use_maw": use_maw,
            "depth_dim": depth_dim,
            "maw_strength": maw_strength,
            "inject_last_k": inject_last_k,
            "gating_mode": gating_mode,
            "projection": {"kind": projection} if isinstance(projection, str) else dict(projection),
            "noise": noise,
            "seed": seed,
        }
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self._assemble(_classifier(backbone_name), arguments)

    def _assemble(self, whole: Any, arguments: dict[str, Any]) -> None:
        """whole: transformers' classifier, taken apart; draws from torch's generator."""
        super().__init__()
        self.arguments, self.config = arguments, whole.config
        k, D = arguments["inject_last_k"], arguments["depth_dim"]
        architecture = architecture_named(whole.config.model_type, name=arguments["backbone_name"])
        parts: HeadParts = architecture.head(whole.config)
        n_layers = len(whole.base_model.get_submodule(architecture.LAYERS))
        if not 1 <= k <= n_layers:
            raise InputError(f"inject_last_k: {k}; give 1 to {n_layers}, the backbone's layers")
        attention: dict[str, Any] = {"kind": "standard"}
        router = None
        if arguments["use_maw"]:
            attention = {
                "kind": "maw",
                "depths": D,
                "strength": arguments["maw_strength"],
                "projection": arguments["projection"],
                "noise": arguments["noise"],
            }
            router = _router(arguments["gating_mode"]) if D > 1 else None
        self.head = _head(whole, parts, eps=getattr(whole.config, architecture.EPS))
        top = cut_top(whole.base_model, architecture, trained_layers=k)
        parsed = registry.parse("attention", attention)
        self.lower: nn.Module = whole.base_model
        if hasattr(self.lower, "pooler"):
            self.lower.pooler = None  # BERT's: it is in the head now
        self.upper = RoutedLayers(top, attention=parsed, router=router)
        self.learns = router is not None and bool(registry.module_of(router).LEARNS)
        for layer in self.upper.blocks:
            architecture.tie(layer.attention.positions, self.lower)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, **tokens: Tensor
    ) -> Tensor:
        """As a tokeniser gives them: input_ids, attention_mask [B, L], 0 = padding. Returns [B]."""
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        mask = attention_mask.bool()
        lower = self.lower(input_ids=input_ids, attention_mask=attention_mask, **tokens)
        x: Tensor = lower.last_hidden_state
        logits = self.upper.route(x, mask)
        if self.learns and self.training:
            choice = gumbel(logits, tau=TAU, generator=_generator())
            x = self.upper.through(x, mask, choice.depth, ExactGates(choice.soft))
        else:
            x = self.upper.through(x, mask, self.upper.decide(logits))
        scores: Tensor = self.head(x, mask)
        return scores[:, 0]

    def save_pretrained(self, folder: str | PathLike[str]) -> None:
        """Arguments, the backbone's configuration, and all tensors as safetensors."""
        from safetensors.torch import save_model

        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        self.config.save_pretrained(place)
        about = {"format": FORMAT, "arguments": self.arguments}
        (place / MANIFEST).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        save_model(self, str(place / WEIGHTS), {"format": "pt"})  # shared tensors once

    @classmethod
    def from_pretrained(cls, folder: str | PathLike[str]) -> Self:
        """What `save_pretrained` wrote, in evaluation. InputError: missing, foreign or broken."""
        from safetensors import SafetensorError
        from safetensors.torch import load_model
        from transformers import AutoConfig, AutoModelForSequenceClassification

        place = Path(folder)
        for name in (MANIFEST, "config.json", WEIGHTS):
            if not (place / name).is_file():
                raise InputError(
                    f"{place / name}: missing; give a folder that save_pretrained wrote"
                )
        try:
            about = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
            if about["format"] != FORMAT:
                raise InputError(f"{place / MANIFEST}: of another version of maw; save it again")
            config = AutoConfig.from_pretrained(place, local_files_only=True)
            made = cls.__new__(cls)
            with torch.random.fork_rng(), quiet():
                made._assemble(
                    AutoModelForSequenceClassification.from_config(config), about["arguments"]
                )
            load_model(made, str(place / WEIGHTS))
        except (SafetensorError, RuntimeError, ValueError, KeyError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{place}: does not load ({reason}); save it again") from None
        return made.eval()


def _classifier(name: str) -> Any:
    """transformers' classifier with one label, in float32."""
    from transformers import AutoModelForSequenceClassification

    known = name.startswith(PREFIX) or name == "minilm" or Path(name).exists()
    hub = not known and not name.startswith((".", "/", "~"))
    with quiet():
        return AutoModelForSequenceClassification.from_pretrained(
            folder_of(f"{PREFIX}{name}" if hub else name),
            num_labels=1,
            ignore_mismatched_sizes=True,  # a head of more labels is drawn anew
            local_files_only=True,
            use_safetensors=True,
            dtype=torch.float32,
        )


def _head(whole: Any, parts: HeadParts, *, eps: float) -> Head:
    places = {"dense": parts.dense, "norm": parts.norm, "out": parts.out}
    tensors = {
        f"{name}.{part}": tensor.detach()
        for name, place in places.items()
        if place is not None
        for part, tensor in whole.get_submodule(place).named_parameters()
    }
    return Head(tensors, activation=parts.activation, mean=parts.mean, eps=eps)


def _router(gating: str) -> BaseModel:
    """The router of a gating mode. InputError with the nearest right name when there is none."""
    kind, _, depth = gating.partition(":")
    if kind == "fixed" and depth.isdecimal():
        return registry.parse("routers", {"kind": "fixed", "depth": int(depth)})
    known = {
        name
        for name in registry.kinds("routers")
        if name != "fixed" and not getattr(registry.load("routers", name), "DIAGNOSTIC", False)
    }
    if gating != "argmax" and gating not in known:
        raise InputError(
            f"gating_mode: unknown {gating!r}{nearest(gating, known | {'argmax', 'fixed:0'})}"
        )
    return registry.parse("routers", {"kind": "grpo" if gating == "argmax" else gating})


def _generator() -> torch.Generator:
    """Of a draw that follows torch's own seed."""
    return torch.Generator().manual_seed(int(torch.randint(2**62, (), device="cpu")))
