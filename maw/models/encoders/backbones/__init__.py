"""Encoder architectures, one module each, named after `model_type` in config.json ('-' as '_').

A module says how transformers' own model is opened (MODEL, OPTIONS), where its layers are
(LAYERS), what their tensors are called (`canonical` to BERT's names, `own` back), how it is cut
above its frozen layers (`cut`), what is unlike BERT (`form`, `positions`), and what its
classification head is (`head`). Imported here by name, so that a change of one is a change of the
code that a trunk was made by.
"""

from types import ModuleType

from maw.models.encoders.backbones import bert, deberta_v2, modernbert, mpnet, roberta

ARCHITECTURES: dict[str, ModuleType] = {
    module.__name__.rpartition(".")[2].replace("_", "-"): module
    for module in (bert, deberta_v2, modernbert, mpnet, roberta)
}
