"""Candidates for a source, a row each: every score, time, and how runs from it have ended."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from kt_gui.schema import ranking_words as words
from kt_gui.schema.quantities import duration, number, percent
from kt_gui.schema.rankings import Score, Standing
from kt_gui.schema.texts import mark, tr
from kt_gui.widgets.card_table import CardTable, Column

NOTHING = "–"
SHARES = ("probe", "knn")
"""Scores that are shares of 1."""


@dataclass(frozen=True)
class Ranking:
    """A candidate and its place."""

    place: int
    standing: Standing
    is_best: bool

    @property
    def name(self) -> str:
        """Unlike all others'."""
        return str(self.place)

    @property
    def sign(self) -> tuple[str, str]:
        """The best, one that is not to be believed, one without scores."""
        if self.standing.state != "ranked":
            return ("download", "muted") if self.standing.state == "download" else ("error", "bad")
        if self.is_best:
            return "check", "good"
        return ("warning", "warning") if any(words.reservations(self.standing)) else ("", "")


class RankingTable(CardTable):
    """The table; sorted by the linear probe until a person sorts it otherwise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Candidates"), _COLUMNS, parent)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # random weights differ at the end of their names


def _number(score: Score) -> Callable[[Ranking], float]:
    def find(each: Ranking) -> float:
        found = getattr(each.standing.scores, score, None)
        return float("-inf") if found is None else found

    return find


def _text(score: Score) -> Callable[[Ranking], str]:
    def write(each: Ranking) -> str:
        found = getattr(each.standing.scores, score, None)
        if found is None:
            return NOTHING
        return percent(found) if score in SHARES else number(round(found, 3) + 0.0).replace("-", "−")

    return write


def _probe(each: Ranking) -> str:
    scores = each.standing.scores
    if scores is None:
        return NOTHING
    return f"{percent(scores.probe)} ({100 * scores.low:.0f}–{100 * scores.high:.0f})"


def _outcome(each: Ranking) -> str:
    outcome = each.standing.outcome
    return percent(outcome.accuracy) if outcome is not None else NOTHING


def _ended(each: Ranking) -> float:
    outcome = each.standing.outcome
    return outcome.accuracy if outcome is not None else -1.0


def _score(score: Score, width: int) -> Column:
    return Column(words.TITLES[score], _text(score), _number(score), width, None, True)


_COLUMNS = (
    Column(mark("Source"), lambda each: each.standing.name, lambda each: each.standing.name, 0, lambda each: each.sign),
    Column(words.TITLES["probe"], _probe, _number("probe"), 132, None, True),
    _score("knn", 68),
    _score("log_me", 72),
    _score("h_score", 72),
    _score("leep", 68),
    _score("nce", 68),
    _score("trans_rate", 88),
    _score("gbc", 68),
    Column(mark("Its runs"), _outcome, _ended, 76, None, True),
    Column(
        mark("Time"),
        lambda each: duration(each.standing.seconds) if each.standing.scores is not None else NOTHING,
        lambda each: each.standing.seconds,
        60,
        None,
        True,
    ),
)
