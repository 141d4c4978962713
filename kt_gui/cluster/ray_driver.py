"""Ray's driver: a process of its own that hands runs to tasks and what they tell to the program.

A task whose worker is lost is begun again, where it goes on from the run's last checkpoint. A task that fails is not:
it would fail again.
"""

import os
import secrets
import signal
import socket
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kt_gui import __version__
from kt_gui.cluster import ray_worker
from kt_gui.cluster.ray_words import Begin, Broken, Heed, Order, Ready, Refused, Seen, Told
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Noticed
from kt_gui.schema.texts import Message, mark, tr, trn
from kt_gui.session.crews import Over
from kt_gui.store.brief import clear
from kt_gui.store.glance import glance
from kt_gui.store.translations import speak

HERE = 2
"""Trials at once on this machine, where nothing else is said."""
STORE = 100_000_000
"""Bytes of the cluster's memory for objects, on this machine: events are small."""
APART_S = 0.05
PATIENCE_S = 60
MOST_LOST = 3
"""So many workers may be lost with one run: one that takes its machine down should not do so for ever."""
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
"""Nothing is reported to anyone."""


def serve(pipe: Connection, order: Order) -> None:
    """Do what comes through the pipe until it is closed. Runs in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who looks on decides what Ctrl-C does
    for stream in (1, 2):  # Ray tells of lost workers there, amid lines of JSON
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    os.environ |= QUIET if order.on.address else QUIET | _own_token()  # before Ray is loaded
    speak(glance(order.home).language)
    try:
        with suppress(EOFError, BrokenPipeError), _cluster(order):
            workers, accelerators = _room(order)
            _check(order)
            pipe.send(Ready(workers))
            _Driver(pipe, order, accelerators).work()
    except UserError as error:
        with suppress(OSError):
            pipe.send(Refused(error.message, error.remedy))
    except Exception:  # noqa: BLE001 - told where somebody sees it
        with suppress(OSError):
            pipe.send(Broken(traceback.format_exc()))
    finally:
        clear(order.folder)  # who began it may have been killed


def _own_token() -> dict[str, str]:
    """Keep others on this machine out of a cluster of our own."""
    return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}


# --- the cluster -----------------------------------------------------------------------------------------------------


@contextmanager
def _cluster(order: Order) -> Iterator[None]:
    """Join a cluster, or start one that goes with this process. Raises UserError."""
    if order.on.address:
        reach(order.on.address)
    ray = load()
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    try:
        if order.on.address:
            _init(order.on.address, **quiet)
            yield
        else:
            _init("local", **quiet, **_own(order))
            yield
    finally:
        ray.shutdown()


def load() -> Any:
    """Load Ray. Raises UserError where it is there, but broken."""
    try:
        import ray
    except ImportError as error:
        raise UserError(
            tr("Ray cannot be loaded: {reason}", reason=_first_line(error)),
            tr('Install it anew: pip install --force-reinstall "kt-gui[ray]"'),
        ) from error
    return ray


def _own(order: Order) -> dict[str, Any]:
    """Settings of a cluster on this machine alone."""
    return {
        "num_cpus": (order.on.workers or HERE) * order.threads,
        "object_store_memory": STORE,
        "include_dashboard": False,
        "_temp_dir": str(order.folder),
        "_node_ip_address": "127.0.0.1",
    }


def _init(address: str, **settings: Any) -> None:
    import ray

    try:
        ray.init(address=address, **settings)
    except (ray.exceptions.RayError, ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise UserError(
            tr("Ray does not start: {reason}", reason=_first_line(error)),
            tr("See that the same version of Ray runs on every machine, and that this one has joined them."),
        ) from error


def reach(address: str) -> None:
    """See that somebody listens there: Ray itself would try for minutes. Raises UserError."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "//" in host:
        raise UserError(
            tr("“{address}” is no address of a Ray cluster.", address=address),
            tr("Write HOST:PORT, as ray start --head printed it."),
        )
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, OverflowError) as error:
        raise UserError(
            tr("There is no Ray cluster at {address}: {reason}", address=address, reason=str(error)),
            tr("Start one with ray start --head, or use --on ray for this machine alone."),
        ) from error


