"""What a survey found, in words: one line of summary, and the lists behind its words."""

from PySide6.QtWidgets import QWidget

from kt_gui.schema.corrections import Tally
from kt_gui.schema.events import Duplicate, Problem, Skipped, Surveyed
from kt_gui.schema.texts import listed, thousands, tr, trn
from kt_gui.widgets.list_dialog import ListDialog
from kt_gui.widgets.splits import part_of


def summary(answer: Surveyed) -> str:
    """Say in one line what was read: `1 204 pictures, 6 classes, 3 skipped`."""
    said = [
        trn("{count} picture", "{count} pictures", answer.pictures),
        say_classes(len(answer.classes), len(answer.all_classes)),
    ]
    if answer.groups:
        said.append(trn("{count} group", "{count} groups", answer.groups))
    if answer.skipped:
        said.append(trn("{count} skipped", "{count} skipped", len(answer.skipped)))
    return listed(said)


def say_tally(found: Tally) -> str:
    """Say what people corrected: `3 left out, 2 moved, 4 added by you`; nothing where they did not."""
    said = [
        trn("{count} left out", "{count} left out", found.excluded) if found.excluded else "",
        trn("{count} moved", "{count} moved", found.moved) if found.moved else "",
        trn("{count} added", "{count} added", found.added) if found.added else "",
    ]
    return tr("{corrections} by you", corrections=listed(said)) if found.total else ""


def say_classes(used: int, there: int) -> str:
    """Say how many classes take part: `10 classes`, `6 of 10 classes`."""
    if used >= there:
        return trn("{count} class", "{count} classes", used)
    return tr("{used} of {count} classes", used=thousands(used), count=thousands(there))


def skipped_dialog(skipped: tuple[Skipped, ...], parent: QWidget) -> ListDialog:
    """The files that are no use, and why."""
    rows = [(each.name, str(each.reason)) for each in skipped]
    return ListDialog(
        tr("Skipped files"),
        tr("These files were left out; nothing else changes."),
        (tr("File"), tr("Why")),
        rows,
        parent,
    )


def duplicates_dialog(duplicates: tuple[Duplicate, ...], parent: QWidget) -> ListDialog:
    """The pictures that stand in two splits."""
    rows = [
        (each.first, tr(part_of(each.first_split).title), each.second, tr(part_of(each.second_split).title))
        for each in duplicates
    ]
    return ListDialog(
        tr("The same picture twice"),
        tr("A picture in training and in the test makes the test too easy. Remove one of the two."),
        (tr("Picture"), tr("Split"), tr("The same as"), tr("Split")),
        rows,
        parent,
    )


def problems_dialog(problems: tuple[Problem, ...], parent: QWidget) -> ListDialog:
    """All that was remarked."""
    rows = [(str(each.message), str(each.remedy)) for each in worst_first(problems)]
    return ListDialog(tr("Remarks"), "", (tr("What"), tr("What to do")), rows, parent)


def worst_first(problems: tuple[Problem, ...]) -> list[Problem]:
    """Put what keeps the data from being learnt before what is only said; of each, one for every button first."""
    mendings = [problem.mending for problem in problems]

    def rank(place: int) -> tuple[bool, bool]:
        mending = mendings[place]
        return not problems[place].blocking, mending is None or mendings.index(mending) < place

    return [problems[place] for place in sorted(range(len(problems)), key=rank)]
