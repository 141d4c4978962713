"""What all processes of a team but the first do: the steps they are told to, until they are told that it is over."""

from typing import assert_never

from kt_gui.engine.joint_judging import JointJudge
from kt_gui.engine.team import Enter, Judge, Order, Step
from kt_gui.engine.trainer import Trainer
from kt_gui.schema.stop import StopToken


def follow(trainer: Trainer) -> None:
    """Learn as the first process says; what is told on the way is its to tell.

    Raises Parted, and UserError as `Trainer.train`.
    """
    team, judge = trainer.task.team, JointJudge(trainer.task)
    while True:
        order: Order | None = team.share(None)
        match order:
            case None:
                return
            case Enter(epoch=epoch, step=step):
                trainer.enter_epoch(epoch, step)
                for _ in trainer.prepare(StopToken()):
                    pass
                trainer.expect()
            case Step():
                trainer.step()
            case Judge(batch=batch):
                judge.answer(batch)
            case _:
                assert_never(order)
