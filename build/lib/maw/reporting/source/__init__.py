"""The claims of the method's source, held against what was measured."""
