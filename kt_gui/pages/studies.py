"""The page of all studies: a list to open, resume and delete, and the study in view."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu, QStackedLayout, QWidget

from kt_gui.bridge import study_asking
from kt_gui.bridge import study_words as words
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.bridge.study_asking import KINDS, Kind
from kt_gui.schema.study_words import TITLES, title
from kt_gui.schema.texts import mark, tr, trn
from kt_gui.store.studies import StudyRecord
from kt_gui.widgets.card_table import CardTable, Column
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.messages import ask, show_failure
from kt_gui.widgets.notices import Reason
from kt_gui.widgets.parts import Card, Heading, danger, page_layout, primary, row, secondary
from kt_gui.widgets.runs_list import MARKS
from kt_gui.widgets.search_line import SearchLine

if TYPE_CHECKING:
    from kt_gui.widgets.studies.ranking_view import RankingView
    from kt_gui.widgets.studies.view import StudyView


@dataclass(frozen=True)
class Listed:
    """A study as the table shows it."""

    record: StudyRecord

    @property
    def name(self) -> str:
        """Unlike all others'."""
        return self.record.id


def _load_views() -> None:
    """Load what shows a study, once the list stands: it need not be waited for when one is opened."""
    import kt_gui.widgets.comparison.overlay
    import kt_gui.widgets.studies.view  # noqa: F401


