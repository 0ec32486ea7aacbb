"""Case files: requests and the decisions that they must get, run, counted and reported."""
