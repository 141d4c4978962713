"""Where the events of a run go: lines of JSON, plain lines, or a progress bar on a terminal."""

import sys
from typing import TYPE_CHECKING, Protocol

from kt_gui.cli import telling
from kt_gui.schema.codec import encode_event
from kt_gui.schema.events import EpochEnded, Event, PhaseStarted, Progressed, RunEnded, StepEnded
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import tr

if TYPE_CHECKING:
    from rich.progress import TaskID

LINES_APART_S = 1.0
"""Plain lines of epochs do not come more often."""


class Screen(Protocol):
    """Shows events as they come."""

    def show(self, event: Event) -> None:
        """Show one."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def choose(*, json: bool) -> Screen:
    """Choose what suits the one who looks on."""
    if json:
        return JsonLines()
    return Bar() if sys.stdout.isatty() else Lines()


def write(text: str) -> None:
    """Write a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class JsonLines:
    """For programs: every event, and nothing else."""

    def show(self, event: Event) -> None:
        """Write it as one line."""
        sys.stdout.write(encode_event(event).decode() + "\n")
        sys.stdout.flush()

    def close(self) -> None:
        """Nothing to leave."""


class Lines:
    """For a file or a pipe: plain lines, of epochs at most one a second and the best."""

    def __init__(self) -> None:
        self._last = 0.0
        self._activity = ""

    def show(self, event: Event) -> None:
        """Write a line where it is worth one."""
        match event:
            case RunEnded():
                write("\n".join(telling.summary(event)))
            case Progressed():
                self._name(event)
            case EpochEnded() if event.at - self._last < LINES_APART_S:
                return
            case _:
                self._tell(event)

    def _name(self, event: Progressed) -> None:
        """Name an activity once."""
        name = telling.activity_name(event)
        if name != self._activity:
            self._activity = name
            write(name)

    def _tell(self, event: Event) -> None:
        text = telling.line(event)
        if text is not None:
            self._last = event.at
            write(text)

    def close(self) -> None:
        """Nothing to leave."""


class Bar:
    """For a terminal: a progress bar that names what goes on, above it what is worth keeping."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            transient=True,
        )
        self._progress.start()
        self._task: TaskID | None = None
        self._name = ""

    def show(self, event: Event) -> None:
        """Move the bar, or write a line above it."""
        match event:
            case Progressed(done=done, total=total):
                self._move(telling.activity_name(event), done, total or None, "")
            case PhaseStarted():
                self._say(telling.line(event))
                self._move(telling.phase_name(event.phase), 0, event.epochs, "")
                self._epochs = event.epochs
            case StepEnded(phase=phase, epoch=epoch, step=step, steps=steps):
                self._move(telling.phase_name(phase), epoch + step / steps, None, _figures(event))
            case EpochEnded(phase=phase, epoch=epoch):
                self._move(telling.phase_name(phase), epoch + 1, None, _validated(event))
            case RunEnded():
                self._progress.stop()
                write("\n".join(telling.summary(event)))
            case _:
                self._say(telling.line(event))

    def _say(self, text: str | None) -> None:
        if text is not None:
            self._progress.console.print(text, markup=False, highlight=False)

    def _move(self, name: str, done: float, total: float | None, figures: str) -> None:
        """Move the bar; a new name begins a new one."""
        if name != self._name or self._task is None:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._name, self._task = name, self._progress.add_task(name, total=total, figures=figures)
        if total is None:
            self._progress.update(self._task, completed=done, figures=figures)
        else:
            self._progress.update(self._task, completed=done, total=total, figures=figures)

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()


def _figures(event: StepEnded) -> str:
    loss = "–" if event.loss is None else f"{event.loss:.3f}"
    return tr("epoch {epoch}, loss {loss}", epoch=event.epoch + 1, loss=loss)


def _validated(event: EpochEnded) -> str:
    accuracy = percent(event.validation_accuracy)
    return tr("epoch {epoch}, validation {accuracy}", epoch=event.epoch + 1, accuracy=accuracy)
