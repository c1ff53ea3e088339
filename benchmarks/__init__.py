"""How fast the mock server is, measured side by side with what it could be and with what else could be used.

`python -m benchmarks` runs it. Not part of the wheel, and never run by the tests: they assert no times.
"""
