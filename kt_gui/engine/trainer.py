"""The only training loop: pretraining, fine-tuning and learning from scratch are this one, with other choices.

A Trainer is made for one phase. `train` learns and tells, `state` and `load` carry it over a stop to the same end, bit
for bit on a CPU: what it computes depends on its task and its position alone, never on when it reported.
"""

import math
import time
from collections.abc import Generator, Iterator, Mapping

import msgspec
import torch
from torch import Tensor, nn

from kt_gui.engine import devices, freezing, regularisers
from kt_gui.engine.accumulation import Accumulation
from kt_gui.engine.divergence import ran_away
from kt_gui.engine.evaluation import Evaluation, evaluate
from kt_gui.engine.feed import Feed
from kt_gui.engine.freezing import learning_blocks
from kt_gui.engine.joint_judging import JointJudge
from kt_gui.engine.joint_steps import JointSteps
from kt_gui.engine.loading import Portion
from kt_gui.engine.optimisation import (
    build_optimiser,
    learning_rate_factor,
    set_learning_rates,
    update,
)
from kt_gui.engine.reuse import Judge, Reuse
from kt_gui.engine.scaling import keep_scale, restore_scale_, scaler_for
from kt_gui.engine.state import State, keep, keep_all, keep_optimiser, restore_optimiser_
from kt_gui.engine.task import Task, announce, build_penalty, check_pictures, copy_anchors, last_change
from kt_gui.engine.team import Enter, Step, check_shares
from kt_gui.schema.events import EpochEnded, Event, Noticed, StepEnded
from kt_gui.schema.stop import Stopped, StopToken

__all__ = ["State", "Task", "Trainer"]

REPORT_S = 0.05  # reading a value waits for the device: no more than twenty times a second


class Position(msgspec.Struct, kw_only=True):
    """Where training stands, in plain numbers."""

    epoch: int = 0
    step: int = 0
    """Steps done in this epoch; all of them while it is validated."""
    seconds: float = 0.0
    """Spent learning in this epoch, pauses left out."""
    best_epoch: int | None = None
    best_correct: int = 0
    best_loss: float = 0.0


