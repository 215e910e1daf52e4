"""Checks of the source's statements about the MAW attention: its shapes, cost and bounds.

The source is the text that proposed the attention.
"""
