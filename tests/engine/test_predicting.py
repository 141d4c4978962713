"""From files of any kind to pictures before a network."""

import os
import shutil
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image

from kt_gui.engine import backbones, evaluation, predicting
from kt_gui.engine.devices import options
from kt_gui.engine.features import observe
from kt_gui.engine.predicting import Found, Ready
from kt_gui.engine.sizing import View
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Skipped
from kt_gui.schema.experiment import Training
from kt_gui.schema.predictions import Given
from kt_gui.schema.stop import StopToken
from tests.engine.picture_sets import finish, noise, write

VIEW = View(8, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def found(*paths: Path | Given) -> Found:
    asked = [path if isinstance(path, Given) else Given(path=str(path)) for path in paths]
    return finish(predicting.find(asked, StopToken()))[0]


def looked_at(*paths: Path | Given) -> tuple[list[Ready], list[Skipped]]:
    asked = found(*paths)
    batches = list(predicting.batches(asked.candidates, VIEW, 0))
    skipped = [*asked.skipped, *(one for batch in batches for one in batch.skipped)]
    return [one for batch in batches for one in batch.pictures], skipped


def pixels(path: Path) -> np.ndarray:
    (ready,), skipped = looked_at(path)
    assert skipped == []
    return ready.pixels


def names(ready: Sequence[Ready]) -> list[str]:
    return [one.name for one in ready]


# --- what is found -----------------------------------------------------------------------------------------------


def test_a_folder_is_searched_to_its_depths_and_junk_is_left_out(tmp_path: Path) -> None:
    for name in ("a.png", "蜜蜂/深/b.png", "c.png/d.png", ".hidden.png", "__MACOSX/e.png"):
        write(tmp_path / name)
    ready, skipped = looked_at(tmp_path)
    assert names(ready) == ["a.png", "c.png/d.png", "蜜蜂/深/b.png"]
    assert skipped == []
    assert ready[2].given == Given(path=str(tmp_path / "蜜蜂/深/b.png"))


def test_pictures_in_a_zip_are_read_in_place_and_found_again(tmp_path: Path) -> None:
    picture = write(tmp_path / "one.png", seed=3)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.write(picture, "inner/one.png")
    ((ready,), _) = looked_at(tmp_path / "set.zip")
    assert (ready.name, ready.given.where) == ("inner/one.png", str(tmp_path / "set.zip/inner/one.png"))
    assert (ready.pixels == pixels(picture)).all()
    assert (looked_at(ready.given)[0][0].pixels == ready.pixels).all()


def test_what_was_pasted_is_a_picture_like_any_other(tmp_path: Path) -> None:
    picture = write(tmp_path / "one.png", seed=3)
    ((ready,), _) = looked_at(Given(content=picture.read_bytes(), name="Pasted"))
    assert ready.name == "Pasted"
    assert (ready.pixels == pixels(picture)).all()


def test_broken_files_are_told_in_order_and_keep_nobody_waiting(tmp_path: Path) -> None:
    write(tmp_path / "good.png")
    (tmp_path / "empty.png").touch()
    (tmp_path / "notes.txt").write_text("no picture")
    whole = write(tmp_path / "whole.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    ready, skipped = looked_at(tmp_path, tmp_path / "gone.png")
    assert names(ready) == ["good.png", "whole.png"]
    assert [one.name for one in skipped] == ["empty.png", "half.png", "notes.txt", "gone.png"]
    assert all(str(one.reason) for one in skipped)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is text")
def test_a_file_whose_name_is_no_text_is_told_of(tmp_path: Path) -> None:
    shutil.copy(write(tmp_path / "good.png"), tmp_path / os.fsdecode(b"bad\xff.png"))
    for asked in ([tmp_path], sorted(tmp_path.iterdir())):
        ready, skipped = looked_at(*asked)
        assert names(ready) == ["good.png"]
        assert [one.name for one in skipped] == ["bad?.png"]


def test_thousands_of_files_are_decoded_only_a_little_ahead(tmp_path: Path) -> None:
    opened = []
    picture = write(tmp_path / "one.png").read_bytes()

    def listed() -> Iterator[predicting.Candidate]:
        for number in range(10_000):
            opened.append(number)
            yield predicting.Candidate(str(number), Given(), predicting.open_given(Given(content=picture)))

    batches = predicting.batches(listed(), VIEW, 0)
    assert len(next(batches).pictures) == predicting.AT_ONCE
    batches.close()
    assert len(opened) < 200


def test_where_nothing_can_be_read_the_first_reason_is_told() -> None:
    (_, skipped) = looked_at(Path("/nowhere/a.png"))
    error = predicting.nothing_readable(skipped)
    assert isinstance(error, UserError)
    assert "a.png: There is no such file." in error.message
    assert predicting.nothing_readable(()).message == "There is no picture in what was chosen."


# --- every kind of picture ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_picture_that_lies_on_its_side_is_turned_upright(tmp_path: Path, orientation: int) -> None:
    turns = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    upright = noise(5, 16, 12)
    upright.save(tmp_path / "upright.png")
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    upright.transpose(turns[orientation]).save(tmp_path / "turned.png", exif=exif)
    assert (pixels(tmp_path / "turned.png") == pixels(tmp_path / "upright.png")).all()


def test_grey_wide_and_palette_pictures_are_what_they_look_like(tmp_path: Path) -> None:
    grey = noise(5, 8, 8).convert("L")
    colours = grey.convert("RGB").quantize(256)
    kinds = {"grey": grey, "palette": grey.convert("P"), "rgb": grey.convert("RGB")}
    wide = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    for name, image in {**kinds, "wide": wide, "coloured": colours}.items():
        image.save(tmp_path / f"{name}.png")
    expected = np.broadcast_to(np.asarray(grey), (3, 8, 8))
    assert all((pixels(tmp_path / f"{name}.png") == expected).all() for name in (*kinds, "wide"))
    assert np.abs(pixels(tmp_path / "coloured.png").astype(int) - expected).max() <= 8


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (200, 0, 0, 0)).save(tmp_path / "clear.png")
    assert (pixels(tmp_path / "clear.png") == 255).all()


# --- before the network ------------------------------------------------------------------------------------------


def test_features_are_what_the_last_layer_makes_the_logits_of(tmp_path: Path) -> None:
    network = backbones.create("small_cnn", ("a", "b"), 16, seed=0)
    network.module.eval()
    resolved = options(Training(device="cpu", precision="fp32", memory_format="contiguous")).ways
    here = options(Training(device="cpu", precision="fp32", memory_format="contiguous")).resolved(resolved[0])
    ready = [Ready(str(seed), Given(), np.asarray(noise(seed, 16, 16)).transpose(2, 0, 1), b"") for seed in range(3)]
    portion = predicting.portion_of(ready, network.view, torch.device("cpu"))
    logits, features = observe(network, portion, torch.arange(3), here)
    head = network.module.get_submodule("head")[-1]  # type: ignore[index]
    assert torch.allclose(head(features), logits, atol=1e-6)
    assert torch.equal(logits, evaluation.look(network, portion, torch.arange(3), here))
    assert not head._forward_pre_hooks
