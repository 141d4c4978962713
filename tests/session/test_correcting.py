"""Correcting a data set, and carrying that out in its files."""

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from kt_gui import session
from kt_gui.schema.corrections import Addition, Confirmation, Corrected, Exclusion, Move, Tally, Written
from kt_gui.schema.datasets import Bundled, Dataset, ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Noticed, Progressed, RunEnded, Surveyed
from kt_gui.schema.experiment import Split, Target
from kt_gui.schema.predictions import Enlarged, Given
from kt_gui.schema.proofs import Reproduced
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import Wishes, opening, pictures
from kt_gui.store import relocating
from kt_gui.store.folders import Home
from tests.engine.picture_sets import finish, write, write_tree
from tests.session.conftest import KINDS, run, tiny, work


@pytest.fixture
def bugs(tmp_path: Path) -> ImageFolder:
    """Eight ants and eight bees; a new picture lies beside them."""
    write_tree(tmp_path / "bugs", {"ants": 8, "bees": 8})
    write(tmp_path / "new.jpg", 99)
    return ImageFolder(path=str(tmp_path / "bugs"))


def last(events: Iterator[Event]) -> Event:
    *_, end = events
    return end


def correct(data: Dataset, place: Home, **wishes: object) -> Corrected:
    said = last(session.correct_named(data, Wishes(**wishes), StopToken(), place))  # type: ignore[arg-type]
    assert isinstance(said, Corrected)
    return said


def read(data: Dataset, place: Home) -> "pictures.Collection":
    return finish(pictures.read(data, place, StopToken()))[0]


def survey(data: Dataset, place: Home) -> tuple[Corrected, Surveyed]:
    told = list(session.survey(data, Split(), None, 0, StopToken(), place))
    (said,) = (event for event in told if isinstance(event, Corrected))
    assert isinstance(told[-1], Surveyed)
    return said, told[-1]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- saying ----------------------------------------------------------------------------------------------------------


def test_what_is_said_counts_and_the_files_stay_as_they_were(bugs: ImageFolder, place: Home) -> None:
    before = tree(Path(bugs.path))
    new = str(Path(bugs.path).parent / "new.jpg")
    said = correct(bugs, place, exclude=["ants/0.png"], move=[("ants/1.png", "bees")], add=[(new, "bees")])
    assert [type(each) for each in said.corrections] == [Exclusion, Move, Addition]
    after = read(bugs, place)
    assert after.excluded == (0,)
    assert after.labels.tolist() == [0, 1] + [0] * 6 + [1] * 9
    assert after.names[-1] == "new.jpg"
    assert after.picture(16).size == (12, 10)
    assert tree(Path(bugs.path)) == before


def test_a_survey_tells_what_was_corrected_and_reads_no_picture_twice(bugs: ImageFolder, place: Home) -> None:
    before = survey(bugs, place)[1]
    correct(bugs, place, exclude=["ants/0.png"], move=[("bees/3.png", "ants")])
    said, after = survey(bugs, place)
    assert len(said.corrections) == 2
    assert before.digest != after.digest
    assert [sum((each.train, each.validation, each.test)) for each in after.classes] == [8, 7]
    assert after.classes[0].unused + after.classes[1].unused == 1


def test_it_is_taken_back_by_name(bugs: ImageFolder, place: Home) -> None:
    before = survey(bugs, place)[1]
    correct(bugs, place, exclude=["ants/0.png"], move=[("bees/3.png", "ants")])
    assert correct(bugs, place, take_back=["0.png", "bees/3.png"]).corrections == ()
    assert survey(bugs, place)[1] == before


def test_a_picture_moved_back_to_its_folder_is_moved_no_more(bugs: ImageFolder, place: Home) -> None:
    correct(bugs, place, move=[("ants/1.png", "bees")])
    assert correct(bugs, place, move=[("ants/1.png", "ants")]).corrections == ()


