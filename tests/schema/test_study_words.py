"""What is said of a study's trials."""

from kt_gui.schema.studies import Trial
from kt_gui.schema.study_events import TrialEnded
from kt_gui.schema.study_words import line

TRIAL = Trial(key="0 fold 1", row="0", column=0, seed=0, strength=0.0, fold=0)


def test_of_a_trial_that_was_not_run_it_is_said_why() -> None:
    ended = TrialEnded(trial=TRIAL, state="pruned", reason="it is too far behind", done=3, planned=8)
    assert line(ended) == "  3/8  λ 0, fold 1: let go of, it is too far behind"
    older = TrialEnded(trial=TRIAL, state="pruned", done=3, planned=8)
    assert line(older) == "  3/8  λ 0, fold 1: let go of"
