"""The command line: `mockserver serve`, checks, and commands that talk to a running server."""
