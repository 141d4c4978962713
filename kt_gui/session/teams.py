"""A run on several processes, as the one that does it sees it: how they share a machine, and that they join a phase."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Noticed
from kt_gui.schema.texts import Message, mark, tr

if TYPE_CHECKING:
    from kt_gui.engine.devices import Resolved
    from kt_gui.engine.state import State
    from kt_gui.engine.team import Team
    from kt_gui.engine.trainer import Trainer
    from kt_gui.session.phases import Plan


@dataclass(frozen=True)
class Assignment:
    """What one who joins a phase must know: where the run lies, what is learnt, and where that stands."""

    folder: Path
    plan: "Plan"
    network: str
    classes: tuple[str, ...]
    image_size: int
    resolved: "Resolved"
    state: "State"


def shared_out(resolved: "Resolved", team: "Team | None") -> "Resolved":
    """Say how each process of a team uses the machine that a run would have for itself.

    Raises UserError for a device that they cannot share.
    """
    if team is None:
        return resolved
    import torch

    from kt_gui.engine.devices import count_accelerators

    device = torch.device(resolved.device)
    if device.type == "mps" or ":" in resolved.device:
        raise UserError(
            tr("Several processes cannot share the device “{device}” (training.device).", device=resolved.device),
            tr("Choose cpu, or cuda: each process then takes a device of its own."),
        )
    if device.type == "cuda" and team.local > count_accelerators():
        raise UserError(
            tr(
                "There are {count} CUDA devices for {processes} processes.",
                count=count_accelerators(),
                processes=team.local,
            ),
            tr("Start as many processes as there are devices (--nproc-per-node)."),
        )
    return replace(resolved, threads=max(1, resolved.threads // team.local))


def gather(folder: Path, plan: "Plan", trainer: "Trainer") -> Iterator[Event]:
    """Have the others join a phase, where there are others; they begin where the trainer stands.

    Raises UserError where one of them cannot, Parted.
    """
    task = trainer.task
    team, network = task.team, task.network
    if team.size == 1:
        return
    state = replace(trainer.state(), best={})
    team.share(Assignment(folder, plan, network.name, network.classes, network.view.size, task.resolved, state))
    if is_any_troubled(team, me=False):
        raise UserError(
            tr("One of the {count} processes cannot join the run; it says why.", count=team.size),
            tr("Mend that, then resume the run."),
        )
    yield Noticed(
        level="information",
        message=Message(
            mark("{count} processes learn together, each of its share of every batch."), {"count": team.size}
        ),
    )


def is_any_troubled(team: "Team", *, me: bool) -> bool:
    """Ask all processes whether one of them has met with trouble; all must ask at the same point. Raises Parted."""
    import torch

    troubled = torch.tensor([float(me)])
    team.all_reduce(troubled)
    return bool(troubled.item())
