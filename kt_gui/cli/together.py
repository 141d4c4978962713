"""A run that torchrun has started on several processes: the first one tells of it, as a run on one does."""

import argparse
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from kt_gui.cli.following import follow
from kt_gui.cluster import torchrun
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr

if TYPE_CHECKING:
    from kt_gui.engine.team import Team

Begin = Callable[[StopToken, "Team | None"], Iterator[Event]]


def follow_together(begin: Begin, *, json: bool) -> int:
    """Show a run to its end, and let the other processes go then, where there are others."""
    if not torchrun.is_one_of_many():
        return follow(lambda stop: begin(stop, None), json=json)
    with torchrun.team() as team:
        code = follow(lambda stop: begin(stop, team), json=json, insists=False)
        team.tell(None)
    return code


def check_together(asked: argparse.Namespace) -> None:
    """Raise UserError where several processes were started for what one has to do."""
    learns = asked.command == "resume" or (asked.command == "run" and not (asked.print or asked.fields))
    if torchrun.is_one_of_many() and not learns:
        raise UserError(
            tr("Several processes were started for “kt {command}”, which is for one.", command=asked.command),
            tr("torchrun is for kt run and kt resume; call this one by itself."),
        )
