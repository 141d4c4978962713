import dataclasses
import shutil
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from kt_gui.engine import loading
from kt_gui.engine.array_store import ArrayStore, give_back
from kt_gui.engine.collection import Collection
from kt_gui.engine.evaluation import evaluate
from kt_gui.engine.loading import Portion, View, load
from kt_gui.engine.look_ahead import LookAhead
from kt_gui.engine.sizing import fitted
from kt_gui.engine.streaming import Stored, key
from kt_gui.engine.trainer import Task, Trainer
from kt_gui.schema.choices import CustomAugmentation, NoAugmentation
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Progressed, StepEnded
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.store.arrays import Arrays
from tests.engine import small_task
from tests.engine.picture_sets import arrays, collection_of, finish, write_tree

CPU = torch.device("cpu")
VARIED = CustomAugmentation(flip="both", crop="shift", colour=0.3)
SMAPS = Path("/proc/self/smaps")


def view(size: int = 8, **choices: object) -> View:
    return dataclasses.replace(View(size=size, mean=(0.5, 0.4, 0.3), std=(0.2, 0.2, 0.2)), **choices)  # type: ignore[arg-type]


def loaded(
    collection: Collection,
    store: ArrayStore | None = None,
    indexes: list[int] | None = None,
    *,
    limit: int = 0,
    how: View | None = None,
    stop: StopToken | None = None,
) -> Portion:
    chosen = np.arange(len(collection)) if indexes is None else np.array(indexes, dtype=np.int64)
    return finish(load(collection, chosen, how or view(), CPU, stop or StopToken(), store=store, limit=limit))[0]


def resident(collection: Collection, indexes: list[int] | None = None) -> Portion:
    portion = loaded(collection, None, indexes, limit=10**9)
    assert portion.resident
    return portion


def seen(portion: Portion, recipe: CustomAugmentation | NoAugmentation = VARIED) -> Tensor:
    return portion.batch(torch.arange(len(portion)), recipe, 5)


def unreadable(collection: Collection) -> Collection:
    """The same pictures, none of which can be opened any more."""

    def picture(index: int, *_: int) -> None:
        raise AssertionError("a picture was decoded")

    return dataclasses.replace(collection, picture=picture, reduced=picture if collection.reduced else None)


@pytest.fixture
def store(tmp_path: Path) -> Arrays:
    return Arrays(tmp_path / "arrays", 10**9)


@pytest.fixture
def lying(tmp_path: Path) -> Callable[[], list[str]]:
    return lambda: sorted(path.name for path in (tmp_path / "arrays").glob("*"))


@pytest.fixture
def folder(tmp_path: Path) -> Collection:
    return collection_of(ImageFolder(path=str(write_tree(tmp_path / "pictures", {"cat": 9, "dog": 9}))))


@pytest.mark.parametrize("kind", ["arrays", "folder"])
def test_streamed_pictures_are_the_resident_ones_bit_for_bit(
    kind: str, folder: Collection, store: Arrays, lying: Callable[[], list[str]]
) -> None:
    collection = folder if kind == "folder" else arrays((9, 9))
    streamed, decoded = loaded(collection, store), loaded(collection, None)
    assert not streamed.resident
    assert not decoded.resident
    assert len(lying()) == 1
    for recipe in (NoAugmentation(), VARIED):
        expected = seen(resident(collection), recipe)
        assert torch.equal(seen(streamed, recipe), expected)
        assert torch.equal(seen(decoded, recipe), expected)


@pytest.mark.parametrize("with_store", [True, False])
def test_training_on_streamed_pictures_gives_the_same_weights_bit_for_bit(
    with_store: bool, folder: Collection, store: Arrays
) -> None:
    learnt = []
    for portion in (resident(folder), loaded(folder, store if with_store else None)):
        task = dataclasses.replace(small_task.task(augmentation=VARIED), train=portion, validation=portion)
        trainer = Trainer(task)
        events = list(trainer.train(StopToken()))
        told = [event.validation_loss for event in events if hasattr(event, "validation_loss")]
        learnt.append((small_task.digest(task.network.module.state_dict().values()), told))
    assert learnt[0] == learnt[1]