@pytest.mark.parametrize(
    ("wishes", "message", "remedy"),
    [
        ({"exclude": ["ants/77.png"]}, "has no picture ants/77.png", "such as ants/0.png"),
        ({"exclude": ["0.png"]}, "has several pictures 0.png", "ants/0.png, bees/0.png"),
        ({"move": [("ants/1.png", "wasps")]}, "has no class wasps", "ants, bees"),
        ({"take_back": ["ants/1.png"]}, "Nothing was corrected", "lists what"),
        ({"add": [("nowhere.png", "ants")]}, "There is no such file", "JPEG or PNG"),
    ],
)
def test_a_name_that_means_nothing_is_told_and_nothing_is_written(
    bugs: ImageFolder, place: Home, wishes: dict[str, object], message: str, remedy: str
) -> None:
    with pytest.raises(UserError) as told:
        correct(bugs, place, **{"exclude": [], **wishes})
    assert message in told.value.message
    assert remedy in told.value.remedy
    assert session.said_of(bugs, place).corrections == ()


def test_a_picture_that_is_in_the_set_is_not_added_to_it(bugs: ImageFolder, place: Home) -> None:
    with pytest.raises(UserError, match=r"in the data set already, as ants/2\.png"):
        correct(bugs, place, add=[(f"{bugs.path}/ants/2.png", "bees")])


def test_a_picture_of_the_set_that_was_asked_about_is_not_added_to_it(bugs: ImageFolder, place: Home) -> None:
    def asked(path: str) -> Enlarged:
        made = last(session.enlarge(Given(path=path), None, StopToken()))
        assert isinstance(made, Enlarged)
        return made

    known, new = asked(f"{bugs.path}/ants/2.png"), asked(str(Path(bugs.path).parent / "new.jpg"))
    with pytest.raises(UserError, match=r"2\.png is in the data set already, as ants/2\.png"):
        list(session.add(bugs, known.png, "2.png", "bees", StopToken(), place, original=known.original))
    said = last(session.add(bugs, new.png, "new.jpg", "bees", StopToken(), place, original=new.original))
    assert isinstance(said, Corrected)
    assert [(each.digest, each.name) for each in said.corrections] == [(new.digest, "new.jpg")]


def test_a_class_may_be_moved_to_though_it_was_not_asked_for(bugs: ImageFolder, place: Home) -> None:
    few = msgspec.structs.replace(bugs, classes=("ants",))
    correct(few, place, move=[("ants/1.png", "bees")])
    assert read(few, place).excluded == (1,)
    assert read(bugs, place).labels.tolist()[:2] == [0, 1]


def test_a_bundled_set_is_corrected_too(place: Home) -> None:
    data = Bundled(name="emoji-noto", classes=KINDS)
    name = read(data, place).names[0]
    said = correct(data, place, exclude=[name])
    assert not said.beside
    assert Path(said.file).parent == place.data / "corrections"
    assert read(data, place).excluded == (0,)


# --- runs ------------------------------------------------------------------------------------------------------------


def test_a_run_goes_by_what_was_said_when_it_began(place: Home) -> None:
    data = Bundled(name="emoji-noto", classes=KINDS)
    names = read(data, place).names
    experiment = tiny(target=Target(data=data))
    plain = run(experiment, place)
    dealt = finish(opening.read_dealt(plain, "target", place, StopToken()))[0]
    test, train = int(dealt.splits.test[0]), int(dealt.splits.train[0])
    correct(data, place, exclude=[names[test], names[train]])
    again = finish(opening.read_dealt(plain, "target", place, StopToken()))[0]
    assert test in again.splits.test  # though it was left out since
    corrected = run(experiment, place)
    correct(data, place, take_back=[names[test]])
    now = finish(opening.read_dealt(corrected, "target", place, StopToken()))[0]
    assert now.counts == (dealt.counts[0] - 1, dealt.counts[1], dealt.counts[2] - 1)
    assert set(now.splits.unused) - set(dealt.splits.unused) == {test, train}


def test_a_run_on_data_that_was_not_corrected_is_read_without_corrections(place: Home) -> None:
    data = Bundled(name="emoji-noto", classes=KINDS)
    folder = run(tiny(target=Target(data=data)), place)
    assert not (folder / "corrections.json").exists()
    correct(data, place, exclude=[read(data, place).names[0]])
    assert finish(opening.read_dealt(folder, "target", place, StopToken()))[0].collection.excluded == ()


