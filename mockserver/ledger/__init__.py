"""Fidelity ledger: every rule that the fake follows, with its evidence."""
