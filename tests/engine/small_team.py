"""A team of threads of one process: what its members compute is added up where they meet."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

import torch
from torch import Tensor

from kt_gui.engine.following import follow
from kt_gui.engine.team import Team
from kt_gui.engine.trainer import Task, Trainer
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken

T = TypeVar("T")


class Meeting:
    """Where so many threads meet."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._barrier = threading.Barrier(size, timeout=30)
        self._brought: list[Any] = [None] * size

    def team(self, rank: int) -> Team:
        """Give one thread's place."""
        return Team(
            rank=rank,
            size=self._size,
            local=self._size,
            all_reduce=lambda tensor: self._add_up(rank, tensor),
            share=lambda given: self._all(rank, given)[0],
        )

    def break_up(self) -> None:
        """Nobody waits for anybody any more."""
        self._barrier.abort()

    def _add_up(self, rank: int, tensor: Tensor) -> None:
        assert tensor.is_contiguous()
        every = self._all(rank, tensor.clone())
        tensor.copy_(torch.stack(every).sum(0))

    def _all(self, rank: int, given: Any) -> list[Any]:
        self._brought[rank] = given
        self._barrier.wait()
        every = list(self._brought)
        self._barrier.wait()
        return every


def together(size: int, work: Callable[[Team], T]) -> list[T]:
    """Let every member do its work at once; give what came of it. Raises what the first that failed raised."""
    meeting = Meeting(size)

    def member(rank: int) -> T:
        try:
            return work(meeting.team(rank))
        except BaseException:
            meeting.break_up()
            raise

    with ThreadPoolExecutor(size) as pool:
        done = [pool.submit(member, rank) for rank in range(size)]
        failed = [each.exception() for each in done]
    worst = [error for error in failed if error and not isinstance(error, threading.BrokenBarrierError)]
    if worst:
        raise worst[0]
    return [each.result() for each in done]


def learn_together(size: int, make: Callable[[], Task]) -> tuple[list[Trainer], list[Event]]:
    """Learn a task in a team, as the session does: all begin with the first one's state, and do what it says."""
    told: list[Event] = []
    made = [make() for _ in range(size)]  # one after the other: they draw random weights

    def work(team: Team) -> Trainer:
        trainer = Trainer(replace(made[team.rank], team=team))
        state = team.share(trainer.state())
        if team.rank:
            trainer.load(state)
            follow(trainer)
        else:
            told.extend(trainer.train(StopToken()))
            team.tell(None)
        return trainer

    return together(size, work), told