class Trainer:
    """Learns one task, and keeps the weights of its best epoch.

    The best epoch has the highest validation accuracy, among equals the lowest validation loss. `best` holds its
    weights and buffers in main memory; it is empty, and `best_epoch` None, until an epoch has ended.
    """

    def __init__(self, task: Task) -> None:
        check_pictures(task)
        task.resolved.place(task.network.module)
        self.task = task
        self.best: dict[str, Tensor] = {}
        self._at = Position()
        self.steps_per_epoch = math.ceil(len(task.train) / task.training.batch_size)
        check_shares(task.team, len(task.train) // self.steps_per_epoch)
        self._batches: tuple[Tensor, ...] = ()
        self._optimiser = build_optimiser(task.network, task.training, spare_head=task.has_own_head)
        self._scaler = scaler_for(task.resolved)
        self._accumulation = (Accumulation if task.team.size == 1 else JointSteps)(task, self._scaler)
        self._anchors = copy_anchors(task)
        self._anchor_sizes: dict[str, float] = {}
        self._penalty = build_penalty(task, self._anchors)
        self._reuse = Reuse(task)
        self._feed = Feed(task, self._reuse)
        self._sums = _zeros(task)
        self._latest = _zeros(task)
        self._reported = -math.inf
        self._is_announced = False

    @property
    def best_epoch(self) -> int | None:
        """The epoch, from 0, whose weights `best` holds."""
        return self._at.best_epoch

    @property
    def parts(self) -> int:
        """In how many parts each batch is taken: more than asked for, where memory ran out."""
        return self._accumulation.parts

    @property
    def anchors(self) -> Mapping[str, Tensor]:
        """The source's weights that the network is held against, on its device; empty without a source."""
        return self._anchors

    @property
    def learner(self) -> nn.Module:
        """What learns in the epoch that was entered: the network, or what lies behind the activations that are kept."""
        return self._reuse.rest if self._reuse.is_on else self.task.network.module

    @property
    def judge(self) -> Judge | None:
        """How validation pictures are judged where what frozen blocks make of them is at hand, else None."""
        return self._reuse.validation

    # --- learning ------------------------------------------------------------------------------------------------

    def train(self, stop: StopToken) -> Iterator[Event]:
        """Learn until the last epoch, or until nothing has got better for as long as patience lasts.

        Ends early, without a word, when asked to stop; `state` then holds the very position. After `load` it goes on
        from there, and does not announce the phase again.

        Raises UserError when the loss or the weights are no numbers any more.
        """
        devices.prepare(self.task.resolved)
        if not self._is_announced:
            self._is_announced = True
            yield announce(self.task, self.steps_per_epoch)
        while not self._is_over():
            self.enter_epoch(self._at.epoch, self._at.step)
            try:
                yield from self.prepare(stop)
            except Stopped:
                return
            self.task.team.tell(Enter(self._at.epoch, self._at.step))
            yield from self._learn(stop)
            begun = time.monotonic()
            validation = self._validate(stop)
            if validation is None:
                return
            yield self._close_epoch(validation, time.monotonic() - begun)

    def _is_over(self) -> bool:
        at, training = self._at, self.task.training
        if at.epoch >= training.epochs:
            return True
        since = max(at.best_epoch or 0, last_change(self.task))  # what is yet to be unfrozen gets its chance
        return training.patience is not None and at.epoch - 1 - since >= training.patience

    def _learn(self, stop: StopToken) -> Iterator[Event]:
        """Take the epoch's remaining steps."""
        self.expect()
        try:
            yield from self._take_steps(stop)
        finally:
            self.task.train.expect(())
        self._check_numbers()

    def _take_steps(self, stop: StopToken) -> Iterator[Event]:
        at = self._at
        while at.step < self.steps_per_epoch and not stop.requested():
            begun = time.monotonic()
            self.step()
            at.seconds += time.monotonic() - begun
            yield from self._take_notices()
            if begun - self._reported >= REPORT_S:
                yield self._tell_step()

    def enter_epoch(self, epoch: int, step: int = 0) -> None:
        """Freeze what this epoch freezes, and order its pictures anew; `step` of its steps are done."""
        task, at = self.task, self._at
        at.epoch, at.step = epoch, step
        freezing.apply(task.network, task.freezing, epoch, task.batch_norm)
        chance = torch.Generator().manual_seed(devices.derive(task.seed, task.phase, epoch))
        order = torch.randperm(len(task.train), generator=chance)
        # Batches differ by one picture at most: a last batch of one would have no statistics to normalise by.
        self._batches = order.tensor_split(self.steps_per_epoch)

    def prepare(self, stop: StopToken) -> Generator[Event, None, None]:
        """Compute, or look up, what frozen blocks make of the pictures, for the epoch that was entered and those after
        it that freeze the same. Raises Stopped, UserError.
        """
        devices.prepare(self.task.resolved)
        yield from self._reuse.enter(self._at.epoch, stop)
        devices.use_threads(self._reuse.threads)

    def expect(self) -> None:
        """Have the pictures of the epoch's remaining steps fetched before they are asked for."""
        if self._reuse.is_on:
            return
        batches, steps = self._batches[self._at.step :], self._accumulation
        if isinstance(steps, JointSteps) and not self._feed.mixes:
            batches = tuple(batch[steps.deal(len(batch)).places] for batch in batches)
        self.task.train.expect(batches)

    def step(self, factor: float | None = None) -> None:
        """Learn from the epoch's next batch, at this share of the learning rate, else at the schedule's.

        Chance comes from the position: to go on, no state of it is needed.
        """
        task, at, indexes = self.task, self._at, self._batches[self._at.step]
        task.team.tell(Step())
        seed = devices.derive(task.seed, task.phase, at.epoch, at.step)
        self._latest = self._gradients(indexes, seed).to(self._sums)
        set_learning_rates(self._optimiser, self._factor(at.step) if factor is None else factor)
        update(self._optimiser, self._penalty, clip=task.training.clip, scaler=self._scaler)
        self._sums += self._latest
        at.step += 1

    def latest_loss(self) -> float:
        """The mean loss of the last step's batch. Waits for the device."""
        return self._latest[0].item() / len(self._batches[self._at.step - 1])

    def _gradients(self, indexes: Tensor, seed: int) -> Tensor:
        """Compute a batch's gradients, in a team of this process's share; give the loss and right answers of all."""
        steps = self._accumulation
        if isinstance(steps, JointSteps):
            dealt = steps.deal(len(indexes))
            return steps.gradients(self.learner, *self._feed.own(indexes, self._at.epoch, seed, dealt), seed, dealt)
        return steps.gradients(self.learner, *self._feed.batch(indexes, self._at.epoch, seed), seed)

    def _factor(self, step: int) -> float:
        """The schedule's share of the learning rate at a step of this epoch, from 0."""
        training = self.task.training
        return learning_rate_factor(training.schedule, self._at.epoch + step / self.steps_per_epoch, training.epochs)

    def _validate(self, stop: StopToken) -> Evaluation | None:
        """Judge the epoch on pictures it has not learnt from; None when stopped before or meanwhile."""
        if self._at.step < self.steps_per_epoch:
            return None
        try:
            return self._evaluate(self.task.validation, self.judge, stop)
        except Stopped:
            return None

    def _close_epoch(self, validation: Evaluation, seconds: float) -> EpochEnded:
        """Keep what is best, tell of the epoch and move on to the next."""
        if not math.isfinite(validation.loss):
            raise ran_away(self.task, self._at.epoch, self._at.step)
        is_best = self._keep_if_better(validation)
        ended = self._tell_epoch(validation, seconds, is_best=is_best)
        self._at.epoch, self._at.step, self._at.seconds = self._at.epoch + 1, 0, 0.0
        self._sums = _zeros(self.task)
        return ended

    def _keep_if_better(self, validation: Evaluation) -> bool:
        at = self._at
        is_better = (validation.correct, -validation.loss) > (at.best_correct, -at.best_loss)
        if at.best_epoch is not None and not is_better:
            return False
        at.best_epoch, at.best_correct, at.best_loss = at.epoch, validation.correct, validation.loss
        self.best = self._keep_moved()
        return True

    def _keep_moved(self) -> dict[str, Tensor]:
        """Copy weights and buffers; of blocks that never learnt, the copies of the best epoch before are right."""
        learning = learning_blocks(self.task.network, self.task.freezing, self._at.epoch)
        state = self.task.network.module.state_dict()
        still = {name for name in self.best if self.task.network.owner[name] not in learning}
        return {name: self.best[name] if name in still else keep(tensor) for name, tensor in state.items()}

    def test(self, portion: Portion, stop: StopToken) -> Generator[Event, None, Evaluation]:
        """Judge other pictures by the weights of now, reusing what frozen blocks compute. Raises Stopped, UserError."""
        devices.prepare(self.task.resolved)
        judge = yield from self._reuse.judge(portion, stop)
        return self._evaluate(portion, judge, stop)

    def _evaluate(self, portion: Portion, judge: Judge | None, stop: StopToken) -> Evaluation:
        at_once = self._reuse.judged_at_once if judge is not None else None
        if judge is None and portion is self.task.validation and self.task.team.size > 1:
            judge = together = JointJudge(self.task)
            at_once = together.at_once
        return evaluate(self.task.network, portion, self.task.resolved, stop, judge, at_once)

    # --- stopping and going on -----------------------------------------------------------------------------------

    def state(self) -> State:
        """Copy everything to go on from into main memory. Call it on the thread that trains, between two events."""
        loss, correct = self._sums.tolist()
        return State(
            model=keep_all(self.task.network.module.state_dict()),
            best=dict(self.best),
            anchor=keep_all(self._anchors),
            optimiser=keep_optimiser(self._optimiser),
            progress={
                **msgspec.structs.asdict(self._at),
                "loss_sum": loss,
                "correct": correct,
                "parts": self.parts,
                **keep_scale(self._scaler),
            },
        )

    def load(self, state: State) -> None:
        """Go on from a state of the same task, on whatever network object."""
        numbers = state.progress
        self.task.network.module.load_state_dict(state.model)
        for name, anchor in self._anchors.items():
            anchor.copy_(state.anchor[name])
        self._anchor_sizes.clear()
        restore_optimiser_(self._optimiser, state.optimiser)
        self.best = dict(state.best)
        self._at = msgspec.convert({field: numbers[field] for field in Position.__struct_fields__}, Position)
        self._accumulation.parts = int(numbers.get("parts") or self.parts)  # an older run has none
        self._sums.copy_(torch.tensor([numbers["loss_sum"], numbers["correct"]], dtype=torch.float64))
        restore_scale_(self._scaler, numbers)
        self._is_announced = True

    # --- telling -------------------------------------------------------------------------------------------------

    def _take_notices(self) -> list[Noticed]:
        notices, self._accumulation.notices = self._accumulation.notices, []
        return notices

    def _tell_step(self) -> StepEnded:
        task, at = self.task, self._at
        pictures = len(self._batches[at.step - 1])
        begun = time.monotonic()
        loss, correct = self._latest.tolist()
        at.seconds += time.monotonic() - begun  # a device that computes on is waited for here, not in the step
        if not math.isfinite(loss):
            raise ran_away(self.task, self._at.epoch, self._at.step)
        self._reported = time.monotonic()
        return StepEnded(
            phase=task.phase,
            epoch=at.epoch,
            step=at.step,
            steps=self.steps_per_epoch,
            loss=loss / pictures,
            accuracy=correct / pictures,
            learning_rate=self._learning_rate(),
            samples_per_s=self._speed(at.step / self.steps_per_epoch),
            memory=devices.memory_in_use(task.resolved.device),
        )

    def _tell_epoch(self, validation: Evaluation, seconds: float, *, is_best: bool) -> EpochEnded:
        task, at = self.task, self._at
        loss, correct = self._sums.tolist()
        learning = freezing.learning_blocks(task.network, task.freezing, at.epoch)
        best_epoch = at.epoch if at.best_epoch is None else at.best_epoch
        self._anchor_sizes = self._anchor_sizes or regularisers.sizes(self._anchors)
        return EpochEnded(
            phase=task.phase,
            epoch=at.epoch,
            train_loss=loss / len(task.train),
            train_accuracy=correct / len(task.train),
            penalty=self._penalty.value(),
            validation_loss=validation.loss,
            validation_accuracy=validation.accuracy,
            learning_rate=self._learning_rate(),
            trainable_blocks=learning,
            drift=regularisers.drift(
                task.network, self._anchors, learning, known=self._anchor_sizes, spares_frozen=True
            ),
            best=is_best,
            best_epoch=best_epoch,
            plateau=at.epoch - best_epoch,
            seconds=at.seconds + seconds,
            samples_per_s=self._speed(1.0),
            memory=devices.memory_in_use(task.resolved.device),
        )

    def _learning_rate(self) -> float:
        """The backbone's topmost learning rate, as the last step used it."""
        return self.task.training.optimiser.learning_rate * self._factor(self._at.step - 1)

    def _speed(self, share: float) -> float:
        return share * len(self.task.train) / max(self._at.seconds, 1e-9)

    def _check_numbers(self) -> None:
        learning = [weight.detach() for weight in self.task.network.module.parameters() if weight.requires_grad]
        weights = torch._foreach_norm(learning)
        if not torch.stack([self._sums[0], *(norm.to(self._sums) for norm in weights)]).isfinite().all():
            raise ran_away(self.task, self._at.epoch, self._at.step)


def _zeros(task: Task) -> Tensor:
    """Sums of an epoch: its loss, its right answers. Double where the device knows it."""
    device = torch.device(task.resolved.device)
    return torch.zeros(2, dtype=torch.float32 if device.type == "mps" else torch.float64, device=device)
