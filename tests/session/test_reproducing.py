import hashlib
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
import safetensors.torch
from PIL import Image

from kt_gui import session
from kt_gui.schema.corrections import Exclusion
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import EpochEnded, Event, PhaseStarted, RunEnded
from kt_gui.schema.experiment import EarlierRun, Experiment, Target, WeightsFile
from kt_gui.schema.proof_words import circumstances, reproduced
from kt_gui.schema.proofs import Reproduced
from kt_gui.schema.stop import StopToken
from kt_gui.session import resolving
from kt_gui.session.reproducing import compare
from kt_gui.store import checkpoints, environment, history, runs
from kt_gui.store.folders import Home
from kt_gui.store.runs import Runs
from tests.session.conftest import run, tiny


def reproduce(folder: Path, place: Home, stop: StopToken | None = None) -> list[Event]:
    return list(session.reproduce(folder, stop or StopToken(), place))


def found_in(events: list[Event]) -> Reproduced:
    assert isinstance(events[-1], Reproduced)
    return events[-1]


def rewrite_history(folder: Path, changed: dict[str, object]) -> None:
    """Change the last epoch of a history."""
    lines = (folder / history.FILE).read_bytes().splitlines()
    place = max(number for number, line in enumerate(lines) if b'"epoch_ended"' in line)
    lines[place] = msgspec.json.encode(msgspec.json.decode(lines[place]) | changed)
    (folder / history.FILE).write_bytes(b"\n".join(lines) + b"\n")


def test_on_a_processor_a_run_comes_out_the_same_bit_for_bit(place: Home) -> None:
    folder = run(tiny(), place)
    events = reproduce(folder, place)
    found = found_in(events)
    assert isinstance(events[-2], RunEnded)
    assert found.is_exact
    assert (len(found.epochs), found.weights, found.versions) == (5, 0.0, ())
    assert [test.phase for test in found.tests] == ["pretraining", "finetuning"]
    assert reproduced(found) == "It came out the same, bit for bit: 5 epochs, the test and all weights."


def test_it_is_a_run_of_its_own_that_says_what_it_reproduces(place: Home) -> None:
    folder = run(tiny(), place)
    found = found_in(reproduce(folder, place))
    first, second = runs.read_record(folder), Runs(place).find(found.id)
    assert second.tags == (f"reproduces {first.id}",)
    assert second.folder != first.folder
    assert runs.read_experiment(second.folder) == runs.read_experiment(folder)


