"""The figures of a suite's report and of a comparison; `registry` has them all by name."""