def test_the_second_time_nothing_is_decoded(folder: Collection, store: Arrays, tmp_path: Path) -> None:
    expected = seen(loaded(folder, store))
    again = Arrays(tmp_path / "arrays", 10**9)
    assert torch.equal(seen(loaded(unreadable(folder), again)), expected)


def test_whatever_part_is_dealt_out_later_is_found_where_most_was_stored(
    folder: Collection, store: Arrays, lying: Callable[[], list[str]]
) -> None:
    part, other = [17, 3, 4, 5, 6, 7, 8, 9, 10, 11], [0, 16, 1, 2]
    assert torch.equal(seen(loaded(folder, store, part)), seen(resident(folder, part)))
    for limit in (0, 10**9):  # resident ones are read from there, too
        assert torch.equal(seen(loaded(unreadable(folder), store, other, limit=limit)), seen(resident(folder, other)))
    assert len(lying()) == 1


def test_a_small_part_of_a_large_collection_is_stored_alone(folder: Collection, store: Arrays, tmp_path: Path) -> None:
    part = [17, 3, 4]
    assert torch.equal(seen(loaded(folder, store, part)), seen(resident(folder, part)))
    assert store.size < 5 * view().bytes
    assert torch.equal(seen(loaded(unreadable(folder), store, part)), seen(resident(folder, part)))


def test_pictures_in_memory_in_the_right_size_are_not_stored_once_more(
    store: Arrays, lying: Callable[[], list[str]]
) -> None:
    collection = arrays((4, 4), side=8)
    assert torch.equal(seen(loaded(collection, store)), seen(resident(collection)))
    assert not lying()


def test_where_the_store_has_no_room_each_batch_is_decoded(
    folder: Collection, tmp_path: Path, lying: Callable[[], list[str]]
) -> None:
    store = Arrays(tmp_path / "arrays", 10)
    portion = loaded(folder, store)
    assert torch.equal(seen(portion), seen(resident(folder)))
    assert not lying()


def test_a_part_is_stored_alone_where_there_is_no_room_for_all(folder: Collection, tmp_path: Path) -> None:
    store = Arrays(tmp_path / "arrays", 15 * view().bytes)
    part = list(range(10))
    assert torch.equal(seen(loaded(folder, store, part)), seen(resident(folder, part)))
    assert 10 * view().bytes < store.size < 11 * view().bytes


def test_a_picture_that_has_gone_is_named_and_nothing_is_left_behind(
    folder: Collection, store: Arrays, tmp_path: Path, lying: Callable[[], list[str]]
) -> None:
    (tmp_path / "pictures" / "dog" / "3.png").unlink()
    with pytest.raises(UserError, match=r"dog/3\.png"):
        loaded(folder, store)
    assert not lying()


def test_a_picture_that_has_gone_keeps_nothing_from_a_part_that_does_without_it(
    folder: Collection, store: Arrays, tmp_path: Path, lying: Callable[[], list[str]]
) -> None:
    part = [index for index, name in enumerate(folder.names) if name != "dog/3.png"]
    assert len(part) == len(folder) - 1
    whole = seen(resident(folder, part))
    (tmp_path / "pictures" / "dog" / "3.png").unlink()
    assert torch.equal(seen(loaded(folder, store, part)), whole)
    assert len(lying()) == 1


def test_a_picture_that_goes_while_its_batch_is_awaited_is_named_by_the_training(
    folder: Collection, tmp_path: Path
) -> None:
    portion = loaded(folder)
    (tmp_path / "pictures" / "dog" / "3.png").unlink()
    task = dataclasses.replace(small_task.task(), train=portion)
    with pytest.raises(UserError, match=r"dog/3\.png"):
        list(Trainer(task).train(StopToken()))
    assert not looking()


