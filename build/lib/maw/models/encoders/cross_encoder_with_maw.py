"""A cross-encoder for use from Python, whose last layers have attention with depths.

All its layers can be trained. The systems of a suite, in contrast, train only their last layers,
from stored outputs of the frozen layers.
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
from maw.models.encoders.backbone_files import CONFIG, WEIGHTS, architecture_named, folder_of
from maw.models.encoders.backbones.shared import HeadParts
from maw.models.encoders.cutting import cut_top, quiet
from maw.models.encoders.head import Head
from maw.models.encoders.hub import PREFIX
from maw.models.encoders.routed_layers import RoutedLayers
from maw.models.routers.choosing import gumbel
from maw.settings import extensions, registry

FORMAT = 1
MANIFEST = "maw_cross_encoder.json"
TEMPERATURE = 0.5  # of the relaxed draw by which a router learns


class CrossEncoderWithMAW(nn.Module):
    """A cross-encoder: `CrossEncoderWithMAW("minilm")(**tokens)` returns scores [B] of B pairs.

    backbone_name: a model of the hub, a folder, or `minilm`. With use_maw False, or maw_strength 0,
    the scores in evaluation are those of the backbone. seed: of the random weights, which are the
    noise of the depths, the router, and tensors of the classification head that the checkpoint
    lacks.
    depth_dim: number of depths D. maw_strength: share s of the depths in the output, 1 - s is
    standard attention. inject_last_k: number of last layers with this attention. These layers have
    no dropout in training; the layers below have the backbone's.
    gating_mode: which depths count for a pair. `stat` is a mixture by statistics of the attention,
    `uniform` the mean of the depths, `random` a depth drawn by a hash of the text and the router's
    seed, `fixed:<d>` the depth d. `argmax` is the likeliest depth under a router that reads the
    mean hidden state and learns by straight-through Gumbel draws with the exact gradient; `grpo` is
    another name for it. `supervised` learns in the same way but reads attention weights.
    projection: `split` adds no parameters, and its D must divide the head size; ModernBERT's heads
    cannot be split. `full`, `low_rank` and `diagonal` start at the backbone's weights, plus noise
    for every depth but the first. noise: size of that noise relative to the weights; `split` has
    none.
    InputError for arguments that do not fit the backbone, and for an unknown gating mode.
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
            self._assemble(_open_classifier(backbone_name), arguments)

    def _assemble(self, classifier: Any, arguments: dict[str, Any]) -> None:
        """Build this model from the parts of transformers' classifier.

        Random weights are drawn from torch's generator. InputError as for the class.
        """
        super().__init__()
        self.arguments, self.config = arguments, classifier.config
        n_trained = arguments["inject_last_k"]
        architecture = architecture_named(
            self.config.model_type, backbone=arguments["backbone_name"]
        )
        n_layers = len(classifier.base_model.get_submodule(architecture.LAYERS))
        if not 1 <= n_trained <= n_layers:
            raise InputError(
                f"inject_last_k is {n_trained}, but the backbone has {n_layers} layers; "
                f"give 1 to {n_layers}"
            )
        router = _router(arguments)
        parts: HeadParts = architecture.head(self.config)
        self.head = _head(classifier, parts, eps=getattr(self.config, architecture.EPS))
        top = cut_top(classifier.base_model, architecture, trained_layers=n_trained)
        attention = _attention(arguments)
        self.lower: nn.Module = classifier.base_model
        if hasattr(self.lower, "pooler"):
            self.lower.pooler = None  # BERT's is part of the head now
        self.upper = RoutedLayers(top, attention=attention, router=router)
        self.learns = router is not None and bool(registry.module_of(router).LEARNS)
        for layer in self.upper.blocks:
            architecture.tie(layer.attention.positions, self.lower)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, **tokens: Tensor
    ) -> Tensor:
        """Return the scores [B] of pairs as a tokeniser gives them.

        input_ids [B, L]. attention_mask [B, L], 0 = padding; without a mask there is no padding.
        tokens: other tensors of the tokeniser, such as token_type_ids, which the backbone reads.
        """
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        mask = attention_mask.bool()
        lower = self.lower(input_ids=input_ids, attention_mask=attention_mask, **tokens)
        x: Tensor = lower.last_hidden_state
        if self.learns and self.training:
            logits = self.upper.route(x, mask)
            choice = gumbel(logits, tau=TEMPERATURE, generator=seeded_generator())
            x = self.upper(x, mask, choice.depth, ExactGates(choice.soft))
        else:
            x, _ = self.upper.forward_decided(x, mask)
        scores: Tensor = self.head(x, mask)
        return scores[:, 0]

    def save_pretrained(self, folder: str | PathLike[str]) -> None:
        """Write the arguments, the backbone's configuration and all tensors into a folder.

        The folder is made if it is missing.
        """
        from safetensors.torch import save_model

        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        self.config.save_pretrained(path)
        manifest = {"format": FORMAT, "arguments": self.arguments}
        (path / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        save_model(self, str(path / WEIGHTS), {"format": "pt"})  # tied tensors are written once

    @classmethod
    def from_pretrained(cls, folder: str | PathLike[str]) -> Self:
        """Return the model that `save_pretrained` wrote to a folder, in evaluation mode.

        No code of the folder is run. InputError where a file is missing, broken, or written by
        another version, or where it names code by its file or module.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_model
        from transformers import AutoConfig, AutoModelForSequenceClassification

        path = Path(folder)
        for name in (MANIFEST, CONFIG, WEIGHTS):
            if not (path / name).is_file():
                raise InputError(
                    f"{path / name}: missing; give a folder that save_pretrained wrote"
                )
        try:
            manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
            if manifest["format"] != FORMAT:
                raise InputError(
                    f"{path / MANIFEST}: written by another version of maw; save it again"
                )
            if kinds := extensions.places(manifest["arguments"]):
                raise InputError(
                    f"{path / MANIFEST}: asks for the code in {kinds[0]!r}, and a folder's code is "
                    "never run; install that kind as a package with an entry point"
                )
            config = AutoConfig.from_pretrained(
                path, local_files_only=True, trust_remote_code=False
            )
            model = cls.__new__(cls)
            with torch.random.fork_rng(), quiet():
                classifier = AutoModelForSequenceClassification.from_config(
                    config, trust_remote_code=False
                )
                model._assemble(classifier, manifest["arguments"])
            load_model(model, str(path / WEIGHTS))
        except (SafetensorError, RuntimeError, ValueError, KeyError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{path}: does not load ({reason}); save it again") from None
        return model.eval()


def _open_classifier(name: str) -> Any:
    """Return a backbone with a classification head of one label, in float32.

    It is opened by transformers' AutoModelForSequenceClassification. name: `minilm`, a folder, or a
    model of the hub, with or without `hf:`. A head that the backbone lacks, or one of more labels,
    gets random weights from torch's generator. InputError as in `folder_of`.
    """
    from transformers import AutoModelForSequenceClassification

    local = name.startswith(PREFIX) or name == "minilm" or Path(name).exists()
    on_hub = not local and not name.startswith((".", "/", "~"))
    with quiet():
        return AutoModelForSequenceClassification.from_pretrained(
            folder_of(f"{PREFIX}{name}" if on_hub else name),
            num_labels=1,
            ignore_mismatched_sizes=True,  # a head of more labels is drawn anew
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
        )


def _attention(arguments: Mapping[str, Any]) -> BaseModel:
    """Return the configuration of the last layers' attention, parsed as in a suite.

    With use_maw False it is standard attention.
    """
    if not arguments["use_maw"]:
        return registry.parse("attention", {"kind": "standard"})
    projection = arguments["projection"]
    noise = {} if projection["kind"] == "split" else {"noise": arguments["noise"]}
    return registry.parse(
        "attention",
        {
            "kind": "maw",
            "depths": arguments["depth_dim"],
            "strength": arguments["maw_strength"],
            "projection": projection,
            **noise,
        },
    )


def _router(arguments: Mapping[str, Any]) -> BaseModel | None:
    """Return the configuration of the router of the last layers; None where there is one depth."""
    if not arguments["use_maw"] or arguments["depth_dim"] <= 1:
        return None
    return gating_router(arguments["gating_mode"])


def gating_router(mode: str) -> BaseModel:
    """Return the configuration of the router of a gating mode; `CrossEncoderWithMAW` lists them.

    InputError for an unknown mode, with the nearest known one.
    """
    kind, _, depth = mode.partition(":")
    if kind == "fixed" and depth.isdecimal():
        return registry.parse("routers", {"kind": "fixed", "depth": int(depth)})
    kinds = {
        name
        for name in registry.kinds("routers")
        if name != "fixed" and not getattr(registry.load("routers", name), "DIAGNOSTIC", False)
    }
    if mode != "argmax" and mode not in kinds:
        raise InputError(
            f"gating_mode: unknown {mode!r}{nearest(mode, kinds | {'argmax', 'fixed:0'})}"
        )
    return registry.parse("routers", {"kind": "grpo" if mode == "argmax" else mode})


def _head(classifier: Any, parts: HeadParts, *, eps: float) -> Head:
    """Return the classification head as a `Head` with the tensors of transformers' classifier."""
    modules = {"dense": parts.dense, "norm": parts.norm, "out": parts.out}
    tensors = {
        f"{name}.{part}": tensor.detach()
        for name, module in modules.items()
        if module is not None
        for part, tensor in classifier.get_submodule(module).named_parameters()
    }
    return Head(tensors, activation=parts.activation, mean=parts.mean, eps=eps)


def seeded_generator() -> torch.Generator:
    """Return a generator on the processor, whose seed is drawn from torch's own generator."""
    return torch.Generator().manual_seed(int(torch.randint(2**62, (), device="cpu")))
