"""Diagnoses of invented curves: each fault is found, its neighbours are not, and what went well is left alone."""

import math
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kt_gui import samples
from kt_gui.samples import studies
from kt_gui.schema.choices import SGD, Adam, CustomAugmentation, Features, FromBlock
from kt_gui.schema.diagnoses import Diagnosis
from kt_gui.schema.events import EpochEnded
from kt_gui.schema.experiment import Experiment, Pretrain, Scratch, Training
from kt_gui.schema.study_answers import LadderVerdict
from kt_gui.studies.course import Course, Doubts
from kt_gui.studies.diagnosis import diagnose

BLOCKS = ("stem", "block1", "block2", "head")
BASE = samples.EXPERIMENT
CHANCE = math.log(10)


def epoch(
    place: int,
    train: float | None,
    validation: float | None,
    right: float,
    judged: float,
    blocks: Sequence[str] = BLOCKS,
) -> EpochEnded:
    return EpochEnded(
        phase="finetuning",
        epoch=place,
        train_loss=train,
        train_accuracy=right,
        penalty=0.0,
        validation_loss=validation,
        validation_accuracy=judged,
        learning_rate=0.01,
        trainable_blocks=tuple(blocks),
        drift=(),
        best=False,
        best_epoch=0,
        plateau=0,
        seconds=1.0,
        samples_per_s=1.0,
        memory=0,
    )


def course(
    train: Sequence[float | None],
    validation: Sequence[float | None],
    *,
    right: float = 0.95,
    judged: float = 0.8,
    blocks: Sequence[str] = BLOCKS,
    experiment: Experiment = BASE,
    **more: object,
) -> Course:
    epochs = [
        epoch(place, *losses, right, judged, blocks) for place, losses in enumerate(zip(train, validation, strict=True))
    ]
    return Course(
        experiment=experiment,
        epochs=epochs,
        classes=10,
        blocks=BLOCKS,
        **{"steps_per_epoch": 100, "judges": 80, **more},
    )  # type: ignore[arg-type]


def falling(count: int, end: float, start: float = CHANCE, pace: float = 4.0) -> list[float]:
    return [end + (start - end) * math.exp(-place / pace) for place in range(count)]


def changed(found: Diagnosis) -> Experiment:
    assert found.cure == "experiment"
    assert found.experiment is not None
    assert found.experiment != BASE
    return found.experiment


# --- a learning rate that does not suit ------------------------------------------------------------------------------


def test_a_loss_that_ran_away_asks_for_smaller_steps() -> None:
    found = diagnose(course([], [], has_run_away=True))
    assert found.finding == "rate"
    assert changed(found).training.optimiser.learning_rate == pytest.approx(0.001)
    assert str(found.says) == "Try a learning rate of 0.001"


def test_steps_that_are_absurdly_large_come_back_to_the_usual_at_once() -> None:
    wild = with_training(BASE, optimiser=Adam(learning_rate=30.0))
    found = diagnose(course([], [], experiment=wild, has_run_away=True))
    assert changed(found).training.optimiser.learning_rate == Adam().learning_rate


def test_a_pull_out_of_all_proportion_is_what_is_weakened() -> None:
    transfer = msgspec.structs.replace(BASE.transfer, strength=100.0)
    found = diagnose(course([], [], experiment=msgspec.structs.replace(BASE, transfer=transfer), has_run_away=True))
    assert changed(found).transfer.strength == 1.0
    assert changed(found).training == BASE.training


def test_a_source_that_ran_away_is_mended_in_its_own_training() -> None:
    found = diagnose(course([], [], has_run_away=True, phase="pretraining"))
    source = changed(found).source
    assert isinstance(source, Pretrain)
    assert source.training.optimiser.learning_rate == pytest.approx(0.001)
    assert changed(found).training == BASE.training


def test_a_loss_that_leaps_over_guessing_and_back_is_told() -> None:
    train = falling(30, 0.8)
    validation = falling(30, 0.9)
    for place in (4, 9, 15):
        validation[place] = 9.0
    found = diagnose(course(train, validation))
    assert found.finding == "rate"
    assert "3 of 30 epochs" in str(found.why)
    assert "up to 9" in str(found.why)


@pytest.mark.parametrize(("judges", "finding"), [(29, "fine"), (30, "rate")])
def test_very_few_validation_pictures_may_leap(judges: int, finding: str) -> None:
    validation = falling(30, 0.9)
    validation[4] = validation[9] = validation[15] = 9.0
    assert diagnose(course(falling(30, 0.8), validation, judges=judges)).finding == finding


def test_one_leap_is_chance() -> None:
    validation = falling(30, 0.9)
    validation[9] = 9.0
    assert diagnose(course(falling(30, 0.8), validation)).finding == "fine"


def test_a_gap_that_does_no_harm_is_explained() -> None:
    losses = falling(40, 0.01), falling(40, 1.2)
    assert "more pictures would close the gap" in str(diagnose(course(*losses, right=1.0, judged=0.55)).why)
    assert "gap" not in str(diagnose(course(*losses, right=0.85, judged=0.8)).why)