def _room(order: Order) -> tuple[int, float]:
    """Tell how many trials go at once, and which share of an accelerator each gets. Raises UserError."""
    import ray

    nodes = _nodes(order)
    room = sum(int(node["Resources"]["CPU"]) // order.threads for node in nodes)
    if not room:
        raise UserError(
            trn(
                "No machine of the cluster has {count} core, which a run would have here.",
                "No machine of the cluster has {count} cores, which a run would have here.",
                order.threads,
            ),
            tr("Set KT_THREADS to how many threads each run is to take, here as there."),
        )
    workers = order.on.workers or (room if order.on.address else HERE)
    found = ray.cluster_resources().get("GPU", 0.0) if order.accelerated else 0.0
    return workers, min(1.0, int(1000 * found / workers) / 1000)


def _nodes(order: Order) -> list[dict[str, Any]]:
    """Machines on which a run has room."""
    import ray

    return [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= order.threads]


def _check(order: Order) -> None:
    """See that each machine has what runs need. Raises UserError for the first that has not."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    task = ray.remote(num_cpus=0, max_retries=0, num_returns="streaming")(ray_worker.look)
    for node in _nodes(order):
        there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        stream = task.options(scheduling_strategy=there).remote(order.study)
        if not ray.wait([stream], timeout=PATIENCE_S, fetch_local=False)[0]:
            raise UserError(
                tr("{host} does not answer.", host=_host(node)),
                tr("See that no firewall is between, and that RAY_AUTH_MODE and the token are the same on all."),
            )
        try:
            seen = ray.get(next(stream))
        except ray.exceptions.RayError as error:
            raise UserError(
                tr("The program does not run on {host}: {reason}", host=_host(node), reason=_last_line(error)),
                tr("Install the same version of it on every machine of the cluster."),
            ) from error
        accept(seen, _host(node), order)


def ours() -> Seen:
    """What is here."""
    return Seen(__version__, version("torch"), sees_study=True)


def accept(seen: Seen, host: str, order: Order) -> None:
    """Take a machine for what it has. Raises UserError where that is not enough."""
    here = ours()
    if (seen.program, seen.torch) != (here.program, here.torch):
        raise UserError(
            tr(
                "{host} has version {theirs} of the program and torch {torch}; here they are {ours} and {own}.",
                host=host,
                theirs=seen.program,
                torch=seen.torch,
                ours=here.program,
                own=here.torch,
            ),
            tr("Install the same versions on every machine of the cluster."),
        )
    if not seen.sees_study:
        raise UserError(
            tr("{host} cannot write to the folder of the study ({folder}).", host=host, folder=str(order.study)),
            tr("Set KT_HOME to a folder that all machines share under the same name; the data, too, must lie in one."),
        )


def _host(node: dict[str, Any]) -> str:
    return str(node["NodeManagerHostname"])


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _last_line(error: Exception) -> str:
    """Of a traceback from elsewhere: what it was."""
    return str(error).strip().rpartition("\n")[2] or type(error).__name__


# --- runs ------------------------------------------------------------------------------------------------------------


class Bell:
    """An actor that workers ask whether the study was paused or stopped."""

    def __init__(self) -> None:
        self._heed = Heed()

    def ring(self, heed: Heed) -> None:
        """Say so."""
        self._heed = heed

    def heard(self) -> Heed:
        """Tell what was said last."""
        return self._heed


@dataclass
class _Task:
    """A run at work: the stream of what it tells, and how many workers were lost with it."""

    run: Path
    stream: Any
    lost: int = 0


class _Driver:
    def __init__(self, pipe: Connection, order: Order, accelerators: float) -> None:
        import ray

        self._pipe, self._order = pipe, order
        self._bell = ray.remote(num_cpus=0)(Bell).remote()
        needs = {"num_cpus": order.threads, "num_gpus": accelerators}
        self._do = ray.remote(num_returns="streaming", max_retries=0, **needs)(ray_worker.do)
        self._tasks: dict[str, _Task] = {}

    def work(self) -> None:
        """Do what the program says, and tell it what runs tell. Raises EOFError when it has gone."""
        import ray

        while True:
            while self._pipe.poll(0 if self._tasks else None):
                self._take(self._pipe.recv())
            streams = [task.stream for task in self._tasks.values()]
            ray.wait(streams, num_returns=len(streams), timeout=APART_S, fetch_local=False)
            for key in tuple(self._tasks):
                self._pass_on(key)

    def _take(self, word: object) -> None:
        match word:
            case Begin(key=key, run=run):
                self._tasks[key] = _Task(run, self._start(run))
            case Heed():
                self._bell.ring.remote(word)
            case _:
                raise TypeError(type(word).__name__)

    def _start(self, run: Path) -> Any:
        return self._do.remote(self._order, run, self._bell)

    def _pass_on(self, key: str) -> None:
        """Pass on all that a run has told by now; where its worker is lost, begin it again."""
        import ray

        task = self._tasks[key]
        try:
            while key in self._tasks and task.stream.next_ready():
                self._tell(key, ray.get(next(task.stream)))
        except ray.exceptions.RayTaskError as error:  # not of the run, which tells of its own failures
            self._tell(key, Over(_last_line(error)))
        except ray.exceptions.RayError as error:
            self._begin_again(key, task, error)

    def _tell(self, key: str, told: Any) -> None:
        if isinstance(told, Over):
            del self._tasks[key]
        self._pipe.send(Told(key, told))

    def _begin_again(self, key: str, task: _Task, error: Exception) -> None:
        if task.lost == MOST_LOST:
            self._tell(key, Over(tr("Its worker was lost time and again: {reason}", reason=_first_line(error))))
            return
        self._pipe.send(Told(key, _lost(key, error)))
        self._tasks[key] = _Task(task.run, self._start(task.run), task.lost + 1)


def _lost(key: str, error: Exception) -> Noticed:
    return Noticed(
        level="warning",
        message=Message(
            mark("The worker of “{trial}” was lost ({reason}); another goes on from its last checkpoint."),
            {"trial": key, "reason": _first_line(error)},
        ),
    )
