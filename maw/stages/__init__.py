"""One module a rule: reads files, writes files, and nothing else in maw touches the disk."""
