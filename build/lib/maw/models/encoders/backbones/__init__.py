"""The supported encoder architectures, each described by a module of its own.

A module is named after `model_type` in config.json, with '_' for '-'. It defines

- MODEL, OPTIONS: transformers' class and the options with which it is opened;
- LAYERS: the name of the list of its layers in transformers' model;
- ACTIVATION, EPS: the keys of config.json for the activation and for the epsilon of the norms;
- FORM: fields of `maw.models.encoders.form.Form` in which it differs from BERT;
- FINAL, only of pre-norm encoders: the name of the norm after the last layer;
- `canonical` and `own`: a layer's tensors renamed to BERT's names and back;
- `cut`: removes the layers above the frozen ones from the model;
- `positions`: the settings and the tensors of a layer's position scheme;
- `tie`: makes a layer's position scheme share tensors with the layers below;
- `head`: the parts of its classification head.

The modules are imported here by name, so that a change in any of them counts as a change of the
code that computes hidden states, and all files of hidden states are then computed again.
"""

from types import ModuleType

from maw.models.encoders.backbones import bert, deberta_v2, modernbert, mpnet, roberta

ARCHITECTURES: dict[str, ModuleType] = {
    module.__name__.rpartition(".")[2].replace("_", "-"): module
    for module in (bert, deberta_v2, modernbert, mpnet, roberta)
}
