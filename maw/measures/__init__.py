"""From a run to one number per query: an order of our own, then ir_measures."""
