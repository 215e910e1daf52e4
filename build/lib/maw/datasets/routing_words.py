"""The words of the made collection `routing_control`, which its backbone and a router know too.

They are pseudo-words: no text of a person holds them, and a pretrained encoder knows none of them.
"""

from itertools import product

SEED = 20261128  # of the committed collection and of its backbone, drawn once

# words that documents are about
WORDS = tuple(
    first + last
    for first, last in product(
        ("ba", "de", "fi", "go", "lu", "ma", "ne", "pi"), ("kak", "rex", "sik", "tox", "zuk")
    )
)
# the word that tells a query's mode, which is the word's place here
MODE_WORDS = ("qax", "qay", "qaz", "qaw")
# mode -> which word of a query counts, counted from the anchor
OFFSETS = (-2, -1, 1, 2)
ANCHOR = "jun"
FILLERS = ("hoh", "hih", "hah", "heh")
