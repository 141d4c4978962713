"""The strip under a run's title: its verdict, why it failed and what to do, or what a person should know."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.run_model import RunModel
from kt_gui.schema.events import Noticed
from kt_gui.schema.texts import tr, trn
from kt_gui.widgets import run_words
from kt_gui.widgets.list_dialog import ListDialog
from kt_gui.widgets.messages import show_failure
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import clear, fill, link, primary, secondary
from kt_gui.widgets.theme import GRID

Deed = tuple[str, Callable[[], object]]


class RunNotices(QWidget):
    """One strip at most: how the run ended, or the last thing it wanted to be known."""

    def __init__(self, run: RunModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._shown: tuple[object, ...] = ()
        self._hidden = 0
        self.strip: Notice | None = None
        self._layout = QVBoxLayout(self)
        fill(self._layout, (), GRID)

    def show_run(self, deeds: Sequence[Deed]) -> None:
        """Show how things stand; deeds are what one can do about a failure or an interruption."""
        run = self._run
        key = (run.state, run.failure, run.result, len(run.notices), self._hidden, tuple(text for text, _ in deeds))
        if key == self._shown:
            return
        self._shown = key
        self._hidden = min(self._hidden, len(run.notices))
        clear(self._layout)
        self.strip = self._end(deeds) or self._latest()
        if self.strip is not None:
            self._layout.addWidget(self.strip)
        self.setVisible(self.strip is not None)

    def _end(self, deeds: Sequence[Deed]) -> Notice | None:
        strip = self._ended(deeds)
        if strip is not None and self._run.notices:
            count = len(self._run.notices)
            strip.buttons.insertWidget(0, link(trn("{count} notice", "{count} notices", count), self._show_all))
        return strip

    def _ended(self, deeds: Sequence[Deed]) -> Notice | None:
        run = self._run
        if run.state == "failed" and run.failure is not None:
            return self._failure(run.failure, deeds)
        if run.state == "interrupted":
            strip = Notice("warning", tr("The run was interrupted. Everything up to its last checkpoint is kept."))
            return _with_deeds(strip, deeds)
        if run.state in ("finished", "stopped") and run.result is not None:
            return Notice("good", run_words.verdict(run.result), run_words.source_verdict(run.result))
        return None

    def _failure(self, failure: Failure, deeds: Sequence[Deed]) -> Notice:
        strip = Notice("error", failure.message, failure.remedy)
        if failure.report and failure.report != failure.message:
            strip.buttons.addWidget(link(tr("Details"), lambda: show_failure(failure, parent=self.window())))
        return _with_deeds(strip, deeds)

    def _latest(self) -> Notice | None:
        """The last warning, else the last notice, unless it was hidden."""
        new = self._run.notices[self._hidden :]
        warnings = [each for each in new if each.level == "warning"]
        return self._notice((warnings or new)[-1], len(self._run.notices)) if new else None

    def _notice(self, notice: Noticed, count: int) -> Notice:
        strip = Notice(notice.level, str(notice.message), str(notice.remedy) if notice.remedy else "")
        if count > 1 or notice.details:
            strip.buttons.addWidget(link(tr("Show all"), self._show_all))
        strip.buttons.addWidget(link(tr("Hide"), self._hide))
        return strip

    def _hide(self) -> None:
        self._hidden = len(self._run.notices)
        self.hide()

    def _show_all(self) -> None:
        rows = [
            (str(each.message), str(each.remedy) if each.remedy else "", "\n".join(each.details))
            for each in self._run.notices
        ]
        titles = (tr("What"), tr("What to do"), tr("Which"))
        ListDialog(tr("Notices"), tr("What this run wants to be known."), titles, rows, self.window()).open()


def _with_deeds(strip: Notice, deeds: Sequence[Deed]) -> Notice:
    for place, (text, deed) in enumerate(reversed(deeds), 1):
        strip.buttons.addWidget(primary(text, deed) if place == len(deeds) else secondary(text, deed))
    return strip
