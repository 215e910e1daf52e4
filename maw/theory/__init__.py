"""The source's statements about the attention, checked against numbers: shapes, cost, bounds."""