def stopping_at(collection: Collection, index: int, stop: StopToken) -> Collection:
    def picture(asked: int) -> object:
        if asked == index:
            stop.stop()
        return collection.picture(asked)

    return dataclasses.replace(collection, picture=picture, reduced=None)


def test_stopped_half_way_leaves_nothing_behind(
    folder: Collection, store: Arrays, lying: Callable[[], list[str]]
) -> None:
    stop = StopToken()
    with pytest.raises(Stopped):
        loaded(stopping_at(folder, 9, stop), store, stop=stop)
    assert not lying()


def test_what_a_killed_process_leaves_behind_is_not_taken_for_pictures(
    folder: Collection, store: Arrays, tmp_path: Path
) -> None:
    killed = tmp_path / "killed"

    def snapshot(asked: int) -> object:
        if asked == 12:
            shutil.copytree(tmp_path / "arrays", killed)
        return folder.picture(asked)

    loaded(dataclasses.replace(folder, picture=snapshot, reduced=None), store)
    assert [path.suffix for path in killed.iterdir()] == [".part"]
    assert not Arrays(killed, 10**9).open(key(folder, np.arange(18), view()))
    assert torch.equal(seen(loaded(folder, Arrays(killed, 10**9))), seen(resident(folder)))


def test_building_tells_how_far_it_is(folder: Collection, store: Arrays) -> None:
    _, events = finish(load(folder, np.arange(18), view(), CPU, StopToken(), store=store, limit=0))
    last = events[-1]
    assert isinstance(last, Progressed)
    assert (last.activity, last.done, last.total, last.subject) == ("reading", 18, 18, "pictures")


def test_the_key_says_what_decides_the_pixels() -> None:
    collection, few = arrays((3, 3)), np.arange(4)
    base = key(collection, few, view())
    assert base == key(dataclasses.replace(collection, title="other"), few, view(mean=(0.0, 0.0, 0.0)))
    changed = dataclasses.replace(collection, digests=("0" * 32, *collection.digests[1:]))
    others = [
        key(changed, few, view()),
        key(collection, few[::-1], view()),
        key(collection, few[:3], view()),
        key(collection, few, view(9)),
        key(collection, few, view(crop=0.8)),
        key(collection, few, view(interpolation="bicubic")),
        key(dataclasses.replace(collection, pixels=None), few, view()),
    ]
    assert len({base, *others}) == 1 + len(others)


def looking() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("look-ahead")]


def trained(portion: Portion, **choices: object) -> Task:
    return dataclasses.replace(small_task.task(**choices), train=portion, validation=portion)  # type: ignore[arg-type]


def test_no_thread_looks_ahead_once_training_was_stopped_left_or_has_failed(folder: Collection, store: Arrays) -> None:
    portion = loaded(folder, store)
    stop = StopToken()
    for event in Trainer(trained(portion, epochs=9, batch_size=2)).train(stop):
        if isinstance(event, StepEnded):
            assert looking()
            stop.stop()
    assert not looking()

    left = Trainer(trained(portion, batch_size=2)).train(StopToken())
    next(event for event in left if isinstance(event, StepEnded))
    assert looking()
    left.close()  # type: ignore[attr-defined]
    assert not looking()

    task = trained(portion, batch_size=2)
    task.network.module.register_forward_hook(partial(fail, []))
    with pytest.raises(ZeroDivisionError):
        list(Trainer(task).train(StopToken()))
    assert not looking()


def fail(passes: list[int], *_: object) -> None:
    passes.append(1)
    if len(passes) == 3:
        raise ZeroDivisionError


def test_a_resumed_epoch_looks_ahead_from_where_it_was_left(folder: Collection, store: Arrays) -> None:
    read: list[list[int]] = []

    def gather(indexes: NDArray[np.int64], batch: NDArray[np.uint8]) -> None:
        read.append(indexes.tolist())

    whole = loaded(folder, store)
    ahead = LookAhead(gather, view().shape, CPU, 10**6)
    portion = Portion(whole.labels, view(), ahead, resident=False, look_ahead=ahead)
    order: list[list[int]] = []
    for step in (0, 1):
        read.clear()
        trainer = Trainer(trained(portion, batch_size=6))
        trainer.enter_epoch(0, step)
        for _ in range(step, 3):
            trainer.step()
        order = order or [*read]
        assert read == order[step:]
    assert len(order) == 3


