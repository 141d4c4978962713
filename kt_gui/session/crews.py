"""Who does the runs of a study's trials: this program, one after the other, or a crew that does several at once."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import trials
from kt_gui.session.common import Common
from kt_gui.store.folders import Home


@dataclass(frozen=True)
class Over:
    """The last that is told of a run; `failure` says why it broke off, and is empty where it did not."""

    failure: str = ""


Said = tuple[str, Event | Over]
"""The key of a trial, and what its run tells."""


class Crew(Protocol):
    """Does runs. What comes out of a run does not depend on who does it, nor on what is done beside it."""

    @property
    def capacity(self) -> int:
        """How many runs are done at once."""

    def begin(self, key: str, run: Path) -> None:
        """Take on the run of a trial, from its beginning or from where it was left."""

    def listen(self) -> Generator[Said, None, None]:
        """Tell what the runs tell, `Over` last of each, until none is at work; meanwhile others may begin."""


Engage = Callable[[Path, StopToken, Home], AbstractContextManager[Crew]]
"""Gets a crew for the study in this folder. Whoever it is heeds the token. Raises UserError, Stopped."""


@contextmanager
def alone(_study: Path, stop: StopToken, home: Home) -> Iterator[Crew]:
    """Do one run after the other, here."""
    yield _Alone(stop, home)


class _Alone:
    capacity = 1

    def __init__(self, stop: StopToken, home: Home) -> None:
        self._stop, self._home, self._common = stop, home, Common()
        self._next: tuple[str, Path] | None = None

    def begin(self, key: str, run: Path) -> None:
        self._next = key, run

    def listen(self) -> Generator[Said, None, None]:
        while self._next is not None:
            (key, run), self._next = self._next, None
            for told in work(run, self._stop, self._home, self._common):
                yield key, told


def work(run: Path, stop: StopToken, home: Home, common: Common | None = None) -> Generator[Event | Over, None, None]:
    """Bring a run to its end; whatever goes wrong there is told as its last word."""
    try:
        with closing(trials.work(run, stop, home, common)) as events:
            yield from events
    except Stopped:
        yield Over()
    except Exception as error:  # noqa: BLE001 - the run's folder says what it was
        yield Over(explain(error))
    else:
        yield Over()


def explain(error: Exception) -> str:
    """Say what went wrong in a run, in one line."""
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
