"""Shows work to its end, and turns the signals that end a program into a stop."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from kt_gui.cli import screens
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import tr

FINE, MENDABLE, INTERRUPTED = 0, 2, 130


def follow(begin: Callable[[StopToken], Iterator[Event]], *, json: bool, insists: bool = True) -> int:
    """Show a run to its end. Ctrl-C stops it and keeps its state; a second one breaks off at once, where that counts:
    torchrun hands on the one that its processes have heard already.
    """
    stop = StopToken()
    once_more = tr("Stopping; what was learnt is kept. Once more breaks off at once.")
    says = once_more if insists else tr("Stopping; what was learnt is kept.")
    with _interruptible(stop, says, insists=insists), closing(screens.choose(json=json)) as screen:
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
def _interruptible(stop: StopToken, says: str, *, insists: bool = True) -> Iterator[None]:
    """Turn the signals that end a program into a stop, once; another one breaks off where a person `insists`."""

    def ask(_number: int, _frame: object) -> None:
        if stop.verb and insists:
            raise KeyboardInterrupt
        if stop.verb:
            return
        stop.stop("keep")
        sys.stderr.write(f"\n{says}\n")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
