"""What the source states about the attention, held against numbers: shapes, cost, bounds."""
