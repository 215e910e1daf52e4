"""The sources of the methods that a text names, in the text and as BibTeX.

A text marks a source by its key: `nDCG@10 [@jarvelin2002]`. Only sources that it marks are cited.
Each field was found in public bibliographies or on a page of the publication; what was not found is
left out.
"""

import re
from typing import NamedTuple

from maw.reporting.paper.tex import escaped

MARK = re.compile(r" ?\[@([a-z0-9]+(?:; ?@[a-z0-9]+)*)\]")


class Source(NamedTuple):
    """A publication: how a text names it, and the fields of its BibTeX entry."""

    name: str
    kind: str
    fields: dict[str, str]


SOURCES: dict[str, Source] = {
    "baayen2008": Source("Baayen et al., 2008", "article", {
        "author": "Baayen, R. Harald and Davidson, Douglas J. and Bates, Douglas M.",
        "title": "Mixed-effects modeling with crossed random effects for subjects and items",
        "journal": "Journal of Memory and Language", "volume": "59", "number": "4",
        "pages": "390--412", "year": "2008", "doi": "10.1016/j.jml.2007.12.005",
    }),
    "benjamini1995": Source("Benjamini and Hochberg, 1995", "article", {
        "author": "Benjamini, Yoav and Hochberg, Yosef",
        "title": "Controlling the false discovery rate: a practical and powerful approach to "
        "multiple testing",
        "journal": "Journal of the Royal Statistical Society: Series B", "volume": "57",
        "number": "1", "pages": "289--300", "year": "1995",
        "doi": "10.1111/j.2517-6161.1995.tb02031.x",
    }),
    "carterette2012": Source("Carterette, 2012", "article", {
        "author": "Carterette, Benjamin A.",
        "title": "Multiple testing in statistical analysis of systems-based information retrieval "
        "experiments",
        "journal": "ACM Transactions on Information Systems", "volume": "30", "number": "1",
        "pages": "4:1--4:34", "year": "2012", "doi": "10.1145/2094072.2094076",
    }),
    "hu2022": Source("Hu et al., 2022", "inproceedings", {
        "author": "Hu, Edward J. and Shen, Yelong and Wallis, Phillip and Allen-Zhu, Zeyuan and "
        "Li, Yuanzhi and Wang, Shean and Wang, Lu and Chen, Weizhu",
        "title": "{LoRA}: low-rank adaptation of large language models",
        "booktitle": "International Conference on Learning Representations", "year": "2022",
        "archiveprefix": "arXiv", "eprint": "2106.09685",
    }),
    "jarvelin2002": Source("Järvelin and Kekäläinen, 2002", "article", {
        "author": r'J{\"a}rvelin, Kalervo and Kek{\"a}l{\"a}inen, Jaana',
        "title": "Cumulated gain-based evaluation of {IR} techniques",
        "journal": "ACM Transactions on Information Systems", "volume": "20", "number": "4",
        "pages": "422--446", "year": "2002", "doi": "10.1145/582415.582418",
    }),
    "lakens2018": Source("Lakens et al., 2018", "article", {
        "author": r"Lakens, Dani{\"e}l and Scheel, Anne M. and Isager, Peder M.",
        "title": "Equivalence testing for psychological research: a tutorial",
        "journal": "Advances in Methods and Practices in Psychological Science", "volume": "1",
        "number": "2", "pages": "259--269", "year": "2018", "doi": "10.1177/2515245918770963",
    }),
    "macavaney2021": Source("MacAvaney et al., 2021", "inproceedings", {
        "author": "MacAvaney, Sean and Yates, Andrew and Feldman, Sergey and Downey, Doug and "
        "Cohan, Arman and Goharian, Nazli",
        "title": "Simplified data wrangling with ir\\_datasets", "booktitle": "SIGIR",
        "pages": "2429--2436", "year": "2021", "doi": "10.1145/3404835.3463254",
    }),
    "macavaney2022": Source("MacAvaney et al., 2022", "inproceedings", {
        "author": "MacAvaney, Sean and Macdonald, Craig and Ounis, Iadh",
        "title": "Streamlining evaluation with ir-measures", "booktitle": "ECIR",
        "pages": "305--310", "year": "2022", "eprint": "2111.13466", "archiveprefix": "arXiv",
    }),
    "robertson2009": Source("Robertson and Zaragoza, 2009", "article", {
        "author": "Robertson, Stephen and Zaragoza, Hugo",
        "title": "The probabilistic relevance framework: {BM25} and beyond",
        "journal": "Foundations and Trends in Information Retrieval", "volume": "3",
        "number": "4", "pages": "333--389", "year": "2009", "doi": "10.1561/1500000019",
    }),
    "sakai2014": Source("Sakai, 2014", "article", {
        "author": "Sakai, Tetsuya", "title": "Statistical reform in information retrieval?",
        "journal": "SIGIR Forum", "volume": "48", "number": "1", "pages": "3--12",
        "year": "2014", "doi": "10.1145/2641383.2641385",
    }),
    "schuirmann1987": Source("Schuirmann, 1987", "article", {
        "author": "Schuirmann, Donald J.",
        "title": "A comparison of the two one-sided tests procedure and the power approach for "
        "assessing the equivalence of average bioavailability",
        "journal": "Journal of Pharmacokinetics and Biopharmaceutics", "volume": "15",
        "number": "6", "pages": "657--680", "year": "1987", "doi": "10.1007/BF01068419",
    }),
    "smucker2007": Source("Smucker et al., 2007", "inproceedings", {
        "author": "Smucker, Mark D. and Allan, James and Carterette, Ben",
        "title": "A comparison of statistical significance tests for information retrieval "
        "evaluation",
        "booktitle": "CIKM", "pages": "623--632", "year": "2007",
        "doi": "10.1145/1321440.1321528",
    }),
    "tsui1989": Source("Tsui and Weerahandi, 1989", "article", {
        "author": "Tsui, Kam-Wah and Weerahandi, Samaradasa",
        "title": "Generalized p-values in significance testing of hypotheses in the presence of "
        "nuisance parameters",
        "journal": "Journal of the American Statistical Association", "volume": "84",
        "number": "406", "pages": "602--607", "year": "1989", "doi": "10.2307/2289949",
    }),
}  # fmt: skip


def plain(text: str) -> str:
    """Return the text with its sources in brackets: `nDCG@10 (Järvelin and Kekäläinen, 2002)`."""
    return MARK.sub(lambda mark: f" ({'; '.join(SOURCES[key].name for key in _keys(mark))})", text)


def latex(text: str) -> str:
    r"""Return the text as LaTeX, with its sources as `~\cite{jarvelin2002}`."""
    parts, end = [], 0
    for mark in MARK.finditer(text):
        parts += [escaped(text[end : mark.start()]), rf"~\cite{{{','.join(_keys(mark))}}}"]
        end = mark.end()
    return "".join([*parts, escaped(text[end:])])


def bibtex(text: str) -> str:
    """Return the BibTeX entries of all sources that the text marks, each once, in its order."""
    keys = dict.fromkeys(key for mark in MARK.finditer(text) for key in _keys(mark))
    return "\n\n".join(_entry(key) for key in keys)


def _entry(key: str) -> str:
    fields = "".join(f"  {name} = {{{value}}},\n" for name, value in SOURCES[key].fields.items())
    return f"@{SOURCES[key].kind}{{{key},\n{fields}}}"


def _keys(mark: re.Match[str]) -> list[str]:
    return [key.strip(" @") for key in mark[1].split(";")]
