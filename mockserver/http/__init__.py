"""HTTP vocabulary: requests, JSON, routing and error bodies; knows no world."""
