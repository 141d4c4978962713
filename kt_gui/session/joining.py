"""A run on several processes, as all but the first see it: they join its phases, one after the other, and learn along.

They read the run's folder and its data by themselves, and write nothing.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, TypeVar

from kt_gui.schema.errors import UserError
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr
from kt_gui.session import opening
from kt_gui.session.phases import build_task
from kt_gui.session.teams import Assignment, is_any_troubled
from kt_gui.store import runs
from kt_gui.store.environment import Role
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.team import Team
    from kt_gui.engine.trainer import Trainer

T = TypeVar("T")


def join(team: "Team", home: Home) -> None:
    """Learn along in each phase the first process comes to, until it says that the run is over.

    Raises UserError for what keeps this process from it, Parted.
    """
    from kt_gui.engine.following import follow

    while (work := team.share(None)) is not None:
        try:
            trainer = _begin(work, team, home)
        except Exception:
            is_any_troubled(team, me=True)
            raise
        if not is_any_troubled(team, me=False):
            follow(trainer)


def _begin(work: Assignment, team: "Team", home: Home) -> "Trainer":
    """Make what the first one has: the same task, at the same point."""
    from kt_gui.engine import backbones
    from kt_gui.engine.trainer import Trainer

    if not runs.is_run(work.folder):
        raise UserError(
            tr("The folder of the run cannot be seen from here ({folder}).", folder=str(work.folder)),
            tr("Start all processes on one machine, or give them all a shared folder (KT_HOME)."),
        )
    role: Role = "source" if work.plan.phase == "pretraining" else "target"
    data = _drained(opening.read_dealt(work.folder, role, home, StopToken()))
    network = backbones.create(work.network, work.classes, work.image_size, seed=0)
    trainer = Trainer(_drained(build_task(work.plan, network, data, work.resolved, StopToken(), home, team)))
    trainer.load(work.state)
    return trainer


def _drained(work: Generator[object, None, T]) -> T:
    """Do work to its end; what it tells on the way the first process tells already."""
    while True:
        try:
            next(work)
        except StopIteration as ended:
            found: T = ended.value
            return found