def test_evaluation_looks_ahead_and_leaves_no_thread(folder: Collection, store: Arrays) -> None:
    threads: list[str] = []

    def gather(indexes: NDArray[np.int64], batch: NDArray[np.uint8]) -> None:
        threads.append(threading.current_thread().name)

    ahead = LookAhead(gather, view().shape, CPU, 10**6)
    portion = Portion(loaded(folder, store).labels, view(), ahead, resident=False, look_ahead=ahead)
    evaluate(small_task.small_network(), portion, small_task.CPU, StopToken())
    assert threads
    assert all(name.startswith("look-ahead") for name in threads)
    assert not looking()


def mapped_bytes(path: Path) -> int:
    """What of a mapped file is in this process's memory."""
    inside, found = False, 0
    for line in SMAPS.read_text().splitlines():
        if line.endswith(str(path)):
            inside = True
        elif inside and line.startswith("Rss:"):
            found, inside = found + 1024 * int(line.split()[1]), False
    return found


@pytest.mark.skipif(not SMAPS.exists(), reason="this system does not tell what of a file is in memory")
def test_of_a_mapped_array_no_more_stays_in_memory_than_there_is_room_for(store: Arrays, tmp_path: Path) -> None:
    size, room = 2**26, 2**25
    draft = store.create("key", (size // 3072, 3, 32, 32), np.dtype(np.uint8))
    assert draft is not None
    draft.write(np.ones((size // 3072, 3, 32, 32), dtype=np.uint8))
    array = draft.finish()
    path = next((tmp_path / "arrays").glob("key*"))
    rows = np.random.default_rng(0).permutation(len(array))
    batch = np.empty((64, 3, 32, 32), dtype=np.uint8)
    held = []
    gather = Stored(array, rows, room)
    for start in range(0, len(rows) - 64, 64):
        gather(np.arange(start, start + 64), batch)
        held.append(mapped_bytes(path))
    assert 0 < max(held) <= room
    assert (batch == 1).all()
    assert int(array[:].sum()) == array.size
    assert mapped_bytes(path) > room
    give_back(array[3:])
    assert mapped_bytes(path) == 0


def test_an_array_in_memory_keeps_its_values_when_given_back() -> None:
    array = np.arange(4)
    give_back(array)
    assert array.tolist() == [0, 1, 2, 3]


def test_fewer_pictures_are_under_way_where_there_is_less_room(folder: Collection) -> None:
    under_way, most, lock = 0, [0], threading.Lock()

    def picture(index: int) -> object:
        nonlocal under_way
        with lock:
            under_way += 1
            most[0] = max(most[0], under_way)
        try:
            return folder.picture(index)
        finally:
            with lock:
                under_way -= 1

    counted = dataclasses.replace(folder, picture=picture, reduced=None)
    chunks = fitted(counted, np.arange(18), view(), room=1)
    first = next(chunks)
    assert most == [1]
    assert len([first, *chunks]) == 18
    assert most == [1]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_an_accelerator_gets_the_same_pictures_however_they_come(
    folder: Collection, store: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    cuda, batches = torch.device("cuda"), torch.arange(18).tensor_split(6)
    monkeypatch.setattr(loading, "memory_available", lambda device: 0)
    for kept, limit in ((None, 0), (store, 0), (None, 10**9)):
        asked = load(folder, np.arange(18), view(), cuda, StopToken(), store=kept, limit=limit)
        portion = finish(asked)[0]
        portion.expect(batches)
        found = torch.cat([portion.batch(batch, NoAugmentation(), 0) for batch in batches])
        assert found.device.type == "cuda"
        assert torch.allclose(found.cpu(), seen(resident(folder), NoAugmentation()))
