"""Did the changed transformer rank better? Train it and a fair control, score both, and say so."""

__version__ = "0.1.0"
