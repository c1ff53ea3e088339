"""The examples are projects of their own, which `tests/test_examples.py` runs; they are not part of this one."""

collect_ignore = ["provisioning"]
