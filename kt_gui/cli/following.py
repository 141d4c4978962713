"""Shows work to its end, and turns the signals that end a program into a stop."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from kt_gui.cli import screens
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr

FINE, INTERRUPTED = 0, 130


def follow(begin: Callable[[StopToken], Iterator[Event]], *, json: bool) -> int:
    """Show a run to its end. Ctrl-C stops it and keeps its state; a second one breaks off at once."""
    stop = StopToken()
    with _interruptible(stop), closing(screens.choose(json=json)) as screen:
        for event in begin(stop):
            screen.show(event)
    return INTERRUPTED if stop.verb else FINE


@contextmanager
def _interruptible(stop: StopToken) -> Iterator[None]:
    """Turn the signals that end a program into a stop, once."""

    def ask(_number: int, _frame: object) -> None:
        if stop.verb:
            raise KeyboardInterrupt
        stop.stop("keep")
        sys.stderr.write("\n" + tr("Stopping; what was learnt is kept. Once more breaks off at once.") + "\n")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
