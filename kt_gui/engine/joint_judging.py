"""Pictures to validate with, judged by a team: each process says what it makes of its share of every batch."""

import torch
from torch import Tensor

from kt_gui.engine import evaluation
from kt_gui.engine.task import Task
from kt_gui.engine.team import Judge


class JointJudge:
    """Judges batch after batch, in their order, on the first process; `answer` is what each of them does."""

    def __init__(self, task: Task) -> None:
        self.at_once = evaluation.most_at_once(task.network) * task.team.size
        """How many pictures all processes judge at a time."""
        self._task = task
        self._batches = evaluation.in_batches(len(task.validation), task.network, self.at_once)
        self._next = 0

    def __call__(self, _indexes: Tensor) -> Tensor:
        """Give the logits of the next batch: float32 [batch, classes], on the device. Raises Parted."""
        number, self._next = self._next, self._next + 1
        self._task.team.tell(Judge(number))
        return self.answer(number)

    @torch.no_grad()
    def answer(self, number: int) -> Tensor:
        """Judge this process's share of a batch, and put it together with what the others make of theirs."""
        task, team = self._task, self._task.team
        if number == 0:
            task.network.module.eval()
            task.validation.expect([team.own(batch) for batch in self._batches if len(team.own(batch))])
        batch = self._batches[number]
        own = team.own(torch.arange(len(batch)))
        logits = torch.zeros(len(batch), len(task.network.classes), device=task.resolved.device)
        if len(own):
            logits[own] = evaluation.look(task.network, task.validation, batch[own], task.resolved)
        team.all_reduce(logits)
        return logits
