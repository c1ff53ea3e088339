"""Worlds: isolated instances of the fake, each with its journal, faults and clock."""
