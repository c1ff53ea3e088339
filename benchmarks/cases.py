"""All cases, in the order in which they run."""

from benchmarks.asgi_calls import ASGI_CALL
from benchmarks.cold_start import COLD_START
from benchmarks.curves import CURVES
from benchmarks.http_cases import HTTP_CASES
from benchmarks.in_process import IN_PROCESS_CASES
from benchmarks.memory import MEMORY
from benchmarks.plugin_cases import PLUGIN
from benchmarks.seed_load import SEED_LOAD
from benchmarks.single_cases import SINGLE_CASES

CASES = {
    case.name: case
    for case in (
        COLD_START,
        *HTTP_CASES,
        *SINGLE_CASES,
        *IN_PROCESS_CASES,
        SEED_LOAD,
        PLUGIN,
        ASGI_CALL,
        MEMORY,
        CURVES,
    )
}
