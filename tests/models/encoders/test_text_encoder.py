"""Raw texts are encoded in blocks; a bare string is refused."""

from pathlib import Path

import pytest

from maw.models.encoders.text_encoder import build
from maw.settings.registry import parse
from maw.settings.sections import Backbone


def test_many_texts_no_text_and_a_bare_string(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbone = Backbone(name=str(tiny_folder), max_document_tokens=8, max_query_tokens=4)
    encoder = build(parse("systems", {"kind": "bi_encoder"}), backbone=backbone)
    assert encoder.encode([]).shape == (0, 24)
    with pytest.raises(TypeError, match="give a list of strings"):
        encoder.encode("words")
    texts = [f"text number {n}" for n in range(7)]
    whole = encoder.encode(texts)
    monkeypatch.setattr("maw.models.encoders.text_encoder.BLOCK", 3)
    assert encoder.encode(texts) == pytest.approx(whole, abs=1e-6)
    long = ["one two three four five six seven eight nine"]
    assert encoder.encode(long, side="query") != pytest.approx(encoder.encode(long), abs=1e-3)
