"""Functions that `{lanes}` and `{computed}` call: each figure is a real run."""
