"""State of one world: records in tables, and the verbs that change them.

Nothing here knows HTTP, JSON or YAML. Each module that declares a record type is found by the catalogue.
"""
