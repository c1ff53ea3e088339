"""HTTP server: uvicorn, connections, limits and logs."""
