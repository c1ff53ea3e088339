"""Recording of what the server does: `python -m tests.recorded.record`, all of it or the parts that are named.

What is recorded here is version 0.1. A difference is a change of behaviour that users see: record again only a change
that is wanted, once the tests have said which rows it changes.
"""

import sys

from tests.recorded import document, exports, session, verdicts

PARTS = {"exports": exports.record, "session": session.record, "openapi": document.record, "verdicts": verdicts.record}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
