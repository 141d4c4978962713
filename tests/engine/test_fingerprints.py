import hashlib
import math

import pytest
import torch

from kt_gui.engine.fingerprints import fingerprint, largest_difference

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(3), "c": torch.tensor([True, False])}


def test_the_fingerprint_is_the_sha256_of_names_types_shapes_and_bytes() -> None:
    whole = hashlib.sha256()
    whole.update(b"a torch.float32 (2, 3)\0" + TENSORS["a"].numpy().tobytes())
    whole.update(b"b torch.int64 ()\0" + TENSORS["b"].numpy().tobytes())
    assert fingerprint(TENSORS, ["b", "a"]) == whole.hexdigest()


def test_it_does_not_depend_on_how_a_tensor_lies_in_memory() -> None:
    turned = TENSORS["a"].t().contiguous().t()
    assert fingerprint({"a": turned}, "a") == fingerprint(TENSORS, "a")


@pytest.mark.parametrize(
    "other",
    [
        torch.arange(6.0).reshape(3, 2),
        torch.arange(6.0).reshape(2, 3).half(),
        torch.nextafter(torch.arange(6.0), torch.tensor(9.0)).reshape(2, 3),
    ],
)
def test_the_smallest_change_shows(other: torch.Tensor) -> None:
    assert fingerprint({"a": other}, "a") != fingerprint(TENSORS, "a")


def test_a_tensor_that_is_missing_shows() -> None:
    assert fingerprint({}, "a") != fingerprint(TENSORS, "a")


def test_the_largest_difference_is_over_all_tensors() -> None:
    moved = {**TENSORS, "a": TENSORS["a"] + 0.25, "b": torch.tensor(1)}
    assert largest_difference(TENSORS, moved) == 2.0
    assert largest_difference(TENSORS, dict(TENSORS)) == 0.0


def test_weights_of_other_shapes_have_no_difference() -> None:
    assert largest_difference(TENSORS, {**TENSORS, "b": torch.zeros(2)}) is None
    assert largest_difference(TENSORS, {}) is None


def test_weights_that_ran_away_alike_do_not_differ() -> None:
    gone = {"a": torch.tensor([math.nan, 1.0])}
    assert largest_difference(gone, {"a": torch.tensor([math.nan, 1.5])}) == 0.5
    assert largest_difference(gone, {"a": torch.tensor([0.0, 1.0])}) == math.inf
