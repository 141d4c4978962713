"""What is said of labels that may be wrong, in sentences: the same in the terminal and the window."""

from kt_gui.schema.quantities import percent
from kt_gui.schema.suspicions import Suspected, agreement
from kt_gui.schema.texts import prose, thousands, tr, trn

TRUSTED = 0.8
"""A judge that takes fewer of the pictures for what their labels say is wrong itself too often to be believed."""


def headline(found: Suspected, waiting: int) -> str:
    """Say how many labels wait to be decided on; of a weak judge, that it is only what they look like to it."""
    total = thousands(len(found.names) + found.settled)
    if _is_weak(found):
        return trn(
            "{count} of {total} labels looks wrong to a weak judge",
            "{count} of {total} labels look wrong to a weak judge",
            waiting,
            total=total,
        )
    return trn(
        "{count} of {total} labels is probably wrong",
        "{count} of {total} labels are probably wrong",
        waiting,
        total=total,
    )


def judge(found: Suspected) -> str:
    """Say who doubts, and how far that can be believed."""
    who = (
        tr("Judged by the network the run started from, which never saw these labels.")
        if found.judge == "source"
        else tr("Judged by the run's own network, of validation and test pictures only: it started from nothing.")
    )
    if not _is_weak(found):
        return who
    share = percent(agreement(found), 0)
    doubt = tr("It agrees with only {share} of all labels: many of its doubts are its own mistakes.", share=share)
    return prose((who, doubt))


def _is_weak(found: Suspected) -> bool:
    return bool(found.names) and agreement(found) < TRUSTED
