"""A run's report as one HTML page that stands alone: to be read in any browser, light or dark, and sent by mail.

It loads nothing, runs nothing, and says nothing that it was not told: every text is escaped.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape
from html.parser import HTMLParser
from itertools import chain

from kt_gui import __version__
from kt_gui.schema.codec import dump_experiment
from kt_gui.schema.evaluations import Scores
from kt_gui.schema.events import EpochEnded
from kt_gui.schema.quantities import duration, percent
from kt_gui.schema.texts import tr
from kt_gui.schema.verdicts import stands_out
from kt_gui.session import cards, report_charts
from kt_gui.session.story import Story
from kt_gui.store.folders import resources

MATRIX = 40
"""Classes of a confusion matrix that a page has room for."""


def write(story: Story) -> str:
    """Write the page, in the user's language."""
    style = (resources() / "report.css").read_text("utf-8")
    body = "\n".join(part for part in _parts(story) if part)
    return (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(story.record.name)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _parts(story: Story) -> Iterator[str]:
    yield _header(story)
    yield _verdict(story)
    yield from _curves(story)
    yield from _mistakes(story)
    yield _drift(story)
    about = _columns(
        _lines(tr("What it learnt from"), cards.data(story)), _lines(tr("How it learnt"), cards.learning(story))
    )
    yield about
    yield _lines(tr("What it is for, and what not"), cards.limits(story))
    yield _section(tr("The experiment"), f"<pre>{escape(dump_experiment(story.experiment).rstrip())}</pre>")
    yield _lines(tr("Where it comes from"), cards.provenance(story))
    made = tr(
        "Written by Knowledge Transfer {version} on {day}.", version=__version__, day=f"{datetime.now():%Y-%m-%d}"
    )
    yield f"<footer><p>{escape(made)}</p></footer>"


def _header(story: Story) -> str:
    record = story.record
    said = tr(
        "{source} → {target} · {network} · took {time}",
        source=record.source or tr("from scratch"),
        target=record.target,
        network=record.network or story.about.network,
        time=duration(record.seconds),
    )
    return f"<header><h1>{escape(record.name)}</h1><p>{escape(said)}</p></header>"


def _section(title: str, inside: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{inside}</section>" if inside else ""


def _columns(*parts: str) -> str:
    inside = "".join(parts)
    return f'<div class="columns">{inside}</div>' if inside else ""


def _lines(title: str, lines: Iterable[tuple[str, str]]) -> str:
    """A table of what and its value; sentences without a name stand alone."""
    rows = [
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
        if name
        else f'<tr><td colspan="2">{escape(value)}</td></tr>'
        for name, value in lines
        if value
    ]
    return _section(title, f"<table>{''.join(rows)}</table>") if rows else ""


# --- the verdict -----------------------------------------------------------------------------------------------------


def _verdict(story: Story) -> str:
    inside = f'<p class="figure">{escape(cards.opening(story))}</p>'
    if story.evaluated is not None:
        scores = story.evaluated.scores
        inside += report_charts.interval(scores.accuracy, scores.low, scores.high)
        told = stands_out(scores)
        inside += f"<p>{escape(told)}</p>" if told else ""
    return f"<section>{inside}</section>" + _lines(tr("Numbers"), cards.figures(story))


def _curves(story: Story) -> Iterator[str]:
    epochs = list(chain.from_iterable(story.epochs.values()))
    if not epochs:
        return
    titles = (tr("Loss"), tr("Accuracy"))
    drawn = (
        report_charts.curves(titles[0], epochs, _train_loss, _validation_loss, is_share=False),
        report_charts.curves(titles[1], epochs, _train_accuracy, _validation_accuracy, is_share=True),
    )
    names = (("learning", tr("learning")), ("validation", tr("validation")), ("best", tr("best epoch")))
    key = "".join(f'<span class="{kind}">{escape(name)}</span>' for kind, name in names)
    yield _columns(
        *(_section(title, f'<div class="key">{key}</div>{chart}') for title, chart in zip(titles, drawn, strict=True))
    )


def _train_loss(epoch: EpochEnded) -> float | None:
    return epoch.train_loss


def _validation_loss(epoch: EpochEnded) -> float | None:
    return epoch.validation_loss


def _train_accuracy(epoch: EpochEnded) -> float | None:
    return epoch.train_accuracy


def _validation_accuracy(epoch: EpochEnded) -> float | None:
    return epoch.validation_accuracy


def _drift(story: Story) -> str:
    """How far the blocks had moved at the checkpoint, or where that is not known, at the end."""
    epochs = story.epochs.get("finetuning", [])
    if not epochs or not story.is_learnt_here:
        return ""
    known = [epoch for epoch in epochs if epoch.epoch == story.about.epoch] or epochs[-1:]
    title = tr("How far each block moved from the source: ‖θ'−θ‖² / ‖θ‖²")
    return _section(title, report_charts.drifts(title, known[0].drift))


# --- which pictures are taken for what -------------------------------------------------------------------------------


def _mistakes(story: Story) -> Iterator[str]:
    if story.evaluated is None:
        return
    scores = story.evaluated.scores
    if len(scores.classes) <= MATRIX:
        yield _section(tr("What is taken for what: rows are the truth"), _matrix(scores))
    yield _section(tr("Classes"), _classes(scores))


def _matrix(scores: Scores) -> str:
    names = [escape(each.name) for each in scores.classes]
    heading = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = [
        f'<tr><th scope="row">{name}</th>{"".join(_cells(place, row))}</tr>'
        for place, (name, row) in enumerate(zip(names, scores.confusion, strict=True))
    ]
    head = f"<thead><tr><th></th>{heading}</tr></thead>"
    return f'<div class="scroll"><table class="matrix">{head}{"".join(rows)}</table></div>'


def _cells(truth: int, row: tuple[int, ...]) -> Iterator[str]:
    total = sum(row) or 1
    for place, count in enumerate(row):
        kind = "diagonal" if place == truth else "mistake"
        yield f'<td class="{kind}" style="--share: {round(80 * count / total)}">{count or ""}</td>'


def _classes(scores: Scores) -> str:
    first = tr("Class")
    titles = (tr("Precision"), tr("Recall"), "F1", tr("Test pictures"))
    heading = "".join(f'<th class="number">{escape(title)}</th>' for title in titles)
    rows = []
    for each in scores.classes:
        shares = map(percent, (each.precision, each.recall, each.f1))
        numbers = "".join(f'<td class="number">{escape(text)}</td>' for text in (*shares, str(each.support)))
        rows.append(f"<tr><td>{escape(each.name)}</td>{numbers}</tr>")
    head = f"<tr><th>{escape(first)}</th>{heading}</tr>"
    return f'<div class="scroll"><table>{head}{"".join(rows)}</table></div>'


# --- read back -------------------------------------------------------------------------------------------------------


def check(text: str, story: Story) -> int:
    """Make sure that a page that was read back shows what the run found. Gives how many statements were compared."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    shown = set(reader.texts)
    expected = [story.record.name, story.weights, cards.opening(story), *(value for _, value in cards.figures(story))]
    if story.evaluated is not None:
        expected += [each.name for each in story.evaluated.scores.classes]
    missing = [each for each in expected if each and " ".join(each.split()) not in shown]
    if missing or reader.reaches_out:
        raise RuntimeError(f"the report lacks {missing[:3]}, or loads something")
    return len(expected)


class _Reader(HTMLParser):
    """What a page shows, and whether it asks for anything from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.reaches_out = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look for scripts and addresses."""
        addresses = {"src", "href", "srcset", "data", "action"}
        self.reaches_out |= tag in ("script", "link", "iframe") or any(name in addresses for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.texts.append(" ".join(data.split()))
