"""How much of its texts an encoder reads: those longer than its limit are cut after it.

A cut is silent, and it may take most of a collection: with 64 tokens, 99.6 % of SciFact's documents
are cut. So it is counted, on all texts or on MOST of them, spread evenly over the collection.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from maw.models.encoders.backbone_files import folder_of, open_tokeniser
from maw.models.encoders.pairs import room_of
from maw.models.encoders.sentence_folder import reading_of
from maw.settings.sections import Backbone

MOST = 100_000  # texts that are counted
BLOCK = 10_000  # texts in memory as tokens
SIDES = ("document", "query")


@dataclass(frozen=True)
class Truncation:
    """The texts that were counted, and those of them that an encoder cuts.

    n_texts, n_cut: numbers of texts. n_tokens, n_lost: numbers of their tokens.
    """

    n_texts: int
    n_cut: int
    n_tokens: int
    n_lost: int

    @property
    def share_cut(self) -> float:
        """Share of the texts that are cut, from 0 to 1; 0 without a text."""
        return self.n_cut / max(1, self.n_texts)

    @property
    def share_lost(self) -> float:
        """Share of the tokens that are cut off, from 0 to below 1; 0 without a text."""
        return self.n_lost / max(1, self.n_tokens)

    def columns(self, side: str) -> dict[str, float]:
        """Return the two shares as columns of a table: `document_cut`, `document_tokens_lost`."""
        return {f"{side}_cut": self.share_cut, f"{side}_tokens_lost": self.share_lost}

    def told(self, texts: str) -> str:
        """Return a phrase such as `99.6 % of documents cut (63.0 % of all their tokens)`."""
        cut, lost = (f"{100 * share:.1f} %" for share in (self.share_cut, self.share_lost))
        return f"{cut} of {texts} cut ({lost} of all their tokens)"


def of_lengths(lengths: Sequence[int], *, limit: int) -> Truncation:
    """Return what is cut of texts with these numbers of tokens, after `limit` tokens each."""
    return Truncation(
        n_texts=len(lengths),
        n_cut=sum(length > limit for length in lengths),
        n_tokens=sum(lengths),
        n_lost=sum(max(0, length - limit) for length in lengths),
    )


def of_texts(
    texts: Sequence[str], *, side: str, backbone: Backbone, in_pairs: bool = False
) -> Truncation:
    """Return what an encoder cuts of texts, which are read alone or as one side of pairs.

    side: `query` or `document`. A text alone counts with its prompt and with special tokens, as its
    limit does. In a pair, special tokens belong to neither text. Where there are more than MOST
    texts, MOST of them are counted.
    """
    folder = folder_of(backbone.name)
    if in_pairs:
        limit, prompt = room_of(backbone, side), ""
    else:
        reading = reading_of(folder, backbone)
        limit, prompt = reading.limits[side], reading.prompts[side]
    tokeniser = open_tokeniser(folder)
    counted = [texts[n * len(texts) // MOST] for n in range(MOST)] if len(texts) > MOST else texts
    lengths: list[int] = []
    for start in range(0, len(counted), BLOCK):
        block = [prompt + text for text in counted[start : start + BLOCK]]
        encodings = tokeniser.encode_batch(block, add_special_tokens=not in_pairs)
        lengths += [len(encoding.ids) for encoding in encodings]
    return of_lengths(lengths, limit=limit)
