from kt_gui.bridge.study_so_far import SoFar, with_verdicts
from kt_gui.samples import studies
from kt_gui.schema.events import Event

STUDY = studies.study(studies.LAMBDA)


def told(done: int) -> list[Event]:
    return [event for event in studies.begun(studies.LAMBDA, done) if not isinstance(event, SoFar)]


def test_what_is_read_quickly_is_judged_once_at_its_end() -> None:
    events = list(with_verdicts(STUDY, told(done=20), pause_s=3600))
    found = [event for event in events if isinstance(event, SoFar)]
    assert len(found) == 1
    assert events[-1] is found[0]
    assert [event for event in events if not isinstance(event, SoFar)] == told(done=20)


def test_what_takes_its_time_is_judged_after_each_trial() -> None:
    found = [event for event in with_verdicts(STUDY, told(done=20), pause_s=0) if isinstance(event, SoFar)]
    assert len(found) == 20


def test_the_end_brings_its_own_verdict() -> None:
    events = list(with_verdicts(STUDY, [*told(done=20), studies.ended(studies.LAMBDA)], pause_s=3600))
    assert not any(isinstance(event, SoFar) for event in events[-1:])
    assert sum(isinstance(event, SoFar) for event in events) == 0


def test_before_a_trial_has_ended_nothing_is_said() -> None:
    assert list(with_verdicts(STUDY, told(done=0), pause_s=0)) == told(done=0)
