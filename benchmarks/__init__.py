"""Benchmarks: cost of the mock server and of its pytest plugin, as ratios to a floor and to another version."""
