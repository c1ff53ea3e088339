"""The control plane under `/_mock/`: worlds, their state, journal, faults and clock, as nouns and verbs."""

from mockserver.control.app import OPERATIONS, ControlPlane

__all__ = ["OPERATIONS", "ControlPlane"]
