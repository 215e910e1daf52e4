"""The tables of a calibration: false words, words of a claim, sizes of what decides."""

from maw.reporting import calibration_tables
from maw.significance.calibration import AT_OWN_LEVEL
from tests.reporting.calibrated import FRAME, false, frame, said


def test_false_words_stand_by_true_lead_and_variance_of_seeds() -> None:
    assert calibration_tables.false_words(FRAME).to_dict("records") == [
        {
            "True lead": "0",
            "Seeds as estimated": "0.026 ± 0.005",
            "Worst of three variances": "0.040 ± 0.007",
        },
        {
            "True lead": "0.02",
            "Seeds as estimated": "0.049 ± 0.007",
            "Worst of three variances": "0.049 ± 0.007",
        },
    ]


def test_the_words_of_a_claim_are_put_together() -> None:
    null, moved = calibration_tables.claims(FRAME).to_dict("records")
    assert null == {
        "Claim": "new",
        "True lead": "0",
        "Better": "0.004",
        "Equivalent, no relevant gain": "0.900",
        "Refuted": "0.010",
        "Undecided": "0.086",
        "A false word": "0.020 ± 0.007",
        "Bar covers": "0.980 ± 0.007",
    }
    assert (moved["Better"], moved["Refuted"]) == ("0.700", "0.000")


def test_sizes_stand_beside_their_level_for_contrasts_that_decide() -> None:
    (first,) = calibration_tables.sizes(FRAME).to_dict("records")
    assert first == {
        "Contrast": "new − old",
        "Level α′": "0.0250",
        "Seeds as estimated": "0.0251 ± 0.0005",
        "Worst of three variances": "0.0251 ± 0.0005",
        "Redrawn, at α": "0.053 ± 0.007",
    }


def test_contrasts_that_decide_no_claim_are_shown_where_there_are_no_others() -> None:
    alone = FRAME[FRAME["test"] != AT_OWN_LEVEL]
    first, reference = calibration_tables.sizes(alone).to_dict("records")
    assert (first["Level α′"], first["Worst of three variances"]) == ("–", "–")
    assert (reference["Contrast"], reference["Redrawn, at α"]) == ("new − bm25", "0.040 ± 0.007")


def test_several_datasets_are_named_and_counted_together() -> None:
    rows = [
        false(rate) | {"dataset": name} for name, rate in (("a", 0.01), ("b", 0.02), ("", 0.03))
    ]
    claims = [
        said(quantity, 0.5) | {"dataset": name}
        for name in ("a", "b")
        for quantity in ("any false word", "covers the procedure's difference")
    ]
    table = frame(*rows, *claims)
    assert calibration_tables.false_words(table)["Seeds as estimated"].tolist() == ["0.030 ± 0.005"]
    assert calibration_tables.claims(table)["Dataset"].tolist() == ["a", "b"]
    assert calibration_tables.sizes(table).empty
