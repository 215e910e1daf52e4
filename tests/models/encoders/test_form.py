"""A form is kept beside the tensors and read back; a plain BERT keeps none."""

import torch

from maw.models.encoders.form import Form, form_of


def test_a_plain_bert_keeps_nothing() -> None:
    assert Form().tensors() == {}
    assert form_of({"heads": torch.tensor(2)}) == Form()


def test_a_form_is_read_as_it_was_kept() -> None:
    schemes = ({"kind": "relative"}, None)
    form = Form(activation="relu", gated=True, pre_norm=True, positions=schemes)
    tensors = form.tensors()
    assert [tensor.dtype for tensor in tensors.values()] == [torch.uint8]
    assert form_of(tensors) == form
    assert [form.positions_of(n) for n in range(2)] == [*schemes]
