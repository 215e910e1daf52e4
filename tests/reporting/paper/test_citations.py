"""Sources of a text: marked by a key, printed in brackets, as commands of LaTeX, and as BibTeX."""

import re

import pytest

from maw.reporting.paper.citations import SOURCES, bibtex, latex, plain

TEXT = "nDCG@10 [@jarvelin2002] & limits [@schuirmann1987; @lakens2018]; nDCG [@jarvelin2002]."


def test_sources_stand_in_brackets() -> None:
    assert plain(TEXT) == (
        "nDCG@10 (Järvelin and Kekäläinen, 2002) & limits (Schuirmann, 1987; Lakens et al., 2018); "
        "nDCG (Järvelin and Kekäläinen, 2002)."
    )


def test_sources_are_commands_of_latex_and_the_rest_is_escaped() -> None:
    assert latex(TEXT) == (
        r"nDCG@10~\cite{jarvelin2002} \& limits~\cite{schuirmann1987,lakens2018}; "
        r"nDCG~\cite{jarvelin2002}."
    )


def test_only_marked_sources_are_in_the_bibliography_each_once() -> None:
    entries = bibtex(TEXT)
    assert re.findall(r"@\w+\{(\w+),", entries) == ["jarvelin2002", "schuirmann1987", "lakens2018"]
    assert "  pages = {422--446},\n" in entries


def test_an_unknown_source_is_an_error() -> None:
    with pytest.raises(KeyError, match="nobody2099"):
        plain("so they say [@nobody2099]")


@pytest.mark.parametrize("key", SOURCES)
def test_an_entry_has_what_bibtex_requires_and_balanced_braces(key: str) -> None:
    source = SOURCES[key]
    place = {"article": "journal", "inproceedings": "booktitle"}[source.kind]
    assert {"author", "title", "year", place} <= source.fields.keys()
    assert source.name.endswith(source.fields["year"])
    if "pages" in source.fields or "eprint" not in source.fields:  # ICLR has no pages
        assert re.fullmatch(r"\d+(:\d+)?--\d+(:\d+)?", source.fields["pages"])
    if "doi" in source.fields:
        assert re.fullmatch(r"10\.\d{4,5}/[^\s{}_]+", source.fields["doi"])
    else:
        assert (source.fields["archiveprefix"], source.fields["eprint"][4]) == ("arXiv", ".")
    entry = bibtex(f"[@{key}]")
    assert entry.count("{") == entry.count("}")
