"""Where the trials of a study may run beside this program, and whether they can. Loads nothing of it."""

from dataclasses import dataclass
from importlib.util import find_spec

from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr


@dataclass(frozen=True)
class OnRay:
    """On Ray, several at once."""

    address: str = ""
    """HOST:PORT of a cluster that is there; empty starts one on this machine."""
    workers: int = 0
    """How many trials at once; 0 leaves it to the program: two here, as many as there is room for on a cluster."""


def absence() -> UserError | None:
    """Say what is missing to run trials on Ray; None where nothing is."""
    if find_spec("ray") is not None:
        return None
    return UserError(tr("Ray is not installed."), tr('Install it: pip install "kt-gui[ray]"'))
