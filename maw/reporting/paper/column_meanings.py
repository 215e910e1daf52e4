"""The meaning and the unit of each column name that is the same in every file of tables."""

from typing import NamedTuple

SCORE = "unit of the measure"
SQUARED = "unit of the measure, squared"
CHANCE, COUNT, TEXT, NAME, YES = "probability, 0 to 1", "count", "text", "name", "True or False"
SECONDS, BYTES, NONE = "seconds", "bytes", "none"


class Column(NamedTuple):
    """The meaning of a column and the unit of its numbers."""

    meaning: str
    unit: str


_ENDS = {"_low": "lower", "_high": "upper"}


def _ranges(*names: str, of: str, unit: str) -> dict[str, Column]:
    """Return a column for the lower and one for the upper end of the interval of each name."""
    return {
        f"{name}{end}": Column(f"{word} end of the {of} of `{name}`", unit)
        for name in names
        for end, word in _ENDS.items()
    }


COLUMNS: dict[str, Column] = {
    "dataset": Column("dataset", NAME),
    "system": Column("system whose lead is measured", NAME),
    "baseline": Column("system with which it is compared", NAME),
    "claim": Column("claim of the plan", NAME),
    "measure": Column("measure of ranking quality", NAME),
    "seed": Column("training seed; 0 where nothing is trained", "label"),
    "seed_baseline": Column("training seed of the baseline", "label"),
    "query_id": Column("query", NAME),
    "cluster": Column("cluster of the query, or the query itself", NAME),
    "role": Column("role of the contrast in the plan", NAME),
    "reason": Column("why there is no number, `;` between reasons", TEXT),
    "note": Column("the same in a sentence", TEXT),
    "cautions": Column("why to be careful with the number, `;` between reasons", TEXT),
    "n_controls": Column("number of controls of the claim", COUNT),
    "n_queries": Column("number of test queries", COUNT),
    "n_clusters": Column("number of clusters of queries; empty without clusters", COUNT),
    "n_seeds": Column("number of seeds of the system, or of seeds that both share", COUNT),
    "n_seeds_baseline": Column("number of seeds of the baseline", COUNT),
    "fewest_seeds": Column("smaller number of seeds of the two trained systems", COUNT),
    "seeds": Column("whether the seeds of both systems are shared or independent", NAME),
    # verdicts
    "word": Column("verdict; the contrast's role where it decides nothing", NAME),
    "suffix": Column("what “refuted” adds on the size of the loss", TEXT),
    "withheld": Column("failed control of the study that forbids the word", TEXT),
    "estimate": Column("smallest difference of the system to its controls", SCORE),
    "lower": Column("lower limit of the smallest difference, at half the level", SCORE),
    "upper": Column("upper limit of the smallest difference", SCORE),
    "upper_gain": Column("U₂: largest gain that fits the data", SCORE),
    "equivalence_low": Column("lower limit for equivalence", SCORE),
    "equivalence_high": Column("upper limit for equivalence", SCORE),
    "decided_by": Column("deciding control: that of the smallest difference", NAME),
    "loses_to": Column("controls that are shown to be better, `; ` between them", TEXT),
    "level": Column("level α′ of this claim or family of tests", CHANCE),
    "sesoi": Column("smallest effect size of interest", SCORE),
    "sesoi_flips_at": Column("SESOI nearest to the plan's at which the word is another", SCORE),
    "bar_low": Column("lower end of the control's bar; −inf where it is not judged", SCORE),
    "bar_high": Column("upper end of the control's bar; inf where it is not judged", SCORE),
    # differences and tests
    "difference": Column("mean of the system minus mean of the baseline", SCORE),
    "mean": Column("mean score of the system over queries and seeds", SCORE),
    "mean_baseline": Column("mean score of the baseline", SCORE),
    "estimand": Column("E2: the training procedures; E1: these trained models", NAME),
    "se": Column("standard error of the difference", SCORE),
    "mde": Column("difference that is found with a probability of 80 %", SCORE),
    "p": Column("p-value of the deciding test, two-sided, not adjusted", CHANCE),
    "p_bonferroni": Column("p adjusted by Bonferroni, which decides", CHANCE),
    "p_holm": Column("p adjusted by Holm", CHANCE),
    "p_bh": Column("p adjusted by Benjamini and Hochberg", CHANCE),
    "p_by": Column("p adjusted by Benjamini and Yekutieli", CHANCE),
    "p_satterthwaite": Column("p by Satterthwaite's degrees of freedom (E2)", CHANCE),
    "statistic": Column("t statistic of Satterthwaite's test", NONE),
    "df": Column("degrees of freedom", COUNT),
    "p_t": Column("p of the paired t-test (E1)", CHANCE),
    "p_wilcoxon": Column("p of Wilcoxon's signed-rank test, ties left out (E1)", CHANCE),
    "p_pratt": Column("p of Wilcoxon's test with Pratt's ties (E1)", CHANCE),
    "p_sign": Column("p of the sign test (E1)", CHANCE),
    "p_sign_flip": Column("p of the sign-flip randomisation (E1)", CHANCE),
    "p_max_t": Column("p of max-T, adjusted within the family (E1)", CHANCE),
    "p_mcnemar": Column("p of McNemar's test (E1)", CHANCE),
    "other_form_p": Column("p with the seeds taken the other way", CHANCE),
    "other_form_low": Column("lower end of the 95 % interval with the other seeds", SCORE),
    "other_form_high": Column("upper end of the 95 % interval with the other seeds", SCORE),
    **_ranges("ci", of="95 % interval", unit=SCORE),
    **_ranges("e1_ci", of="95 % interval (BCa) of these trained models", unit=SCORE),
    **_ranges("fcr", of="interval at the level of the false coverage rate", unit=SCORE),
    "chance_of_better_training": Column(
        "chance that one more training of the system beats one of the baseline", CHANCE
    ),
    "p_equivalent_if_no_difference": Column("chance of “equivalent” without a difference", CHANCE),
    # effect sizes
    "relative": Column("difference divided by the baseline's mean", "share"),
    "d_z": Column("difference divided by its standard deviation over queries", NONE),
    "hedges_g": Column("d_z corrected for few queries", NONE),
    "rank_biserial": Column("matched-pairs rank-biserial correlation, −1 to 1", NONE),
    **_ranges("d_z", "rank_biserial", of="95 % interval", unit=NONE),
    "p_greater": Column("share of queries that are won, ties counted half", "share, 0 to 1"),
    "wins": Column("queries on which the system is better", COUNT),
    "ties": Column("queries without a difference", COUNT),
    "losses": Column("queries on which the system is worse", COUNT),
    "skewness": Column("skewness of the differences over queries", NONE),
    # variances
    "var_query": Column("variance of the difference over queries", SQUARED),
    "var_seed": Column("variance over seeds of the system, or of the differences", SQUARED),
    "var_error": Column("variance of the error of the system, or of the differences", SQUARED),
    "var_seed_baseline": Column("variance over seeds of the baseline", SQUARED),
    "var_error_baseline": Column("variance of the error of the baseline", SQUARED),
    "query": Column("variance of the scores over queries", SQUARED),
    "error": Column("variance of the error", SQUARED),
    **_ranges("query", "seed", "error", "seed_baseline", of="95 % interval", unit=SQUARED),
    "seed_limit_80": Column("one-sided upper 80 % limit of the variance over seeds", SQUARED),
    "sd_seed": Column("standard deviation of the seeds' means", SCORE),
    # forecasts
    "plan": Column("as it is, or what is added to it", TEXT),
    "half_width": Column("half of the width of the control's bar", SCORE),
    "power_at_sesoi": Column("chance of “better” where every lead is the SESOI", CHANCE),
    "p_equivalent": Column("chance of “equivalent” without a difference", CHANCE),
    **_ranges("mde", of="range over the interval of the seeds' variance", unit=SCORE),
    **_ranges("p_equivalent", of="range over the interval of the seeds' variance", unit=CHANCE),
    # across datasets
    "across": Column("what the mean is over: datasets, or splits of one collection", TEXT),
    "method": Column("method of the mean and its interval", TEXT),
    "n": Column("number of datasets or splits", COUNT),
    "tau2": Column("variance of the true differences between datasets", SQUARED),
    "i_squared": Column("share of the variance that lies between datasets", "share, 0 to 1"),
    "p_heterogeneity": Column("p-value of equal differences on all datasets", CHANCE),
    **_ranges("prediction", of="95 % interval on one more dataset", unit=SCORE),
    "k_better": Column("datasets on which the system is shown to be better (Dror's k̂)", COUNT),
    "k_better_independent": Column("the same, for independent datasets only", COUNT),
    # runs and costs
    "trained": Column("whether the system is trained", YES),
    "deterministic": Column("whether the same seed gives the same model again", YES),
    "device": Column("device of the training", NAME),
    "products": Column("library of the matrix products", NAME),
    "steps": Column("training steps", COUNT),
    "learning_rate": Column("learning rate of the layers", NONE),
    "searched": Column("whether a search chose the settings", YES),
    "trained_parameters": Column("weights that training may change", COUNT),
    "inference_parameters": Column("weights of the trained layers that ranking uses", COUNT),
    "texts_at_once": Column("texts in a group, where memory was too small for all", COUNT),
    "trained_on": Column("dataset of the training, where it is another one", NAME),
    "fold": Column("fold of the dataset", NAME),
    "versions": Column("versions of the software, as JSON", TEXT),
    "train_cpu_seconds": Column("processor time of the training steps", SECONDS),
    "train_gpu_seconds_alone": Column("GPU time of the steps, where no other job used it", SECONDS),
    "train_peak_bytes": Column("largest memory of the training process", BYTES),
    "rank_cpu_seconds": Column("processor time of ranking all queries", SECONDS),
    "shared_cpu_seconds": Column("processor time shared with other systems", SECONDS),
    "queries_per_second": Column("queries ranked in a second of processor time", "1/second"),
    "encode_device": Column("device of the encoding", NAME),
    "encode_cpu_seconds": Column("processor time of encoding the texts", SECONDS),
    "encode_gpu_seconds_alone": Column("GPU time of encoding, where no other job used it", SECONDS),
    "encode_texts_per_second": Column("texts encoded in a second of processor time", "1/second"),
    "encode_texts_per_gpu_second_alone": Column("texts encoded in a second of GPU", "1/second"),
    "frozen_cpu_ms_per_text": Column("processor time of a text in the frozen layers", "ms"),
    "frozen_gpu_ms_per_text": Column("GPU time of a text there, where it was used alone", "ms"),
    # searches
    "trial": Column("number of the trial", "label"),
    "parameters": Column("settings of the trial, as JSON", TEXT),
    "dev": Column("score of the primary measure on development queries", SCORE),
    "chosen": Column("whether this trial was chosen", YES),
    "at_edge": Column("whether a setting has the smallest or largest value tried", YES),
    # controls of the study
    "control": Column("control of the study", NAME),
    "kind": Column("kind of the control", NAME),
    "low": Column("lower end of the control's interval", SCORE),
    "high": Column("upper end of the control's interval", SCORE),
    "target": Column("value that the control has to find", SCORE),
    "passed": Column("whether it was found; empty where nothing was decided", YES),
    "outcome": Column("what was found", TEXT),
    "pushes": Column("direction in which a failure pushes the verdicts", NAME),
    "factor": Column("multiple of the plan's training steps", NONE),
    "primary": Column("test score of the primary measure", SCORE),
    # calibration
    "test": Column("test, or what else was counted", NAME),
    "quantity": Column("outcome that was counted", NAME),
    "multiple": Column("true difference in multiples of the SESOI", NONE),
    "effect": Column("true difference", SCORE),
    "rate": Column("share of simulated studies with the outcome", CHANCE),
    "draws": Column("number of simulated studies", COUNT),
    # routing
    "side": Column("query, document, pair, training or weights", NAME),
    "value": Column("value of the quantity; docs/routing.md has its meaning", "of the quantity"),
    # queries that move
    "score": Column("mean score of the query over the system's seeds", SCORE),
    "score_baseline": Column("mean score of the query over the control's seeds", SCORE),
    "place": Column("place among the best or the worst, from 1", "rank"),
    "text": Column("text of the query, cut where it is long", TEXT),
    "n_relevant": Column("number of relevant documents", COUNT),
    "relevant": Column("a relevant document", TEXT),
    "ranks": Column("rank of the first relevant document with each seed", "rank"),
    "ranks_baseline": Column("the same of the control", "rank"),
    "depths": Column("depth that the router chose with each seed", "label"),
    "depths_baseline": Column("the same of the control", "label"),
    # ablations and sweeps
    "setting": Column("setting of the varied part", TEXT),
    "ci_low_mean": Column("lower end of the 95 % interval of the mean", SCORE),
    "ci_high_mean": Column("upper end of the 95 % interval of the mean", SCORE),
    "flops_per_step": Column("multiplications and additions of a training step", "FLOPs"),
    "encode_ms_per_text": Column("processor time of encoding one text", "milliseconds"),
    "encode_gpu_ms_per_text": Column("GPU time of encoding one text", "milliseconds"),
    "source_score": Column("score that the method's source states", SCORE),
    "source_compute": Column("compute that the method's source states", "times the baseline's"),
    "sweep": Column("name of the sweep", NAME),
    "option": Column("option whose values are tried", NAME),
    "best": Column("whether this learning rate is the best for the value", YES),
    "selected": Column("whether the search chose this learning rate for the system", YES),
    "selected_baseline": Column("the same for the baseline", YES),
}  # fmt: skip
