"""A run is made once for all of these."""

from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest

from kt_gui import session
from kt_gui.schema.columns import unpack
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Progressed
from kt_gui.schema.experiment import Scratch
from kt_gui.schema.insights import Embedded, Projection, Split
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import embedding
from kt_gui.store import checkpoints, environment
from kt_gui.store.folders import Home
from tests.session.conftest import KINDS, run, tiny


def embed(
    folder: Path, home: Home, method: Projection = "pca", part: Split = "test", checkpoint: Checkpoint = "best"
) -> Embedded:
    *_, last = session.embed(folder, checkpoint, method, part, StopToken(), home)
    assert isinstance(last, Embedded)
    return last


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_every_test_picture_has_a_place_before_and_after(folder: Path, kept_home: Home, method: Projection) -> None:
    found = embed(folder, kept_home, method)
    deal = environment.read_deal(folder, "target")
    assert deal is not None
    assert unpack(found.indexes).tolist() == deal.indexes["test"]
    assert found.names == tuple(deal.test)
    assert found.classes == KINDS
    assert found.before is not None
    for places in (unpack(found.after), unpack(found.before)):
        assert places.shape == (found.total, 2)
        np.testing.assert_allclose((places**2).sum(axis=1).mean(), 1, atol=1e-4)
    assert found.apart_before is not None
    assert (found.variance_after is None) == (method == "tsne")


def test_before_lies_as_close_to_after_as_it_can(folder: Path, kept_home: Home) -> None:
    found = embed(folder, kept_home)
    assert found.before is not None
    before, after = unpack(found.before), unpack(found.after)
    away = ((before - after) ** 2).sum()
    for turn in np.linspace(0.1, 6.2, 20):
        turned = before @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        assert ((turned - after) ** 2).sum() >= away - 1e-4


def test_what_it_says_is_what_the_evaluation_says(folder: Path, kept_home: Home) -> None:
    judged, _ = list(session.evaluate(folder, None, "best", StopToken(), kept_home))[-2:]
    found = embed(folder, kept_home)
    assert unpack(found.predicted).tolist() == unpack(judged.logits).argmax(axis=1).tolist()  # type: ignore[attr-defined]
    assert unpack(found.labels).tolist() == unpack(judged.labels).tolist()  # type: ignore[attr-defined]


def test_the_source_is_the_same_whichever_checkpoint_is_looked_at(folder: Path, kept_home: Home) -> None:
    best, source = embed(folder, kept_home), embed(folder, kept_home, checkpoint="source")
    assert best.apart_before == source.apart_before == source.apart_after
    assert best.apart_after != best.apart_before


def test_of_a_part_with_many_pictures_each_class_gives_its_share(
    folder: Path, kept_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "MOST", 7)
    found = embed(folder, kept_home, part="train")
    assert len(found.names) == 7 < found.total == 15
    assert set(unpack(found.labels).tolist()) == {0, 1, 2}


def test_a_run_that_began_with_random_weights_has_no_before(kept_home: Home) -> None:
    found = embed(run(tiny(source=Scratch(network="small_cnn")), kept_home), kept_home)
    assert (found.before, found.variance_before, found.apart_before) == (None, None, None)


def test_features_are_kept_for_the_next_map(folder: Path, kept_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from kt_gui.engine import features

    first = embed(folder, kept_home, part="validation")
    monkeypatch.setattr(features, "_compute", lambda *_: pytest.fail("computed again"))
    assert embed(folder, kept_home, part="validation").after == first.after


def test_answers_that_are_not_finite_are_told(folder: Path, kept_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    load = checkpoints.load_weights

    def spoilt(run: Path, which: Checkpoint) -> object:
        about, weights = load(run, which)
        return about, {name: each * 1e30 if each.is_floating_point() else each for name, each in weights.items()}

    monkeypatch.setattr(checkpoints, "load_weights", spoilt)
    with pytest.raises(UserError, match="not finite"):
        embed(folder, kept_home)
    with pytest.raises(UserError, match="not finite"):
        list(session.explain(folder, [0], "best", StopToken(), kept_home))


def test_it_tells_how_far_it_has_come_and_can_be_stopped(folder: Path, kept_home: Home) -> None:
    stop = StopToken()
    work = session.embed(folder, "best", "tsne", "test", stop, kept_home)
    told = takewhile(lambda event: getattr(event, "activity", "") != "preparing", work)
    assert all(isinstance(event, Progressed) for event in told)
    stop.stop()
    with pytest.raises(Stopped):
        next(work)
