"""The examples are separate projects, run by `tests/test_examples.py`; they are not part of this test suite."""

collect_ignore = ["provisioning"]