def test_a_run_learns_what_was_added_and_is_resumed_with_it(place: Home, tmp_path: Path) -> None:
    data = Bundled(name="emoji-noto", classes=KINDS)
    size = len(read(data, place))
    correct(data, place, add=[(str(write(tmp_path / "new.png", 5)), "clock")])
    stop = StopToken()
    events = []
    for event in session.run(tiny(target=Target(data=data, per_class=5)), stop, place):
        events.append(event)
        if type(event).__name__ == "EpochEnded":
            stop.stop("keep")
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    assert ended.stopped
    correct(data, place, take_back=["new.png"])
    assert not work(session.resume(Path(ended.folder), StopToken(), place)).stopped
    dealt = finish(opening.read_dealt(Path(ended.folder), "target", place, StopToken()))[0]
    assert size in dealt.splits.train
    assert len(dealt.splits.train) == 16


# --- carrying out ----------------------------------------------------------------------------------------------------


def carry_out(data: Dataset, place: Home) -> list[Event]:
    return list(session.write_back(data, StopToken(), place))


def meaning(data: Dataset, place: Home) -> dict[str, str]:
    """Every picture that is learnt from or judged by, by what it shows, and its class."""
    whole = read(data, place)
    shown = {index: np.asarray(whole.picture(index)).tobytes().hex() for index in whole.used.tolist()}
    return {pixels: whole.classes[int(whole.labels[index])] for index, pixels in shown.items()}


@pytest.fixture
def wishes(bugs: ImageFolder, place: Home) -> ImageFolder:
    """Everything at once, with names that are taken already where the files go."""
    correct(
        bugs,
        place,
        exclude=["ants/0.png", "bees/7.png"],
        move=[("ants/1.png", "bees")],
        add=[(str(Path(bugs.path).parent / "new.jpg"), "ants")],
    )
    write(Path(bugs.path).with_name("bugs.excluded") / "ants" / "0.png", 1000)
    return bugs


def test_files_go_where_they_were_said_to_belong(wishes: ImageFolder, place: Home) -> None:
    root = Path(wishes.path)
    before, meant = tree(root), meaning(wishes, place)
    *_, written, said = carry_out(wishes, place)
    assert isinstance(written, Written)
    assert isinstance(said, Corrected)
    assert written.tally == Tally(excluded=2, moved=1, added=1)
    assert said.corrections == ()
    after, aside = tree(root), tree(root.with_name("bugs.excluded"))
    assert after["bees/1 (2).png"] == before["ants/1.png"]
    assert aside["ants/0 (2).png"] == before["ants/0.png"]
    assert aside["bees/7.png"] == before["bees/7.png"]
    assert set(before.values()) <= {*after.values(), *aside.values()}  # nothing is lost
    assert len(after) == len(before) - 2 + 1
    assert meaning(wishes, place) == meant


