"""The state of one world: tables, the verbs that change them, and the invariants that always hold.

Nothing here knows HTTP, JSON or YAML: records speak the domain's words, verbs check everything before they write.
"""
