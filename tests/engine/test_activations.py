"""What frozen blocks compute: looked up or computed, and the same either way."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from kt_gui.engine import activations, freezing
from kt_gui.engine.activations import Filled, Wanted, fill
from kt_gui.engine.array_store import Array, Draft
from kt_gui.engine.cutting import Cut, cut
from kt_gui.engine.devices import Resolved
from kt_gui.engine.loading import AS_IS, Look, Portion
from kt_gui.schema.choices import CustomAugmentation, Features
from kt_gui.schema.errors import NoRoom
from kt_gui.schema.events import Progressed
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.store.arrays import Arrays
from tests.engine.small_task import CPU, VIEW
from tests.engine.test_cutting import large_chain

FLIPPED = Look(CustomAugmentation(flip="horizontal", crop="shift"), number=1, seed=3)
HERE = torch.device("cpu")


def pixels(count: int = 40, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 256, (count, 3, 8, 8), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


def portion(whole: torch.Tensor) -> Portion:
    return Portion(torch.zeros(len(whole), dtype=torch.int64), VIEW, lambda indexes: whole[indexes], resident=True)


def cut_chain(resolved: Resolved = CPU, seed: int = 0) -> Cut:
    network = large_chain(seed)
    resolved.place(network.module)
    freezing.apply(network, Features(), 0, "train")
    found = cut(network, ("head",), resolved)
    assert found is not None
    return found


def filled(found: Cut, wanted: list[Wanted], store: Arrays | None, resolved: Resolved = CPU) -> Filled:
    result: list[Filled | None] = []

    def work() -> Iterator[Progressed]:
        result.append((yield from fill(found, wanted, store, resolved, StopToken(), "pictures")))

    list(work())
    (done,) = result
    assert done is not None
    return done


def rows(of: Filled, number: int = 0) -> NDArray[np.float32]:
    table = of.tables[number]
    return table.batch(torch.arange(len(table.places)), HERE).float().numpy()


@pytest.fixture
def store(tmp_path: Path) -> Arrays:
    return Arrays(tmp_path, 10_000_000)


@pytest.mark.parametrize("look", [AS_IS, FLIPPED])
@pytest.mark.parametrize("is_kept", [True, False])
def test_a_table_holds_what_the_front_gives(look: Look, is_kept: bool, store: Arrays) -> None:
    found, pictures = cut_chain(), portion(pixels())
    given = rows(filled(found, [Wanted(pictures, look)], store if is_kept else None))
    with torch.no_grad():
        wanted = found.front(pictures.look(torch.arange(40), look))
    np.testing.assert_allclose(given, wanted.numpy(), rtol=1e-5, atol=1e-6)


def test_a_second_time_nothing_is_computed(store: Arrays) -> None:
    found, wanted = cut_chain(), [Wanted(portion(pixels()), look) for look in (AS_IS, FLIPPED)]
    first, second = filled(found, wanted, store), filled(found, wanted, store)
    assert (first.computed, second.computed, second.rows) == (80, 0, 80)
    for number in range(2):
        np.testing.assert_array_equal(rows(first, number), rows(second, number))


def test_other_deals_of_the_same_pictures_find_them_bit_for_bit(store: Arrays, tmp_path: Path) -> None:
    """As folds do, and other splits: what is computed with others has the same bits as what is computed alone."""
    whole = pixels(50)
    filled(cut_chain(), [Wanted(portion(whole[:30]), AS_IS)], store)
    dealt = whole[torch.randperm(50, generator=torch.Generator().manual_seed(1))]
    parted = filled(cut_chain(), [Wanted(portion(dealt), AS_IS)], store)
    alone = filled(cut_chain(), [Wanted(portion(dealt), AS_IS)], Arrays(tmp_path / "other", 10_000_000))
    assert (parted.computed, alone.computed) == (20, 50)
    np.testing.assert_array_equal(rows(parted), rows(alone))


def test_what_decides_the_activations_decides_what_is_found(store: Arrays) -> None:
    whole = pixels()
    filled(cut_chain(), [Wanted(portion(whole), AS_IS), Wanted(portion(whole), FLIPPED)], store)

    def computed(found: Cut, look: Look = AS_IS, pictures: Portion | None = None, resolved: Resolved = CPU) -> int:
        return filled(found, [Wanted(pictures or portion(whole), look)], store, resolved).computed

    changed = whole.clone()
    changed[3, 0, 0, 0] ^= 1
    normalised = Portion(torch.zeros(40), replace(VIEW, std=(0.2, 0.2, 0.2)), lambda i: whole[i], resident=True)
    half = Resolved("cpu", "bf16", "contiguous", 1)
    assert computed(cut_chain()) == 0
    assert computed(cut_chain(seed=1)) == 40
    assert computed(cut_chain(), pictures=portion(changed)) == 1
    assert computed(cut_chain(), pictures=normalised) == 40
    assert computed(cut_chain(half), resolved=half) == 40
    assert computed(cut_chain(), FLIPPED) == 0
    assert computed(cut_chain(), replace(FLIPPED, number=2)) == 40
    assert computed(cut_chain(), replace(FLIPPED, seed=4)) == 40
    assert computed(cut_chain(), replace(FLIPPED, recipe=CustomAugmentation(flip="both"))) == 40


def test_a_picture_that_is_there_twice_is_computed_once(store: Arrays) -> None:
    twice = torch.cat([pixels(10), pixels(10)])
    both = filled(cut_chain(), [Wanted(portion(twice), AS_IS), Wanted(portion(pixels(10)), AS_IS)], store)
    assert (both.rows, both.computed) == (30, 10)
    np.testing.assert_array_equal(rows(both)[:10], rows(both)[10:])


def test_what_lay_there_tells_what_it_took_then(store: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(1000))
    monkeypatch.setattr(activations.time, "perf_counter", lambda: 0.5 * next(ticks))  # half a second a batch
    whole, found = pixels(120), cut_chain()
    first = filled(found, [Wanted(portion(whole[:64]), AS_IS)], store)
    assert (first.computed, first.earlier_s) == (64, 0.0)
    half = filled(found, [Wanted(portion(whole[32:96]), AS_IS)], store)
    assert (half.computed, half.earlier_s) == (32, pytest.approx(0.25))
    twice = filled(found, [Wanted(portion(whole[:96]), AS_IS), Wanted(portion(whole[:10]), AS_IS)], store)
    assert (twice.computed, twice.earlier_s) == (0, pytest.approx(1.0)), "each batch once, each picture once"
    assert filled(found, [Wanted(portion(whole[:64]), AS_IS)], None).earlier_s == 0.0


def test_a_pause_does_not_count(store: Arrays) -> None:
    class Pausing(StopToken):
        def requested(self) -> bool:
            time.sleep(0.2)
            return super().requested()

    found, wanted = cut_chain(), [Wanted(portion(pixels()), AS_IS)]
    list(fill(found, wanted, store, CPU, Pausing(), "pictures"))
    assert 0.0 < filled(found, wanted, store).earlier_s < 0.2


def test_half_precision_is_kept_as_it_is(store: Arrays) -> None:
    half = Resolved("cpu", "bf16", "contiguous", 1)
    found, pictures = cut_chain(half), portion(pixels())
    table = filled(found, [Wanted(pictures, AS_IS)], store, half).tables[0]
    with torch.no_grad(), half.autocast():
        wanted = found.front(pictures.look(torch.arange(64) % 40, AS_IS))[:16]
    given = table.batch(torch.arange(16), HERE)
    assert given.dtype == wanted.dtype == torch.bfloat16
    assert torch.equal(given, wanted)


def test_what_does_not_fit_in_memory_is_read_from_its_file(store: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [Wanted(portion(pixels()), AS_IS)]
    held = filled(cut_chain(), wanted, store)
    monkeypatch.setattr(activations, "memory_available", lambda device: 0)
    mapped = filled(cut_chain(), wanted, store)
    assert held.tables[0].rows is not None
    assert mapped.tables[0].rows is None
    np.testing.assert_array_equal(rows(held), rows(mapped))


def test_without_room_on_disk_memory_serves_and_without_either_there_is_no_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, narrow = [Wanted(portion(pixels()), AS_IS)], Arrays(tmp_path, 100)
    assert filled(cut_chain(), wanted, narrow).computed == 40
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(activations, "memory_available", lambda device: 0)
    events = fill(cut_chain(), wanted, narrow, CPU, StopToken(), "pictures")
    with pytest.raises(StopIteration) as end:
        next(events)
    assert end.value.value is None


class Refusing:
    """A store whose drafts are refused by the disk after the keys."""

    def __init__(self, inner: Arrays) -> None:
        self.inner, self.written = inner, 0

    def open(self, key: str) -> list[Array]:
        return self.inner.open(key)

    def create(self, key: str, shape: tuple[int, ...], dtype: np.dtype[np.uint8]) -> Draft | None:
        draft = self.inner.create(key, shape, dtype)
        assert draft is not None
        write = draft.write

        def refuse(of_these: Array) -> None:
            self.written += 1
            if self.written > 1:
                raise NoRoom("The disk is full.", "Make room.")
            write(of_these)

        draft.write = refuse  # type: ignore[method-assign]
        return draft


def test_a_disk_that_refuses_meanwhile_ends_nothing(store: Arrays, tmp_path: Path) -> None:
    refusing = Refusing(store)
    done = filled(cut_chain(), [Wanted(portion(pixels()), AS_IS)], refusing)  # type: ignore[arg-type]
    alone = filled(cut_chain(), [Wanted(portion(pixels()), AS_IS)], None)
    assert refusing.written == 2
    np.testing.assert_array_equal(rows(done), rows(alone))
    assert list(tmp_path.iterdir()) == []


def test_all_tables_together_take_no_more_than_their_share(store: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [Wanted(portion(pixels()), look) for look in (AS_IS, FLIPPED)]
    one = 40 * 32 * 4
    monkeypatch.setattr(activations, "memory_available", lambda device: 4 * 2 * one)
    assert all(table.rows is not None for table in filled(cut_chain(), wanted, store).tables)
    monkeypatch.setattr(activations, "memory_available", lambda device: 4 * 2 * one - 1)
    assert all(table.rows is None for table in filled(cut_chain(), wanted, store).tables)


def test_stopping_leaves_nothing_behind(store: Arrays, tmp_path: Path) -> None:
    stop = StopToken()
    events = fill(cut_chain(), [Wanted(portion(pixels()), AS_IS)], store, CPU, stop, "pictures")
    assert next(events) == Progressed(activity="features", done=0, total=40, subject="pictures")
    assert len(list(tmp_path.iterdir())) == 1
    stop.stop()
    with pytest.raises(Stopped):
        next(events)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_looks_the_same_whichever_others_are_asked_for_with_it() -> None:
    pictures = portion(pixels())
    alone = pictures.look(torch.tensor([7]), FLIPPED)
    among = pictures.look(torch.tensor([3, 7, 0]), FLIPPED)
    assert torch.equal(alone[0], among[1])
    assert not torch.equal(alone, pictures.look(torch.tensor([7]), AS_IS))
