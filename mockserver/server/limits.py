"""How many connections the limit on open files leaves room for."""

import sys

_RESERVE = 32  # files of the process itself, and those of modules that are imported late

if sys.platform == "win32":

    def most_connections() -> int:
        """Return how many connections may be open at once: sockets are no files here."""
        return sys.maxsize

else:
    import resource

    def most_connections() -> int:
        """Return how many connections may be open at once, at least one."""
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return sys.maxsize if limit == resource.RLIM_INFINITY else max(1, limit - _RESERVE)
