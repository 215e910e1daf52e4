"""A frame as a LaTeX table; apart from the other tables, because its library loads slowly."""

import pandas as pd
from great_tables import GT


def latex(frame: pd.DataFrame) -> bytes:
    """Return the frame as a LaTeX table with booktabs rules; characters of LaTeX are escaped."""
    return (GT(frame.reset_index(drop=True)).as_latex() + "\n").encode()
