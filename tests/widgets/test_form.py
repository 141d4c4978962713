import pytest
from pytestqt.qtbot import QtBot

from kt_gui.schema.choices import SGD, Adam, CustomAugmentation, Everything, HeadFirst
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.experiment import Split, Target, Training, Transfer
from kt_gui.widgets.controls import Drop, Side, Switched
from kt_gui.widgets.form import Form, Kinds
from kt_gui.widgets.number_boxes import Decimal, Whole, neighbour
from kt_gui.widgets.training_form import training_form


def shown(qtbot: QtBot, form: Form, record: Training | Transfer | Split) -> list[tuple[str, object]]:
    qtbot.addWidget(form)
    form.show_record(record)
    edits: list[tuple[str, object]] = []
    form.edited.connect(lambda path, value: edits.append((path, value)))
    return edits


def test_showing_a_record_is_no_edit(qtbot: QtBot) -> None:
    form = training_form("training")
    edits = shown(qtbot, form, Training())
    form.show_record(Training(epochs=7, optimiser=Adam(), patience=3, precision="bf16"))
    assert edits == []


def test_a_number_is_edited_at_its_path(qtbot: QtBot) -> None:
    form = training_form("source.training")
    edits = shown(qtbot, form, Training())
    epochs = form.control("epochs")
    assert isinstance(epochs, Whole)
    epochs.setValue(12)
    assert edits == [("source.training.epochs", 12)]


def test_a_value_of_a_choice_is_edited_at_its_path(qtbot: QtBot) -> None:
    form = training_form("training")
    edits = shown(qtbot, form, Training())
    momentum = form.findChild(Kinds).findChildren(Decimal)[1]
    assert momentum.accessibleName() == "Momentum"
    momentum.setValue(0.8)
    assert edits == [("training.optimiser.momentum", 0.8)]
    assert form.fold("Optimiser").summary.text() == "SGD, momentum 0.8, 0.01"


def test_another_kind_begins_with_its_defaults(qtbot: QtBot) -> None:
    form = Form(Training, "training", only=("optimiser",))
    edits = shown(qtbot, form, Training(optimiser=SGD(learning_rate=0.5)))
    kinds = form.findChild(Side)
    kinds._choices._buttons["adam"].click()
    assert edits == [("training.optimiser", Adam())]
    assert form.fold("Optimiser").summary.text() == "Adam, 0.001"


def test_kinds_that_need_a_text_can_be_chosen(qtbot: QtBot) -> None:
    form = Form(Transfer, "transfer")
    edits = shown(qtbot, form, Transfer(freezing=Everything()))
    kinds = form.control("freezing").findChild(Drop)
    kinds.setCurrentIndex(kinds.findData("head_first"))
    kinds.activated.emit(kinds.currentIndex())
    assert edits == [("transfer.freezing", HeadFirst())]
    kinds.activated.emit(kinds.findData("from"))
    assert edits[-1][0] == "transfer.freezing"


def test_an_optional_value_is_none_while_off(qtbot: QtBot) -> None:
    form = training_form("training")
    edits = shown(qtbot, form, Training())
    patience = form.control("patience")
    assert isinstance(patience, Switched)
    assert form.fold("Early stopping").summary.text() == "off"
    patience._check.click()
    patience._check.click()
    assert edits == [("training.patience", 10), ("training.patience", None)]


def test_an_optional_number_begins_where_its_schema_says(qtbot: QtBot) -> None:
    form = Form(Target, "target", only=("per_class",))
    edits = shown(qtbot, form, Target(data=Bundled(name="fashion")))
    count = form.control("per_class")
    assert isinstance(count, Switched)
    count._check.click()
    assert edits == [("target.per_class", 5)]


def test_bounds_of_the_schema_hold(qtbot: QtBot) -> None:
    form = Form(Split, "target.split")
    edits = shown(qtbot, form, Split())
    share = form.control("validation")
    assert isinstance(share, Decimal)
    share.setValue(3.0)
    assert 0 < share.value() < 1
    assert edits[-1][1] == share.value()


def test_a_small_number_can_be_typed_with_an_exponent(qtbot: QtBot) -> None:
    form = Form(Transfer, "transfer", without=("freezing",))
    edits = shown(qtbot, form, Transfer())
    strength = form.control("strength")
    assert isinstance(strength, Decimal)
    strength.selectAll()
    qtbot.keyClicks(strength, "2e-4")
    strength.clearFocus()
    strength.interpretText()
    assert edits == [("transfer.strength", 0.0002)]


def test_steps_go_through_one_two_five() -> None:
    climbed = [0.0]
    for _ in range(5):
        climbed.append(neighbour(climbed[-1], up=True))
    assert climbed == [0.0, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3]
    assert neighbour(0.01, up=False) == 0.005
    assert neighbour(1e-6, up=False) == 0.0


def test_titles_carry_the_present_values(qtbot: QtBot) -> None:
    form = training_form("training")
    shown(qtbot, form, Training(head_factor=10.0, augmentation=CustomAugmentation(flip="horizontal"), patience=10))
    assert form.fold("Optimiser").summary.text() == "SGD, momentum 0.9, 0.01 · head ×10"
    assert form.fold("Schedule").summary.text() == "cosine, 1 warm-up"
    assert form.fold("Augmentation").summary.text() == "flip horizontal, shift"
    assert form.fold("Early stopping").summary.text() == "after 10 epochs without a better one"


def test_how_many_epochs_are_kept_is_asked_for_the_last_phase_only(qtbot: QtBot) -> None:
    form, source = training_form("training"), training_form("source.training", without=("snapshots",))
    shown(qtbot, form, Training())
    shown(qtbot, source, Training())
    assert form.fold("Epochs kept").summary.text() == "up to 12, the best and the last"
    form.show_record(Training(snapshots=0))
    assert form.fold("Epochs kept").summary.text() == "the best and the last"
    with pytest.raises(StopIteration):
        source.fold("Epochs kept")


def test_every_control_has_a_name_and_help(qtbot: QtBot) -> None:
    form = training_form("training")
    shown(qtbot, form, Training())
    for name in ("epochs", "batch_size", "patience", "precision", "device", "head_factor"):
        assert form.control(name).accessibleName()
        assert form.control(name).toolTip()
