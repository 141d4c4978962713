import msgspec

from kt_gui import samples
from kt_gui.schema.choices import Adam, Features
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.experiment import Experiment, Scratch, Training, Transfer
from kt_gui.studies.differences import differences, flat

replace = msgspec.structs.replace
BASE = samples.EXPERIMENT


def told(*experiments: Experiment) -> dict[str, tuple[object, ...]]:
    return {each.path: each.values for each in differences(experiments)}


def test_the_same_but_for_seed_and_name_differs_in_nothing() -> None:
    assert told(BASE, replace(BASE, seed=3, name="again")) == {}


def test_only_what_differs_is_told_with_its_way_and_unit() -> None:
    other = replace(BASE, training=replace(BASE.training, epochs=5), transfer=replace(BASE.transfer, strength=0.1))
    strength, epochs = differences([BASE, other])
    assert (strength.path, strength.titles, strength.values) == ("transfer.lambda", ("Transfer", "λ"), (0.005, 0.1))
    assert (epochs.titles, epochs.unit, epochs.values) == (("Training", "Epochs"), "epochs", (24, 5))


def test_another_choice_tells_its_kind_and_its_own_fields() -> None:
    other = replace(BASE, training=replace(BASE.training, optimiser=Adam()))
    found = told(BASE, other)
    assert found["training.optimiser.kind"] == ("sgd", "adam")
    assert found["training.optimiser.momentum"] == (0.9, None)
    assert "training.epochs" not in found


def test_a_field_that_only_some_have_stands_with_its_table() -> None:
    frozen = replace(BASE, transfer=replace(BASE.transfer, freezing=Features()))
    assert [each.path for each in differences([frozen, BASE])] == ["transfer.freezing.kind", "transfer.freezing.block"]


def test_lists_are_told_whole() -> None:
    other = replace(BASE, target=replace(BASE.target, data=Bundled(name="emoji-noto", classes=("face", "hand"))))
    assert told(BASE, other) == {"target.data.classes": ((), ("face", "hand"))}


def test_three_experiments_are_told_side_by_side() -> None:
    runs = [replace(BASE, training=Training(epochs=epochs)) for epochs in (3, 3, 4)]
    assert told(*runs) == {"training.epochs": (3, 3, 4)}


def test_every_field_has_a_title() -> None:
    for experiment in (
        BASE,
        replace(BASE, source=Scratch(network="small_cnn"), transfer=Transfer(freezing=Features())),
    ):
        assert all(
            title[0].isupper() or title in ("λ", "β", "λ holds")
            for leaf in flat(experiment).values()
            for title in leaf.titles
        )
