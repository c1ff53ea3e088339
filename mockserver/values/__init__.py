"""Value types that import nothing else of this package but errors."""