def test_what_leaps_because_more_blocks_begin_to_learn_is_not_the_rate() -> None:
    train = falling(20, 0.4)
    validation = falling(20, 0.5)
    told = [
        epoch(place, *losses, 0.95, 0.8, BLOCKS[-1 - place // 5 :])
        for place, losses in enumerate(zip(train, validation, strict=True))
    ]
    for place in (5, 10, 15):
        told[place] = msgspec.structs.replace(told[place], validation_loss=9.0)
    assert (
        diagnose(
            Course(experiment=BASE, epochs=told, classes=10, blocks=BLOCKS, steps_per_epoch=100, judges=80)
        ).finding
        == "fine"
    )


def test_steps_that_are_too_small_are_told() -> None:
    line = [CHANCE - 0.01 * place for place in range(40)]
    found = diagnose(course(line, line, right=0.2, judged=0.2))
    assert found.finding == "rate"
    assert "too small" in str(found.why)
    assert changed(found).training.optimiser.learning_rate == pytest.approx(0.1)


# --- labels ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("doubts", "is_noise"),
    [
        (Doubts(labels=57, judged=315, against=90, firm=48), True),
        (Doubts(labels=122, judged=397, against=152, firm=23), True),
        (Doubts(labels=111, judged=628, against=200, firm=60), False),
        (Doubts(labels=407, judged=3000, against=852, firm=159), False),
        (Doubts(labels=0, judged=0, against=0, firm=0), False),
    ],
)
def test_many_doubted_labels_come_first_and_a_hard_set_is_not_taken_for_a_wrong_one(
    doubts: Doubts, is_noise: bool
) -> None:
    """The figures were measured: photos and insects with 30 % of the labels wrong; emoji and clothes, as they are."""
    found = diagnose(course(falling(30, 0.1), falling(30, 0.6), doubts=doubts))
    assert (found.finding == "noise") == is_noise
    assert (found.cure == "labels") == is_noise


def test_what_cannot_learn_its_own_pictures_though_nothing_holds_it_has_its_labels_checked() -> None:
    found = diagnose(course(falling(40, 1.5), falling(40, 1.6), right=0.45, judged=0.4))
    assert (found.finding, found.cure) == ("underfit", "labels")


# --- by heart --------------------------------------------------------------------------------------------------------


def by_heart(experiment: Experiment = BASE) -> Diagnosis:
    validation = [*falling(12, 0.8), *(0.8 + 0.05 * place for place in range(1, 29))]
    return diagnose(course(falling(40, 0.01), validation, right=1.0, judged=0.7, experiment=experiment))


def test_learning_by_heart_is_told_with_the_epoch_it_began_at() -> None:
    found = by_heart()
    assert found.finding == "overfit"
    assert "After epoch 13 " in str(found.why)
    assert changed(found).transfer.strength == pytest.approx(0.05)


def test_where_only_the_head_learns_the_head_is_held() -> None:
    found = by_heart(
        msgspec.structs.replace(BASE, transfer=msgspec.structs.replace(BASE.transfer, freezing=Features()))
    )
    assert changed(found).transfer.beta == pytest.approx(0.1)


def test_where_there_is_no_source_to_be_held_to_it_stops_early() -> None:
    found = by_heart(msgspec.structs.replace(BASE, source=Scratch(network="small_cnn")))
    assert changed(found).training.patience is not None
    assert changed(found).training.patience < BASE.training.epochs


def test_a_gap_alone_is_not_learning_by_heart() -> None:
    assert diagnose(course(falling(40, 0.01), falling(40, 1.2), right=1.0, judged=0.55)).finding == "fine"


def test_where_both_losses_rise_nothing_is_learnt_by_heart() -> None:
    rising = [*falling(12, 0.5), *(0.5 + 0.02 * place for place in range(1, 29))]
    assert diagnose(course(rising, rising, right=0.9, judged=0.7)).finding != "overfit"


# --- too little ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_very_few_epochs_that_have_not_learnt_ask_for_more(epochs: int) -> None:
    line = falling(epochs, 0.5)
    found = diagnose(course(line, line, right=0.3, judged=0.3, experiment=with_training(BASE, epochs=epochs)))
    assert found.finding == "underfit"
    assert changed(found).training.epochs == 10


def test_what_still_got_better_asks_for_twice_as_many_epochs() -> None:
    line = [2.3 - 0.08 * place for place in range(12)]
    found = diagnose(course(line, line, right=0.5, judged=0.5, experiment=with_training(BASE, epochs=12)))
    assert found.finding == "underfit"
    assert "last third" in str(found.why)
    assert changed(found).training.epochs == 24


def frozen(**more: object) -> Diagnosis:
    line = falling(40, 1.3)
    return diagnose(course(line, line, right=0.57, judged=0.56, blocks=BLOCKS[-1:], **more))  # type: ignore[arg-type]


def test_what_came_to_rest_far_from_right_with_most_of_it_frozen_asks_the_ladder() -> None:
    found = frozen()
    assert (found.finding, found.cure) == ("frozen", "ladder")
    assert "3 of 4 blocks" in str(found.why)


def test_a_ladder_that_is_there_is_followed() -> None:
    ladder = studies.verdict(studies.LADDER)
    assert isinstance(ladder, LadderVerdict)
    found = frozen(ladder=ladder)
    assert changed(found).transfer.freezing != BASE.transfer.freezing


def test_what_is_held_too_tightly_is_let_go_of_a_little() -> None:
    line = falling(40, 1.3)
    held = course(line, line, right=0.57, judged=0.56)
    last = msgspec.structs.replace(held.epochs[-1], penalty=0.4)
    found = diagnose(
        Course(
            experiment=BASE, epochs=[*held.epochs[:-1], last], classes=10, blocks=BLOCKS, steps_per_epoch=100, judges=80
        )
    )
    assert found.finding == "underfit"
    assert changed(found).transfer.strength == pytest.approx(0.0005)


def test_pictures_that_are_mixed_are_not_expected_to_be_right() -> None:
    mixed = with_training(BASE, augmentation=CustomAugmentation(mixup=0.4))
    assert diagnose(course(falling(40, 1.5), falling(40, 0.5), right=0.5, experiment=mixed)).finding == "fine"


@pytest.mark.parametrize("blocks", [BLOCKS, BLOCKS[-1:]])
def test_after_few_steps_all_that_is_sure_is_that_there_were_few(blocks: Sequence[str]) -> None:
    line = [CHANCE - 0.01 * place for place in range(20)]
    found = diagnose(course(line, line, right=0.2, judged=0.2, blocks=blocks, steps_per_epoch=3))
    assert found.finding == "underfit"
    assert changed(found).training.epochs == 2 * BASE.training.epochs


# --- nothing ---------------------------------------------------------------------------------------------------------


def test_a_run_without_epochs_tells_nothing() -> None:
    assert diagnose(course([], [])).finding == "unknown"


@settings(max_examples=300, deadline=None)
@given(
    count=st.integers(8, 60),
    end=st.floats(0.0, 0.4),
    over=st.floats(0.0, 0.6),
    pace=st.floats(0.5, 5.0),
    noise=st.lists(st.floats(-0.08, 0.08), min_size=120, max_size=120),
    first=st.sampled_from(BLOCKS),
)
def test_no_wolf_is_cried_where_a_training_settles(
    count: int, end: float, over: float, pace: float, noise: list[float], first: str
) -> None:
    """Losses that fall to a level and stay there, with the noise of few pictures, whatever is frozen."""
    train = [max(0.0, loss + noise[place]) for place, loss in enumerate(falling(count, end * CHANCE, pace=pace))]
    validation = [
        loss + noise[60 + place] for place, loss in enumerate(falling(count, (end + over) * CHANCE, pace=pace))
    ]
    right, judged = 1 - 0.7 * end, 1 - 0.7 * min(1.0, end + over)
    blocks = BLOCKS[BLOCKS.index(first) :]
    assert diagnose(course(train, validation, right=right, judged=judged, blocks=blocks)).finding == "fine"


@settings(max_examples=200, deadline=None)
@given(
    losses=st.lists(
        st.tuples(st.none() | st.floats(0, 1e6), st.none() | st.floats(0, 1e6), st.floats(0, 1), st.floats(0, 1)),
        max_size=40,
    ),
    classes=st.integers(0, 1000),
    freezing=st.sampled_from([Features(), FromBlock(block="block2")]),
    has_run_away=st.booleans(),
)
def test_whatever_a_run_tells_it_gets_a_sentence_and_a_cure_that_can_be_run(
    losses: list[tuple[float | None, float | None, float, float]],
    classes: int,
    freezing: Features | FromBlock,
    has_run_away: bool,
) -> None:
    transfer = msgspec.structs.replace(BASE.transfer, freezing=freezing)
    told = [epoch(place, *each) for place, each in enumerate(losses)]
    found = diagnose(
        Course(
            experiment=msgspec.structs.replace(BASE, transfer=transfer),
            epochs=told,
            classes=classes,
            blocks=BLOCKS,
            steps_per_epoch=100,
            judges=80,
            has_run_away=has_run_away,
        )
    )
    assert str(found.why)
    assert (found.cure == "none") == (found.says is None)
    if found.experiment is not None:
        msgspec.convert(msgspec.to_builtins(found.experiment), Experiment)


def with_training(experiment: Experiment, **changes: object) -> Experiment:
    training = msgspec.structs.replace(experiment.training, **{"optimiser": SGD(), "patience": None, **changes})
    assert isinstance(training, Training)
    return msgspec.structs.replace(experiment, training=training)
