"""The rows of the five systems' full plan, computed once."""

import pandas as pd
import pytest

from tests.verdicts.five_systems import FULL, SCORES, rows_of


@pytest.fixture(scope="session")
def full_rows() -> pd.DataFrame:
    """Rows of `five_systems.FULL`; a test must not change them."""
    return rows_of(SCORES, FULL)