def test_nothing_is_measured_anew(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = run(tiny(), place)

    def refuse(*_asked: object) -> None:
        raise AssertionError("the machine was asked again")

    monkeypatch.setattr(resolving, "resolve", refuse)
    assert found_in(reproduce(folder, place)).is_exact
    assert (
        environment.read(Path(found_in(reproduce(folder, place)).again)).resolved == environment.read(folder).resolved
    )


def test_the_last_answer_is_shown_with_the_proof(place: Home) -> None:
    folder = run(tiny(), place)
    found = found_in(reproduce(folder, place))
    assert found in list(session.verify(folder, StopToken(), place))


def test_every_difference_is_found_and_said(place: Home) -> None:
    folder = run(tiny(), place)
    again = shutil.copytree(folder, folder.with_name("again"))
    rewrite_history(again, {"train_loss": 9.0, "validation_accuracy": 2.0})
    path = checkpoints.path_of(again, "best")
    tensors = safetensors.torch.load_file(path)
    next(tensor for tensor in tensors.values() if tensor.is_floating_point()).view(-1)[0] += 0.5
    path.write_bytes(safetensors.torch.save(tensors))
    contents = msgspec.json.decode((again / "checkpoints" / "contents.json").read_bytes())
    contents["sums"]["best.safetensors"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (again / "checkpoints" / "contents.json").write_bytes(msgspec.json.encode(contents))
    known = environment.read(again)
    environment.save(again, msgspec.structs.replace(known, versions={**known.versions, "torch": "1.0"}, code="0" * 64))
    found = compare(folder, again)
    last = [event for event in history.read(folder) if isinstance(event, EpochEnded)][-1]
    assert last.train_loss is not None
    assert found.epochs[-1].loss == pytest.approx(9.0 - last.train_loss)
    assert found.epochs[-1].accuracy == pytest.approx(2.0 - last.validation_accuracy)
    assert all(each.loss == 0 for each in found.epochs[:-1])
    assert found.weights == pytest.approx(0.5)
    assert [name for name, _, _ in found.versions] == ["torch", "code"]
    assert "weights by up to 0.5" in reproduced(found)
    assert any(line.startswith("torch: then") and line.endswith("now 1.0") for line in circumstances(found))


def test_a_loss_that_ran_away_in_both_does_not_differ(place: Home) -> None:
    folder = run(tiny(), place)
    again = shutil.copytree(folder, folder.with_name("again"))
    rewrite_history(again, {"train_loss": None})
    assert compare(folder, again).epochs[-1].loss is None
    assert "ran away" in reproduced(compare(folder, again))
    rewrite_history(folder, {"train_loss": None})
    assert compare(folder, again).is_exact


def test_another_best_epoch_has_no_comparable_weights(place: Home) -> None:
    folder = run(tiny(), place)
    other = msgspec.structs.replace(tiny(), training=msgspec.structs.replace(tiny().training, epochs=1))
    found = compare(folder, run(other, place))
    assert (found.weights, found.missing, found.is_exact) == (None, 2, False)


def test_cancelled_it_leaves_nothing_behind(place: Home) -> None:
    folder, stop = run(tiny(), place), StopToken()
    events = []
    for event in session.reproduce(folder, stop, place):
        events.append(event)
        if isinstance(event, PhaseStarted):
            stop.stop("discard")
    assert isinstance(events[-1], RunEnded)
    assert events[-1].ended == "cancelled"
    assert [record.folder for record in Runs(place).list()] == [folder]


# --- what has gone is said before anything begins --------------------------------------------------------------------


def refused(experiment: Experiment, place: Home, remove: Path, match: str) -> None:
    folder = run(experiment, place)
    before = len(Runs(place).list())
    shutil.rmtree(remove) if remove.is_dir() else remove.unlink()
    with pytest.raises(UserError, match=match):
        reproduce(folder, place)
    assert len(Runs(place).list()) <= before


def test_an_earlier_run_that_was_deleted_is_said(place: Home) -> None:
    earlier = run(tiny(), place)
    experiment = tiny(source=EarlierRun(run=runs.read_file(earlier).id))
    refused(experiment, place, earlier, "The earlier run that this one started from has gone")


def test_a_file_of_weights_that_has_gone_is_said(place: Home, tmp_path: Path) -> None:
    file = shutil.copy(checkpoints.path_of(run(tiny(), place), "best"), tmp_path / "weights.safetensors")
    experiment = tiny(source=WeightsFile(path=str(file), network="small_cnn"))
    refused(experiment, place, Path(file), "The weights that the run started from have gone")


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    chance = np.random.default_rng(0)
    for number in range(30):
        folder = tmp_path / "drawn" / ("dark" if number < 15 else "light")
        folder.mkdir(parents=True, exist_ok=True)
        pixels = chance.integers(128, size=(16, 16, 3), dtype=np.uint8) + (0 if number < 15 else 120)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")
    return tmp_path / "drawn"


def test_pictures_that_have_gone_are_said(place: Home, drawn: Path) -> None:
    experiment = tiny(target=Target(data=ImageFolder(path=str(drawn))))
    refused(experiment, place, drawn, "The pictures of drawn have gone")


def test_pictures_that_are_others_by_now_are_said(place: Home, drawn: Path) -> None:
    folder = run(tiny(target=Target(data=ImageFolder(path=str(drawn)))), place)
    Image.new("RGB", (16, 16)).save(drawn / "dark" / "0.png")
    with pytest.raises(UserError, match="not those the run began with"):
        reproduce(folder, place)
    assert [record.folder for record in Runs(place).list()] == [folder]


def test_a_run_is_run_again_with_the_corrections_it_began_with(place: Home, drawn: Path) -> None:
    data = ImageFolder(path=str(drawn))
    digest = hashlib.blake2b((drawn / "dark" / "0.png").read_bytes(), digest_size=16).hexdigest()
    left_out = Exclusion(digest=digest, name="dark/0.png")
    assert list(session.correct(data, [left_out], StopToken(), place))
    folder = run(tiny(target=Target(data=data)), place)
    assert list(session.correct(data, [], StopToken(), place, forgotten=[digest]))
    found = found_in(reproduce(folder, place))
    assert found.is_exact
    first, second = (environment.read(each) for each in (folder, Path(found.again)))
    assert (first.data, first.splits) == (second.data, second.splits)
    assert first.data != environment.read(run(tiny(target=Target(data=data)), place)).data


def test_a_run_that_has_not_ended_cannot_be_reproduced(place: Home) -> None:
    folder = run(tiny(), place)
    runs.change(folder, state="failed")
    with pytest.raises(UserError, match="has not come to its end"):
        reproduce(folder, place)