class StudiesPage(QWidget):
    """The table and what can be done with the chosen study; or the study in view.

    Signals:
        wanted(str): go to another page.
    """

    wanted = Signal(str)

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._told: Failure | None = None
        self.study: StudyView | None = None
        self.ranking: RankingView | None = None
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.heading = Heading(tr("Studies"))
        self.reason, self.why = Reason(), Reason()
        self.begin = primary(tr("New study"))
        self.begin.setMenu(self._kinds())
        self.search = SearchLine(tr("Search studies"))
        self.table = CardTable(tr("Studies"), COLUMNS)
        self.open = secondary(tr("Open"), self._open)
        self.resume = secondary(tr("Resume"), self._resume)
        self.remove = danger(tr("Delete"), self._delete)
        self.empty = Empty(
            "studies",
            tr("No studies yet"),
            tr(
                "A study runs an experiment many times and answers one question: which λ, whether transfer helps, how "
                "much should learn, how many labels it saves. Find λ on the page Transfer begins one."
            ),
            tr("Go to Transfer"),
            partial(self.wanted.emit, "transfer"),
        )

    def _kinds(self) -> QMenu:
        menu = QMenu(self)
        for kind in KINDS:
            menu.addAction(title(study_asking.question(kind))).triggered.connect(partial(self._ask, kind))
        return menu

    def _lay_out(self) -> None:
        listed = QWidget()
        layout = page_layout(listed)
        for part in (self.reason, self.begin):
            self.heading.buttons.addWidget(part)
        self.reason.setMaximumWidth(420)
        layout.addWidget(self.heading)
        inside = Card()
        inside.body.addLayout(row(self.search, None, self.why, self.open, self.resume, self.remove))
        inside.body.addSpacing(4)
        inside.body.addWidget(self.table, 1)
        full = QWidget()
        self.stack = QStackedLayout(full)
        self.stack.setContentsMargins(0, 0, 0, 0)
        self.stack.addWidget(inside)
        self.stack.addWidget(self.empty)
        layout.addWidget(full, 1)
        self.views = QStackedLayout(self)
        self.views.setContentsMargins(0, 0, 0, 0)
        self.views.addWidget(listed)

    def _connect(self) -> None:
        models = self._models
        self.search.textChanged.connect(self.table.search)
        self.table.selectionModel().selectionChanged.connect(self._show_chosen)
        self.table.opened.connect(self._open)
        models.studies.listed.connect(self._show)
        for signal in (models.experiment.edited, models.target_data.changed, models.source_data.changed):
            signal.connect(self._show_begin)
        models.run.changed.connect(self._show_chosen)
        for signal in (models.study.changed, models.ranking.changed):
            signal.connect(self._show_view)
        self._show_view()
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Look again: another window or the terminal may have run something."""
        super().showEvent(event)
        self._models.studies.refresh()
        QTimer.singleShot(0, self, _load_views)

    @property
    def chosen(self) -> StudyRecord | None:
        """The study that is selected."""
        name = self.table.chosen_name
        return next((each for each in self._models.studies.records if each.id == name), None)

    # --- showing -------------------------------------------------------------------------------------------------

    @Slot()
    def _show_view(self) -> None:
        """Show the ranking or the study in view, while there is one; else the list."""
        if self._models.ranking.is_open:
            self.views.setCurrentWidget(self._ranking_view())
        elif self._models.study.state != "idle" or self._models.study.is_busy:
            self.views.setCurrentWidget(self._study_view())
        else:
            self.views.setCurrentIndex(0)
        self._show_begin()

    def _study_view(self) -> "StudyView":
        """Make it when it is first wanted."""
        if self.study is None:
            from kt_gui.widgets.studies.view import StudyView

            self.study = StudyView(self._models)
            self.study.wanted.connect(self.wanted)
            self.views.addWidget(self.study)
        return self.study

    def _ranking_view(self) -> "RankingView":
        """Make it when it is first wanted."""
        if self.ranking is None:
            from kt_gui.widgets.studies.ranking_view import RankingView

            self.ranking = RankingView(self._models)
            self.ranking.wanted.connect(self.wanted)
            self.views.addWidget(self.ranking)
        return self.ranking

    @Slot()
    def _show(self) -> None:
        records = self._models.studies.records
        self.heading.write(tr("Studies"), trn("{count} study", "{count} studies", len(records)) if records else "")
        self.stack.setCurrentIndex(0 if records else 1)
        self.table.show_cards([Listed(each) for each in records])
        self._show_chosen()
        failure = self._models.studies.failure
        if failure is not None and failure is not self._told:
            show_failure(failure, parent=self.window())
        self._told = failure

    @Slot()
    def _show_chosen(self) -> None:
        record = self.chosen
        is_at_work = record is not None and record.state == "running"
        hindrance = "" if record is not None else tr("Choose a study first.")
        if is_at_work:
            hindrance = tr("The study is at work in another window or terminal.")
        is_over = record is not None and record.state == "finished"
        for made, why in (
            (self.open, hindrance),
            (self.remove, hindrance),
            (self.resume, hindrance or (tr("It is finished.") if is_over else self._models.at_work())),
        ):
            made.setEnabled(not why)
            made.setToolTip(why)
        self.why.explain([hindrance] if hindrance else [])

    @Slot()
    def _show_begin(self) -> None:
        hindrance = study_asking.hindrance(self._models)
        self.begin.setEnabled(not hindrance)
        self.begin.setToolTip(hindrance)
        self.reason.explain([hindrance] if hindrance and self._models.experiment.is_open else [])

    # --- doing ---------------------------------------------------------------------------------------------------

    def _ask(self, kind: Kind) -> None:
        study_asking.prepare(self._models, kind)

    def _open(self) -> None:
        if (record := self.chosen) is not None and self.open.isEnabled():
            self._models.study.replay(record)

    def _resume(self) -> None:
        if (record := self.chosen) is not None:
            self._models.study.resume(record)

    def _delete(self) -> None:
        record = self.chosen
        if record is None:
            return
        ask(
            tr("Delete the study “{name}”?", name=record.name),
            tr("Its folder with all of its runs is deleted. This cannot be undone."),
            (tr("Delete"), partial(self._models.studies.delete, record)),
            tr("Keep it"),
            self.window(),
            is_danger=True,
        )


def _kind(listed: Listed) -> str:
    return tr(TITLES[listed.record.kind])


def _when(listed: Listed) -> str:
    began = listed.record.started
    return datetime.fromtimestamp(began).strftime("%Y-%m-%d %H:%M") if began else "–"


def _says(listed: Listed) -> str:
    verdict = listed.record.verdict
    return words.sentence(verdict) if verdict is not None else "–"


_STATES = {
    "running": mark("running"),
    "finished": mark("finished"),
    "stopped": mark("stopped"),
    "interrupted": mark("interrupted"),
}
COLUMNS = (
    Column(mark("Name"), lambda each: each.record.name, lambda each: each.record.name.casefold(), 150),
    Column(mark("Study"), _kind, _kind, 188),
    Column(mark("What it says"), _says, _says),
    Column(
        mark("State"),
        lambda each: tr(_STATES[each.record.state]),
        lambda each: each.record.state,
        124,
        lambda each: MARKS[each.record.state],
    ),
    Column(mark("Started"), _when, lambda each: each.record.started, 136),
)
