"""How far a picture is from all that a network was trained on."""

import tarfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.neighbors import NearestNeighbors

from kt_gui.engine import novelty
from kt_gui.engine.backbones import Network, at_size, pretrained, weights_address
from kt_gui.engine.bundled import read_bundled
from kt_gui.engine.devices import options
from kt_gui.engine.features import observe
from kt_gui.engine.predicting import Ready, portion_of
from kt_gui.engine.sizing import fit
from kt_gui.schema.experiment import Training
from kt_gui.schema.predictions import Given
from tests.engine.picture_sets import PLACES

BUNDLED = "bundled/efficientnet_lite0"


def features(seed: int, count: int, width: int = 24) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("neighbour", [1, 3, 10])
def test_a_distance_is_that_of_scikit_learn_to_the_kth_neighbour(neighbour: int) -> None:
    known, asked = features(0, 200), features(1, 50)
    bank = novelty.Bank(novelty.unit(known), neighbour)
    lengths = [
        rows.double().numpy() / np.linalg.norm(rows.double().numpy(), axis=1, keepdims=True) for rows in (known, asked)
    ]
    distances, _ = NearestNeighbors(n_neighbors=neighbour, algorithm="brute").fit(lengths[0]).kneighbors(lengths[1])
    assert bank.distances(asked).numpy() == pytest.approx(distances[:, -1], abs=1e-6)


def test_a_training_picture_lies_at_no_distance_from_itself() -> None:
    known = features(0, 40, 512)
    assert novelty.build_bank(known).distances(known * 3).max() < 1e-6


def test_features_of_nothing_but_zeros_have_a_distance() -> None:
    bank = novelty.build_bank(features(0, 40))
    assert bank.distances(torch.zeros(1, 24)).isfinite().all()


@pytest.mark.parametrize(("pictures", "neighbour"), [(1, 1), (195, 1), (1600, 2), (2000, 2), (50_000, 50)])
def test_the_neighbour_is_one_in_a_thousand_as_in_the_paper(pictures: int, neighbour: int) -> None:
    assert novelty.neighbour_of(pictures) == neighbour


def test_of_the_usual_pictures_one_in_twenty_lies_beyond_the_threshold() -> None:
    drawn = np.random.default_rng(0).random((5000, 60))  # 59 to set the threshold by, one that comes later
    beyond = np.mean([row[-1] > novelty.threshold(row[:-1]) for row in drawn])
    assert beyond == pytest.approx(0.05, abs=0.012)  # four standard errors


def test_the_threshold_is_the_largest_of_19_and_there_is_none_for_fewer() -> None:
    distances = np.linspace(0.1, 0.9, 19)
    assert novelty.threshold(distances[::-1]) == 0.9
    assert novelty.threshold(distances[1:]) is None
    assert novelty.threshold(np.array([])) is None


def test_pictures_are_drawn_in_order_and_always_the_same() -> None:
    split = np.arange(100, 400)
    drawn = novelty.draw(split, 50, seed=1)
    assert len(set(drawn.tolist())) == 50
    assert drawn.tolist() == sorted(drawn.tolist())
    assert set(drawn) <= set(split)
    assert (drawn == novelty.draw(split, 50, seed=1)).all()
    assert (drawn != novelty.draw(split, 50, seed=2)).any()
    assert novelty.draw(split, 300, seed=1) is split


@pytest.mark.needs_data
def test_photos_of_other_things_are_unlike_bees_and_ants_and_further_bees_and_ants_are_not(
    shared_data: Path, tmp_path: Path
) -> None:
    with tarfile.open(shared_data / "images" / "hymenoptera160.tar") as archive:
        archive.extractall(tmp_path, filter="data")
    insects = sorted(tmp_path.rglob("*.webp"), key=lambda path: path.name)
    emoji = read_bundled("emoji-noto", PLACES.bundled)
    weights = weights_address(BUNDLED)
    assert isinstance(weights, Path)
    network = at_size(pretrained(BUNDLED, weights), 96)
    bank = novelty.build_bank(seen(network, [Image.open(path) for path in insects[:160]]))
    threshold = novelty.threshold(
        bank.distances(seen(network, [Image.open(path) for path in insects[160:240]])).numpy()
    )
    further = bank.distances(seen(network, [Image.open(path) for path in insects[240:320]]))
    others = bank.distances(seen(network, [emoji.picture(index) for index in range(0, 600, 15)]))
    assert threshold is not None
    assert (further > threshold).float().mean() <= 0.12
    assert (others > threshold).float().mean() >= 0.9


def seen(network: Network, images: Iterable[Image.Image]) -> torch.Tensor:
    """The features of pictures."""
    network.module.eval()
    ready = [Ready("", Given(), fit(image.convert("RGB"), network.view), b"") for image in images]
    portion = portion_of(ready, network.view, torch.device("cpu"))
    training = Training(device="cpu", precision="fp32", memory_format="contiguous")
    resolved = options(training).resolved(options(training).ways[0])
    return observe(network, portion, torch.arange(len(ready)), resolved)[1]
