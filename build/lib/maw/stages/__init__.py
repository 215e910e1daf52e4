"""The stages of the workflow: one module for each rule, which reads files and writes files."""
