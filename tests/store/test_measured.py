"""What was measured on a machine is remembered there, and only there."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from kt_gui.store import measured
from kt_gui.store.folders import Home, home
from kt_gui.store.measured import Speeds

ASKED = Speeds(machine="eight cores", device="cpu", network="small_cnn", image_size=32, pictures=32)
KNOWN = msgspec.structs.replace(ASKED, seconds={"fp32 contiguous": 0.5, "fp32 channels_last": 0.25})


def files() -> list[Path]:
    return list((home().cache / "measured").iterdir())


def test_what_was_measured_comes_back() -> None:
    assert measured.recall(home(), ASKED) == ASKED
    measured.remember(home(), KNOWN)
    assert measured.recall(home(), ASKED) == KNOWN
    assert list(measured.recall_all(home(), "eight cores")) == [KNOWN]


@pytest.mark.parametrize(
    "other",
    [{"machine": "two cores"}, {"device": "cuda"}, {"network": "small"}, {"image_size": 64}, {"pictures": 8}],
)
def test_what_was_measured_elsewhere_is_another_thing(other: dict[str, object]) -> None:
    measured.remember(home(), KNOWN)
    asked = msgspec.structs.replace(ASKED, **other)
    assert measured.recall(home(), asked) == asked
    measured.remember(home(), msgspec.structs.replace(KNOWN, **other))
    assert measured.recall(home(), ASKED) == KNOWN


@pytest.mark.parametrize("content", [b"", b"{", b'{"machine": 1}', b"\xff\xfe"])
def test_a_broken_file_only_means_that_it_is_measured_again(content: bytes) -> None:
    measured.remember(home(), KNOWN)
    files()[0].write_bytes(content)
    assert measured.recall(home(), ASKED) == ASKED
    assert list(measured.recall_all(home(), "eight cores")) == []
    measured.remember(home(), KNOWN)
    assert measured.recall(home(), ASKED) == KNOWN


def test_where_nothing_can_be_written_nothing_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    place = Home.under(tmp_path / "file")
    measured.remember(place, KNOWN)
    assert measured.recall(place, ASKED) == ASKED


def test_many_may_write_at_once() -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: measured.remember(home(), KNOWN), range(64)))
    assert measured.recall(home(), ASKED) in (KNOWN, ASKED)
    measured.remember(home(), KNOWN)
    assert measured.recall(home(), ASKED) == KNOWN
