"""The numbered sections of a page: a module with its data, and a template with its words, each."""
