"""A crew whose hands are tasks of Ray (Moritz et al. 2018, arXiv:1712.05889).

Ray is talked to by a process of its own, the driver (`ray_driver`): it writes to standard output, takes over signals,
and ends the process that it lives in when the cluster goes. Between here and there lies a pipe.
"""

import multiprocessing
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path

from kt_gui.cluster import ray_driver
from kt_gui.cluster.place import OnRay, absence
from kt_gui.cluster.ray_words import Begin, Broken, Heed, Order, Ready, Refused, Told
from kt_gui.schema.errors import UserError
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import tr
from kt_gui.session.crews import Crew, Engage, Over, Said
from kt_gui.store.brief import brief_folder
from kt_gui.store.folders import Home
from kt_gui.store.studies import read_study

APART_S = 0.1
"""Between two looks at the stop token, while nothing is told."""
PATIENCE_S = 40
"""How long the driver may take to leave."""


def on_ray(on: OnRay) -> Engage:
    """Let trials run as tasks of Ray, several at once, with the results that they would have here."""

    @contextmanager
    def engage(study: Path, stop: StopToken, home: Home) -> Iterator[Crew]:
        lack = absence()
        if lack is not None:
            raise lack
        with brief_folder() as folder, _driving(_order(on, study, home, folder)) as pipe:
            yield RayCrew(pipe, _workers(pipe, stop), stop)

    return engage


def _order(on: OnRay, study: Path, home: Home, folder: Path) -> Order:
    from kt_gui.engine import devices

    training = read_study(study).experiment.training
    return Order(on, study, home, devices.threads(), accelerated=training.device != "cpu", folder=folder)


@contextmanager
def _driving(order: Order) -> Iterator[Connection]:
    """Start the driver; it leaves when its pipe is closed, also where this process is killed."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=ray_driver.serve, args=(there, order), daemon=True)
    process.start()
    there.close()
    try:
        yield here
    finally:
        here.close()
        process.join(PATIENCE_S)
        process.kill()
        process.join()


def _workers(pipe: Connection, stop: StopToken) -> int:
    """Wait until the driver has found its workers; tell how many. Raises UserError, Stopped."""
    while not pipe.poll(APART_S):
        if stop.verb is not None:
            raise Stopped
    match _heard(pipe):
        case Ready(workers=workers):
            return workers
        case _:
            raise _gone()


def _heard(pipe: Connection) -> object:
    """Take the driver's next word. Raises UserError where it can say no more."""
    try:
        word = pipe.recv()
    except (EOFError, OSError):
        raise _gone() from None
    match word:
        case Refused():
            raise UserError(word.message, word.remedy)
        case Broken():
            raise RuntimeError(word.report)
        case _:
            return word


def _gone() -> UserError:
    return UserError(
        tr("The connection to Ray was lost."), tr("See whether the cluster is up, then go on with the study.")
    )


class RayCrew:
    """The crew, seen from here: its words go to the driver and come from it through a pipe."""

    def __init__(self, pipe: Connection, capacity: int, stop: StopToken) -> None:
        self.capacity = capacity
        self._pipe, self._stop = pipe, stop
        self._open: set[str] = set()
        self._heed = Heed()

    def begin(self, key: str, run: Path) -> None:
        """Hand a run to the driver."""
        self._open.add(key)
        self._send(Begin(key, run))

    def listen(self) -> Generator[Said, None, None]:
        """Tell what runs tell, and pass on what the token says. Raises UserError where the driver has gone."""
        while self._open:
            self._pass_on()
            if not self._pipe.poll(APART_S):
                continue
            word = _heard(self._pipe)
            if isinstance(word, Told):
                if isinstance(word.told, Over):
                    self._open.discard(word.key)
                yield word.key, word.told

    def _pass_on(self) -> None:
        heed = Heed.of(self._stop)
        if heed != self._heed:
            self._heed = heed
            self._send(heed)

    def _send(self, word: Begin | Heed) -> None:
        with suppress(OSError):  # of its end we hear when we listen
            self._pipe.send(word)
