"""Recording of what the server does: `python -m tests.recorded.record`, all of it or the parts that are named.

What is recorded here is version 0.1. A difference is a change of behaviour that users see: record again only for one
that is wanted, and look at what `git diff` says about the rows that changed.
"""

import sys

from tests.recorded import document, exports, session

PARTS = {"exports": exports.record, "session": session.record, "openapi": document.record}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
