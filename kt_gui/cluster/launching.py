"""One run on all devices of this machine: torchrun starts the processes, and what the first one tells is followed here.

A pause holds the processes, a stop asks the first one to end; they are the program itself, called as in a terminal.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import psutil

from kt_gui import session
from kt_gui.schema.codec import UNDECODABLE, decode_event
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Result, RunEnded, RunStarted
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.stop import StopToken
from kt_gui.store import runs
from kt_gui.store.brief import brief_folder
from kt_gui.store.folders import Home
from kt_gui.store.runs import Runs

TORCHRUN = ("-m", "torch.distributed.run", "--standalone")
PROGRAM = Path(__file__).resolve().parents[2]
"""Where the program's packages lie: the processes find it there, whatever folder one stands in."""
ERROR = "error: "
LOOK_S = 0.1
"""How often it is asked whether to pause or to stop."""
LAST_WORDS = 20
"""Lines of what was said of trouble, for a report."""


def is_possible() -> bool:
    """Whether processes can be started as a terminal would: not from a bundle, nor under Windows, without NCCL."""
    return not getattr(sys, "frozen", False) and sys.platform != "win32"


def run(experiment: Experiment, processes: int, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Do an experiment on so many processes; the same events as of `session.run`, the last is `RunEnded`.

    Raises UserError for what a person can mend; the run's folder is kept and says why.
    """
    folder = Runs(home).create(experiment)
    torchrun = [sys.executable, *TORCHRUN, f"--nproc-per-node={processes}"]
    program = ["-m", "kt_gui", "resume", str(folder), "--json"]
    has_ended = False
    with (
        brief_folder() as logs,
        _started([*torchrun, f"--log-dir={logs}", *program]) as team,
        _steered(team, folder, stop),
    ):
        trouble = _Trouble(team)
        for event in _told(team):
            has_ended = has_ended or isinstance(event, RunEnded)
            yield msgspec.structs.replace(event, resumed=False) if isinstance(event, RunStarted) else event
        team.wait()
    if stop.verb == "discard":
        yield _discarded(folder)
    elif not has_ended:
        raise trouble.error()


def _discarded(folder: Path) -> RunEnded:
    told = runs.read_file(folder)
    session.discard(folder)
    nothing = Result(None, None, None, None, 0, 0, time.time() - told.started)
    return RunEnded(ended="cancelled", run=told.id, folder=str(folder), stopped=True, result=nothing)


@contextmanager
def _started(command: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """Start the processes; whatever happens, none is left behind."""
    path = os.pathsep.join(filter(None, (str(PROGRAM), os.environ.get("PYTHONPATH", ""))))
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,  # a Ctrl-C in the terminal is this program's to hear
    ) as team:
        try:
            yield team
        finally:
            if team.poll() is None:
                _kill(team)


def _kill(team: "subprocess.Popen[str]") -> None:
    for each in _members(team):
        with suppress(psutil.Error):
            each.kill()
    team.kill()  # does nothing to one that has ended, whose number may be another's by now


def _members(team: "subprocess.Popen[str]") -> list[psutil.Process]:
    """Name the processes that learn; the one that was started only watches over them."""
    if team.poll() is not None:
        return []
    with suppress(psutil.Error):
        return list(psutil.Process(team.pid).children())
    return []


def _told(team: "subprocess.Popen[str]") -> Iterator[Event]:
    """Read events until there are no more; a line that is torn is left out."""
    assert team.stdout is not None
    for line in team.stdout:
        with suppress(*UNDECODABLE):
            yield decode_event(line)


class _Trouble:
    """What is said beside the events: read all the time, for a pipe that is full would hold the run."""

    def __init__(self, team: "subprocess.Popen[str]") -> None:
        self._team = team
        self._lines: deque[str] = deque(maxlen=LAST_WORDS)
        self._user_error: UserError | None = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def error(self) -> Exception:
        """Give what is to be raised, once the processes have ended: what a person can mend, else the last words."""
        self._reader.join()
        return self._user_error or RuntimeError("".join(self._lines))

    def _read(self) -> None:
        assert self._team.stderr is not None
        with suppress(ValueError):  # closed meanwhile: nobody wants to hear the rest
            for line in self._team.stderr:
                self._take(line)

    def _take(self, line: str) -> None:
        self._lines.append(line)
        what, dash, remedy = line.removeprefix(ERROR).strip().partition(" - ")
        if line.startswith(ERROR) and dash and self._user_error is None:
            self._user_error = UserError(what, remedy)


@contextmanager
def _steered(team: "subprocess.Popen[str]", folder: Path, stop: StopToken) -> Iterator[None]:
    """Hand on to the processes what the token asks for: a pause, a stop."""
    over = threading.Event()
    steering = threading.Thread(target=_steer, args=(team, folder, stop, over), daemon=True)
    steering.start()
    try:
        yield
    finally:
        over.set()
        steering.join()


def _steer(team: "subprocess.Popen[str]", folder: Path, stop: StopToken, over: threading.Event) -> None:
    is_held = False
    while not over.wait(LOOK_S):
        if stop.paused != is_held:
            is_held = stop.paused
            for each in _members(team):
                with suppress(psutil.Error):
                    (each.suspend if is_held else each.resume)()
        if stop.verb == "discard":
            _kill(team)
            return
        if stop.verb == "keep" and _ask_to_end(team, folder):
            return


def _ask_to_end(team: "subprocess.Popen[str]", folder: Path) -> bool:
    """Ask the first process to end with what it has, once it is at work; tell whether it was asked."""
    with suppress(UserError, psutil.Error):
        first = runs.read_file(folder).process
        for each in _members(team):
            if first is not None and each.pid == first.pid:
                each.send_signal(signal.SIGTERM)
                return True
    return False
