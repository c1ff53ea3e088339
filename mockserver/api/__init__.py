"""API requests: from the key to the answer."""
