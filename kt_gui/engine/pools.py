"""The same work on many pictures in a few threads: in order, with progress, stoppable, with bounded memory."""

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from kt_gui.schema.events import Activity, Progressed
from kt_gui.schema.stop import Stopped, StopToken

T = TypeVar("T")
R = TypeVar("R")

REPORT_EVERY_S = 0.05
THREADS = max(2, min(8, os.cpu_count() or 1))
"""Pillow lets go of the interpreter while it decodes and resizes; beyond eight, memory grows faster than speed."""
MOST = 4 * THREADS
"""Items under way: enough to keep every thread busy while one item takes long."""


class Pace:
    """Says when it is time to report again."""

    def __init__(self) -> None:
        self._reported = time.monotonic()

    def is_due(self) -> bool:
        """Whether 50 ms have gone by since it last said yes."""
        due = time.monotonic() - self._reported >= REPORT_EVERY_S
        if due:
            self._reported = time.monotonic()
        return due


def work_through(
    work: Callable[[T], R], items: Sequence[T], activity: Activity, subject: str, stop: StopToken
) -> Generator[Progressed, None, list[R]]:
    """Do the work on every item; results in the order of the items. Raises Stopped, and whatever the work raises."""
    results: list[R] = []
    pace = Pace()
    yield Progressed(activity=activity, done=0, total=len(items), subject=subject)
    for result in in_order(work, items):
        results.append(result)
        if stop.requested():
            raise Stopped
        if pace.is_due():
            yield Progressed(activity=activity, done=len(results), total=len(items), subject=subject)
    yield Progressed(activity=activity, done=len(results), total=len(items), subject=subject)
    return results


def in_order(work: Callable[[T], R], items: Iterable[T], most: int = MOST) -> Generator[R, None, None]:
    """Yield the work's results in order; at most so many items are under way, so memory stays bounded."""
    waiting = iter(items)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="pictures") as pool:
        ahead: deque[Future[R]] = deque(pool.submit(work, item) for item in islice(waiting, most))
        try:
            while ahead:
                result = ahead.popleft().result()
                ahead.extend(pool.submit(work, item) for item in islice(waiting, 1))
                yield result
        finally:
            for future in ahead:
                future.cancel()
