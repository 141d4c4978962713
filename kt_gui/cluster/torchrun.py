"""One run on many processes, as torchrun starts them: `torchrun --nproc-per-node N -m kt_gui run FILE`.

It opens the lines between them: gloo for what lies in main memory, NCCL between CUDA devices. The first process does
the run, reads and writes and tells; the others learn along (`kt_gui.session.joining`). Any launcher that sets RANK,
WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT will do.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kt_gui.schema.texts import tr
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from torch import Tensor

    from kt_gui.engine.team import Parted, Team

SAID_BY_ALL = ("RANK", "WORLD_SIZE", "MASTER_ADDR")
PATIENCE = timedelta(days=30)
"""How long one waits for the others: a run may be paused. One that has died is noticed at once."""


def is_one_of_many() -> bool:
    """Whether this process was started with others, to do one run together."""
    return all(name in os.environ for name in SAID_BY_ALL) and _said("WORLD_SIZE", 1) > 1


def is_first() -> bool:
    """Whether this is the one that does the run and tells of it."""
    return not is_one_of_many() or _said("RANK", 0) == 0


def _said(name: str, otherwise: int) -> int:
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() else otherwise


@contextmanager
def team() -> Iterator["Team"]:
    """Open the lines to the others, and close them."""
    import torch
    from torch import distributed

    from kt_gui.engine.devices import wake
    from kt_gui.engine.team import Team

    wake()  # what torch loads late would hold on to the lines, and their threads could abort the end of the program
    has_cuda = torch.cuda.is_available()
    if has_cuda:
        torch.cuda.set_device(_said("LOCAL_RANK", 0) % torch.cuda.device_count())
    distributed.init_process_group("cpu:gloo,cuda:nccl" if has_cuda else "gloo", timeout=PATIENCE)
    is_well = False
    try:
        yield Team(
            rank=distributed.get_rank(),
            size=distributed.get_world_size(),
            local=_said("LOCAL_WORLD_SIZE", distributed.get_world_size()),
            all_reduce=_all_reduce,
            share=_share,
        )
        is_well = True
    finally:
        if is_well or not has_cuda:  # NCCL would wait for those that have gone
            distributed.destroy_process_group()


def join(home: Home) -> bool:
    """Learn along with the first process until the run is over; tell whether it came to that.

    The first one hears the signals that end a program, and says when to stop. Raises UserError for what is wrong here.
    """
    from kt_gui import session
    from kt_gui.engine.team import Parted

    with team() as all_of_us:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        try:
            session.join(all_of_us, home)
        except Parted:  # whoever has left has said why
            return False
    return True


def _all_reduce(tensor: "Tensor") -> None:
    from torch import distributed

    _heard(lambda: distributed.all_reduce(tensor))


def _share(given: Any) -> Any:
    import torch
    from torch import distributed

    box = [given]
    _heard(lambda: distributed.broadcast_object_list(box, src=0, device=torch.device("cpu")))
    return box[0]


def _heard(talk: Callable[[], object]) -> None:
    try:
        talk()
    except RuntimeError as error:
        raise _parted() from error


def _parted() -> "Parted":
    from kt_gui.engine.team import Parted

    return Parted(
        tr("Another process of the run has ended, or cannot be reached any more."),
        tr("Look at what it said last; kt resume goes on from the last checkpoint, on as many processes as you like."),
    )
