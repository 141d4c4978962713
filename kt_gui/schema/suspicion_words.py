"""What is said of suspicious labels in words, in the terminal and in the window alike: how many, and who doubts."""

from kt_gui.schema.suspicions import Suspected
from kt_gui.schema.texts import thousands, tr, trn


def how_many(found: Suspected, doubted: int) -> str:
    """Say how many of all labels are doubted, without a full stop."""
    return trn(
        "{count} of {total} labels is probably wrong",
        "{count} of {total} labels are probably wrong",
        doubted,
        total=thousands(len(found.names) + found.settled),
    )


def who(found: Suspected) -> str:
    """Say who doubts."""
    if found.judge == "source":
        return tr("Judged by the network the run started from, which never saw these labels.")
    return tr("Judged by the run's own network, of validation and test pictures only: it started from nothing.")
