"""Control plane under `/_mock/`: worlds, their state, journal, faults and clock; its client and reports."""
