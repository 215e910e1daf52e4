"""The terms that the pages define, one module for each subject."""
