"""The name of a measure for each of its usual spellings: `ndcg_cut_10` and `ndcg@10` are nDCG@10.

ir_measures' own names and aliases (`nDCG@10`, `MRR@10`), trec_eval's (`ndcg_cut_10`, `recip_rank`,
`P_10`), those of ranx, sentence-transformers and MTEB (`hit_rate@5`, `ndcg_at_10`, `map@100-l2`),
and all of them in upper or lower case. A name that is none of these stays as it is: scores may be
by a measure that nobody else knows.
"""

import re
from collections.abc import Mapping
from functools import cache

import ir_measures
import pytrec_eval

from maw.measures import own

# spellings of other libraries, in lower case -> name in ir_measures
SYNONYMS = {
    "reciprocal_rank": "RR",
    "mean_reciprocal_rank": "RR",
    "average_precision": "AP",
    "mean_average_precision": "AP",
    "hit_rate": "Success",
    "hitrate": "Success",
    "r_precision": "Rprec",
}
# measures that are known in upper and lower case; other short names, such as `err` or `accuracy`,
# are measures of something else in other fields
IN_ANY_CASE = {"nDCG", "AP", "RR", "P", "R", "F1", "Bpref", "Rprec", "Success", "Judged", "RBP"}
# a name, perhaps with a cutoff, and with ranx's least relevant grade
_SPELLING = re.compile(
    r"(?P<head>[a-z0-9]\w*?)(?:(?:_cut|_at)?[@_](?P<cutoff>\d+(?:\.\d+)?))?(?:-l(?P<grade>\d+))?"
)
# names of one letter that are no measure without an @, because ids such as R_10 look the same
NEED_AT = {"r", "g"}


@cache
def measure_name(spelling: str) -> str:
    """Return the name of ir_measures for a measure; an unknown spelling is returned as it is."""
    text = spelling.strip()
    measure = _of_ir_measures(text) or _of_trec_eval(text) or _of_other_libraries(text)
    return spelling if measure is None else str(measure)


@cache
def is_measure(spelling: str) -> bool:
    """Return whether a text is a usual spelling of a measure, also one that ir_measures lacks."""
    if measure_name(spelling) != spelling or _of_ir_measures(spelling) is not None:
        return True
    match = _split(spelling)
    return match is not None and match["head"] in {*_heads(), *_trec_heads()}


def _of_ir_measures(text: str) -> ir_measures.Measure | None:
    try:
        measure = own.parsed(text)
        measure.validate_params()  # type: ignore[no-untyped-call]
    except (NameError, ValueError, AssertionError):  # ir_measures asserts on its parameters
        return None
    return measure


def _of_trec_eval(text: str) -> ir_measures.Measure | None:
    """Return the measure with this name of trec_eval, such as `ndcg_cut_10` or `P_10`."""
    if text in pytrec_eval.supported_nicknames:  # a set of measures
        return None
    try:
        measures = ir_measures.parse_trec_measure(text)
    except ValueError:
        return None
    return measures[0] if len(measures) == 1 else None  # `P` alone is one for each cutoff


def _of_other_libraries(text: str) -> ir_measures.Measure | None:
    """Return the measure with this spelling of another library, in upper or lower case."""
    match = _split(text)
    if match is None:
        return None
    head, cutoff = match["head"], match["cutoff"]
    if head in _heads():
        measure = _of_ir_measures(_heads()[head] + (f"@{cutoff}" if cutoff else ""))
    elif head in _trec_heads():
        measure = _of_trec_eval(_trec_heads()[head] + (f"_{cutoff}" if cutoff else ""))
    else:
        return None
    if measure is None or match["grade"] is None:
        return measure
    counts_from = "rel" in measure.SUPPORTED_PARAMS
    graded: ir_measures.Measure | None = measure(rel=int(match["grade"])) if counts_from else None
    return graded


def _split(text: str) -> re.Match[str] | None:
    """Return the parts of a spelling; None for a text that cannot be one."""
    match = _SPELLING.fullmatch(text.strip().lower().replace("r-precision", "r_precision"))
    return None if match and match["head"] in NEED_AT and "@" not in text else match


@cache
def _heads() -> dict[str, str]:
    """Return name without cutoff, in lower case -> name in ir_measures."""
    registry: Mapping[str, ir_measures.Measure] = ir_measures.measures.registry
    names = {alias.lower(): str(measure.NAME) for alias, measure in registry.items()}
    return {alias: name for alias, name in names.items() if name in IN_ANY_CASE} | SYNONYMS


@cache
def _trec_heads() -> dict[str, str]:
    """Return name without cutoff, in lower case -> name in trec_eval."""
    return {name.lower(): name for name in pytrec_eval.supported_measures}
