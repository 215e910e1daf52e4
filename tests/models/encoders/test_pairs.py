"""Pairs are joined as the tokeniser joins them, each text cut by itself."""

from maw.models.encoders.backbone_files import folder_of
from maw.models.encoders.pairs import tokenise_pairs
from maw.settings.sections import Backbone

QUERIES = ["sort an array", "sort an array", "mean"]


DOCUMENTS = ["returns a sorted copy", "the inverse of a matrix, if there is one", "average"]


def test_short_pairs_are_what_the_tokeniser_makes_of_two_texts() -> None:
    from tokenizers import Tokenizer

    folder = folder_of("minilm")
    ids, segments = tokenise_pairs(QUERIES, DOCUMENTS, folder=folder, backbone=Backbone())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    whole = tokenizer.encode_batch(list(zip(QUERIES, DOCUMENTS, strict=True)))
    assert ids == [one.ids for one in whole]
    assert segments == [one.type_ids for one in whole]


def test_each_text_is_cut_by_itself() -> None:
    backbone = Backbone(max_query_tokens=6, max_document_tokens=5)
    long = "one two three four five six seven eight nine ten"
    ids, segments = tokenise_pairs([long], [long], folder=folder_of("minilm"), backbone=backbone)
    assert len(ids[0]) == 6 + 5
    assert segments[0] == [0] * 6 + [1] * 5
    assert ids[0][1:5] == ids[0][6:10]  # the first four words of each
