"""Readers of runs, judgements and scores of any origin, with notices on oddities of the input."""
