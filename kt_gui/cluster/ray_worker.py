"""What a worker process of Ray does: look whether a trial could run there, and run one, telling what it tells."""

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

from kt_gui import __version__, waiting
from kt_gui.cluster.ray_words import Heed, Order, Seen
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken
from kt_gui.session.crews import Over
from kt_gui.store.glance import glance
from kt_gui.store.runs import is_held
from kt_gui.store.studies import is_study
from kt_gui.store.translations import speak

APART_S = 0.25
"""Between two looks at whether the study was paused or stopped."""
LETTING_GO = 120
"""Looks at a run that another still holds: half a minute."""


def look(study: Path) -> Iterator[Seen]:
    """Tell what is here of what a trial of this study needs, on the way on which runs will tell theirs."""
    yield Seen(__version__, version("torch"), is_study(study) and os.access(study, os.W_OK))


def do(order: Order, run: Path, bell: Any) -> Iterator[Event | Over]:
    """Bring a run to its end, from its beginning or from where a lost worker left it; `Over` last."""
    waiting.settle()  # before torch is loaded
    os.environ["KT_THREADS"] = str(order.threads)
    speak(glance(order.home).language)
    from kt_gui.engine import devices
    from kt_gui.session.crews import work

    devices.use_threads(order.threads)
    stop = StopToken()
    _await(run)
    with _heeding(bell, stop), closing(work(run, stop, order.home)) as told:
        yield from told


def _await(run: Path) -> None:
    """Wait until a worker that was lost has let go of its run: it may be a little longer about than its machine."""
    for _ in range(LETTING_GO):
        if not is_held(run):
            return
        time.sleep(APART_S)


@contextmanager
def _heeding(bell: Any, stop: StopToken) -> Iterator[None]:
    """Pass on what the driver was told, from a thread of its own: the work may be held meanwhile."""
    over = Flag()
    thread = Thread(target=_listen, args=(bell, stop, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _listen(bell: Any, stop: StopToken, over: Flag) -> None:
    import ray

    while not over.is_set():
        try:
            heed: Heed = ray.get(bell.heard.remote())
        except ray.exceptions.RayError:  # whoever asked for the trial has gone
            stop.stop("keep")
            return
        heed.tell(stop)
        over.wait(APART_S)
