"""State of one world: records in tables, the verbs that change them, and the invariants that always hold.

Nothing here knows HTTP, JSON or YAML. Each module that declares a record type is found by the catalogue.
"""
