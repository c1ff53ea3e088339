"""The time of a call in this process."""

import gc
import time
from collections.abc import Callable
from statistics import median


def microseconds(call: Callable[[], object], calls: int, batches: int = 10) -> float:
    """Return the median over batches of the time of one call; garbage is collected before, and as usual meanwhile."""
    gc.collect()
    times = []
    for _ in range(batches):
        began = time.perf_counter()
        for _ in range(calls):
            call()
        times.append(time.perf_counter() - began)
    return median(times) / calls * 1e6