@pytest.mark.parametrize("deeds", range(4))
def test_a_failure_half_way_leaves_what_means_the_same_and_can_be_gone_on_with(
    wishes: ImageFolder, place: Home, deeds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    meant, real, done = meaning(wishes, place), relocating.carry_out, []

    def fail_then(deed: relocating.Deed) -> Path:
        if len(done) == deeds:
            raise OSError(errno.EIO, "the cable")
        done.append(deed)
        return real(deed)

    monkeypatch.setattr(relocating, "carry_out", fail_then)
    with pytest.raises(OSError, match="the cable"):
        carry_out(wishes, place)
    monkeypatch.setattr(relocating, "carry_out", real)
    assert meaning(wishes, place) == meant
    carry_out(wishes, place)
    assert meaning(wishes, place) == meant
    assert session.said_of(wishes, place).corrections == ()


def test_it_can_be_stopped_between_files(wishes: ImageFolder, place: Home) -> None:
    meant, stop, done = meaning(wishes, place), StopToken(), []

    def until_stopped() -> Iterator[Event]:
        for event in session.write_back(wishes, stop, place):
            if isinstance(event, Progressed) and event.activity == "saving":
                stop.stop("keep")
                done.append(event)
            yield event

    with pytest.raises(Stopped):
        list(until_stopped())
    assert len(done) == 1
    assert meaning(wishes, place) == meant


def test_a_given_split_keeps_its_pictures(tmp_path: Path, place: Home) -> None:
    write_tree(tmp_path / "set", {"train/ants": 5, "train/bees": 5, "test/ants": 5, "test/bees": 5})
    data = ImageFolder(path=str(tmp_path / "set"))
    new = str(write(tmp_path / "new.png", 99))
    correct(data, place, move=[("test/ants/0.png", "bees")], add=[(new, "ants")])
    carry_out(data, place)
    there = tree(tmp_path / "set")
    assert "test/bees/0 (2).png" in there
    assert "train/ants/new.png" in there


def test_what_was_confirmed_stays_confirmed(bugs: ImageFolder, place: Home) -> None:
    collection = read(bugs, place)
    right = Confirmation(digest=collection.digests[3], name=collection.names[3], label="ants")
    wrong = Exclusion(digest=collection.digests[4], name=collection.names[4])
    list(session.correct(bugs, [right, wrong], StopToken(), place))
    carry_out(bugs, place)
    assert session.said_of(bugs, place).corrections == (right,)


def test_only_a_folder_is_written_into(place: Home) -> None:
    with pytest.raises(UserError, match="Only the files of a folder"):
        carry_out(Bundled(name="fashion"), place)


def test_files_are_copied_to_another_disk_and_go_only_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, target = write(tmp_path / "a.png"), tmp_path / "b" / "a.png"
    content = file.read_bytes()
    real = Path.rename

    def refuse(self: Path, where: Path) -> Path:
        if self == file:
            raise OSError(errno.EXDEV, "another disk")
        return real(self, where)

    monkeypatch.setattr(Path, "rename", refuse)
    assert relocating.carry_out(relocating.Deed(file, target)) == target
    assert target.read_bytes() == content
    assert not file.exists()


def test_data_that_has_gone_is_told_of(bugs: ImageFolder, place: Home) -> None:
    correct(bugs, place, exclude=["ants/0.png"])
    shutil.rmtree(bugs.path)
    with pytest.raises(UserError, match="does not exist"):
        carry_out(bugs, place)


def test_what_lies_beside_a_set_is_no_class_of_a_larger_one(tmp_path: Path, place: Home) -> None:
    write_tree(tmp_path / "all" / "bugs", {"ants": 5, "bees": 5})
    write_tree(tmp_path / "all" / "birds", {"x": 5})
    inner = ImageFolder(path=str(tmp_path / "all" / "bugs"))
    correct(inner, place, exclude=["ants/0.png"], add=[(str(write(tmp_path / "new.png", 77)), "ants")])
    outer = read(ImageFolder(path=str(tmp_path / "all")), place)
    assert outer.classes == ("birds", "bugs")
    assert outer.skipped == ()


def test_a_run_says_that_its_data_was_corrected(place: Home, tmp_path: Path) -> None:
    data = Bundled(name="emoji-noto", classes=KINDS)
    names = read(data, place).names
    correct(data, place, exclude=names[:2], add=[(str(write(tmp_path / "new.png", 5)), "clock")])
    events = list(session.run(tiny(target=Target(data=data)), StopToken(), place))
    said = [str(event.message) for event in events if isinstance(event, Noticed)]
    assert "Emoji as Noto draws them is learnt as it was corrected: 2 left out, 0 moved, 1 added." in said


def test_another_set_is_judged_without_what_was_left_out(place: Home) -> None:
    data = Bundled(name="emoji-noto", classes=KINDS)
    folder = run(tiny(), place)
    *_, before = session.evaluate(folder, data, "best", StopToken(), place)
    correct(data, place, exclude=[read(data, place).names[0]])
    *_, after = session.evaluate(folder, data, "best", StopToken(), place)
    assert after.scores.total == before.scores.total - 1  # type: ignore[attr-defined]


def test_a_corrected_run_comes_out_again_whatever_was_corrected_since(place: Home) -> None:
    data = Bundled(name="emoji-noto", classes=KINDS)
    whole = read(data, place)
    correct(data, place, exclude=[whole.names[0]], move=[(whole.names[5], KINDS[2])])
    folder = run(tiny(target=Target(data=data)), place)
    correct(data, place, take_back=[whole.names[0]], exclude=[whole.names[9]])
    *_, found = session.reproduce(folder, StopToken(), place)
    assert isinstance(found, Reproduced)
    assert found.is_exact
