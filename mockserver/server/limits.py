"""Connection limit: how many connections the limit on open files allows."""

import sys

_RESERVED_FILES = 32  # for the process itself, and for modules that are imported late

if sys.platform == "win32":

    def max_connections() -> int:
        """Return how many connections may be open at once; on Windows sockets do not count as open files."""
        return sys.maxsize

else:
    import resource

    def max_connections() -> int:
        """Return how many connections may be open at once; at least one."""
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return sys.maxsize if limit == resource.RLIM_INFINITY else max(1, limit - _RESERVED_FILES)
