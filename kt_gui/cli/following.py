"""Shows work to its end, and turns the signals that end a program into a stop."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from kt_gui.cli import screens
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import tr

FINE, INTERRUPTED = 0, 130


def follow(begin: Callable[[StopToken], Iterator[Event]], *, json: bool) -> int:
    """Show a run to its end. Ctrl-C stops it and keeps its state; a second one breaks off at once."""
    stop = StopToken()
    says = tr("Stopping; what was learnt is kept. Once more breaks off at once.")
    with _interruptible(stop, says), closing(screens.choose(json=json)) as screen:
        for event in begin(stop):
            screen.show(event)
    return INTERRUPTED if stop.verb else FINE


def answers(begin: Callable[[StopToken], Iterator[Event]], *, json: bool) -> list[Event]:
    """Do short work to its end, with a bar on a terminal, and give all it found. Raises KeyboardInterrupt."""
    stop = StopToken()
    screen = screens.Bar() if sys.stdout.isatty() and not json else None
    found = []
    try:
        with _interruptible(stop, tr("Stopping. Once more breaks off at once.")):
            for event in begin(stop):
                if not isinstance(event, Progressed):
                    found.append(event)
                elif screen is not None:
                    screen.show(event)
    except Stopped:
        raise KeyboardInterrupt from None
    finally:
        if screen is not None:
            screen.close()
    return found


@contextmanager
def _interruptible(stop: StopToken, says: str) -> Iterator[None]:
    """Turn the signals that end a program into a stop, once."""

    def ask(_number: int, _frame: object) -> None:
        if stop.verb:
            raise KeyboardInterrupt
        stop.stop("keep")
        sys.stderr.write(f"\n{says}\n")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
