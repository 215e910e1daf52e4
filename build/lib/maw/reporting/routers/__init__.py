"""What the routers did, in sentences: which depths they chose, and whether that is routing."""
