"""All cases, in the order in which they run."""

from benchmarks.http_cases import HTTP_CASES

CASES = {case.name: case for case in HTTP_CASES}
