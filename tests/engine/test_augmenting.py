import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import Tensor

from kt_gui.engine import augmenting
from kt_gui.engine.augmenting import augment, jitter, mix, shift, zoom
from kt_gui.engine.rand_augment import SIGNED, UNSIGNED, rand_augment
from kt_gui.schema.choices import CustomAugmentation, NoAugmentation

PLAIN = CustomAugmentation(flip="none", crop="none")
RECIPES = [
    PLAIN,
    CustomAugmentation(flip="horizontal", crop="none"),
    CustomAugmentation(flip="both", crop="shift"),
    CustomAugmentation(crop="zoom", colour=0.4),
    CustomAugmentation(crop="none", rand_augment=2),
    CustomAugmentation(flip="both", crop="zoom", colour=1.0, rand_augment=3, magnitude=30),
]


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(count: int = 16, height: int = 12, width: int = 16) -> Tensor:
    return torch.randint(0, 256, (count, 3, height, width), generator=chance(), dtype=torch.uint8)


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
@pytest.mark.parametrize("floating", [False, True])
def test_every_recipe_gives_floats_of_the_same_shape_between_0_and_1(
    recipe: CustomAugmentation, floating: bool
) -> None:
    given = pictures().float() / 255 if floating else pictures()
    before = given.clone()
    varied = augment(given, recipe, chance())
    assert (varied.dtype, varied.shape) == (torch.float32, given.shape)
    assert 0 <= float(varied.min()) <= float(varied.max()) <= 1
    assert torch.equal(given, before)


@pytest.mark.parametrize("recipe", RECIPES[1:], ids=str)
def test_the_same_chance_gives_the_same_pixels_and_global_chance_is_left_alone(recipe: CustomAugmentation) -> None:
    state = torch.get_rng_state()
    first, again, other = (augment(pictures(), recipe, chance(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("recipe", RECIPES[1:], ids=str)
def test_each_picture_of_a_batch_is_varied_on_its_own(recipe: CustomAugmentation) -> None:
    same = pictures(1).expand(64, -1, -1, -1)
    assert len({varied.numpy().tobytes() for varied in augment(same, recipe, chance())}) > 1


def test_no_augmentation_only_turns_bytes_into_shares() -> None:
    for recipe in (NoAugmentation(), PLAIN):
        assert torch.equal(augment(pictures(), recipe, chance()), pictures().float() / 255)


def test_a_flip_mirrors_about_half_and_leaves_the_others() -> None:
    given = pictures(200)
    varied = augment(given, CustomAugmentation(flip="horizontal", crop="none"), chance())
    same = (varied == given / 255).flatten(1).all(1)
    mirrored = (varied == given.flip(-1) / 255).flatten(1).all(1)
    assert (same | mirrored).all()
    assert 70 < int(mirrored.sum()) < 130


def test_a_shift_moves_by_at_most_an_eighth_and_mirrors_the_edge() -> None:
    given = pictures(100, 16, 16)
    moved = shift(given, chance())
    padded = torch.nn.functional.pad(given.float(), (2, 2, 2, 2), mode="reflect").to(torch.uint8)
    for before, after in zip(padded, moved, strict=True):
        windows = [before[:, y : y + 16, x : x + 16] for y in range(5) for x in range(5)]
        assert any(torch.equal(window, after) for window in windows)


def test_a_zoom_keeps_an_even_picture_even_and_shows_a_part_of_an_uneven_one() -> None:
    even = torch.full((4, 3, 9, 9), 0.25)
    assert torch.allclose(zoom(even, chance()), even)
    slope = torch.linspace(0, 1, 32).expand(50, 3, 32, 32)
    zoomed = zoom(slope, chance())
    spread = zoomed.amax(dim=(1, 2, 3)) - zoomed.amin(dim=(1, 2, 3))
    assert float(spread.min()) > 0.4  # at least sqrt(0.35 * 3/4) = 0.51 of the width, but for the pixels at the edge
    assert float(spread.min()) < 0.9


def test_colour_of_strength_0_changes_nothing_and_grey_stays_grey() -> None:
    given = pictures().float() / 255
    assert torch.allclose(jitter(given, 0.0, chance()), given, atol=1e-6)
    grey = given[:, :1].expand(-1, 3, -1, -1)
    varied = jitter(grey, 0.8, chance())
    assert torch.allclose(varied[:, 0], varied[:, 2], atol=1e-5)


@pytest.mark.parametrize("change", [*SIGNED, *UNSIGNED[1:]])
def test_each_change_of_rand_augment_does_something_at_full_strength(change: object) -> None:
    level = 1.0 if change in UNSIGNED else -1.0
    given = pictures(4, 40, 40) // 2 + 30
    changed = change(given, level)
    assert (changed.dtype, changed.shape) == (torch.uint8, given.shape)
    assert not torch.equal(changed, given)


def test_rand_augment_of_magnitude_0_leaves_places_and_brightness_alone() -> None:
    given = pictures()
    for change in SIGNED:
        assert torch.equal(change(given, 0.0), given)


def test_rand_augment_agrees_with_torchvision_for_each_change() -> None:
    from torchvision.transforms import InterpolationMode, v2

    theirs = v2.RandAugment(interpolation=InterpolationMode.NEAREST, fill=128)
    names = ["ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate", "Brightness", "Color", "Contrast", "Sharpness"]
    strengths = [0.3, 0.3, 150 / 331 * 16, 150 / 331 * 12, 30.0, 0.9, 0.9, 0.9, 0.9]
    for change, name, strength in zip(SIGNED, names, strengths, strict=True):
        value = 9 / 30 * strength
        expected = theirs._apply_image_or_video_transform(
            pictures(), name, value, interpolation=InterpolationMode.NEAREST, fill={torch.Tensor: [128.0]}
        )
        assert int((change(pictures(), 9 / 30).int() - expected.int()).abs().max()) <= 1, name


def test_rand_augment_makes_as_many_changes_as_asked_for() -> None:
    given = pictures(64, 40, 40)
    changed = [
        float((rand_augment(given, changes, 15, chance()) != given).flatten(1).any(1).float().mean())
        for changes in range(4)
    ]
    assert changed[0] == 0
    assert changed == sorted(changed)
    assert 0.7 < changed[1] < 1  # 2 of 28 draws leave a picture as it is, and some find nothing to change


@pytest.mark.parametrize("count", [1, 2, 5, 6, 16])
def test_a_few_pictures_at_a_time_give_the_same_pixels_as_all_at_once(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = CustomAugmentation(flip="both", crop="zoom", colour=0.4)
    monkeypatch.setattr(augmenting, "GROUP", 10**9)
    expected = augment(pictures(count), recipe, chance())
    for group in (1, 3 * 3 * 12 * 16):
        monkeypatch.setattr(augmenting, "GROUP", group)
        assert torch.equal(augment(pictures(count), recipe, chance()), expected)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 3), (16, 9)])
def test_a_shift_mirrors_both_axes_at_once(height: int, width: int) -> None:
    given = torch.arange(height * width, dtype=torch.uint8).view(1, 1, height, width).expand(40, 3, -1, -1)
    most = [max(1, side // 8) if side > 1 else 0 for side in (height, width)]
    padded = np.pad(given[0, 0].numpy(), [(by, by) for by in most], mode="reflect")
    allowed = {
        padded[y : y + height, x : x + width].tobytes() for y in range(2 * most[0] + 1) for x in range(2 * most[1] + 1)
    }
    moved = {picture[channel].numpy().tobytes() for picture in shift(given, chance()) for channel in range(3)}
    assert moved <= allowed
    assert len(moved) == len(allowed) or len(allowed) > 12


def test_without_mixing_labels_are_hard() -> None:
    labels = torch.tensor([2, 0])
    mixed, soft = mix(pictures(2), labels, 3, PLAIN, chance())
    assert torch.equal(mixed, pictures(2))
    assert soft.tolist() == [[0, 0, 1], [1, 0, 0]]


def test_mixup_mixes_pictures_and_labels_in_the_same_proportion() -> None:
    white_if_one = torch.tensor([0, 1, 0, 1, 1])
    given = white_if_one.float().view(-1, 1, 1, 1).expand(-1, 3, 8, 8)
    for seed in range(8):
        mixed, soft = mix(given, white_if_one, 2, CustomAugmentation(mixup=1.0), chance(seed))
        assert torch.allclose(mixed.mean(dim=(1, 2, 3)), soft[:, 1], atol=1e-6)
        assert torch.allclose(soft.sum(1), torch.ones(5))


def test_cutmix_pastes_a_box_and_labels_by_its_area() -> None:
    white_if_one = torch.tensor([0, 1, 0, 1, 1])
    given = white_if_one.float().view(-1, 1, 1, 1).expand(-1, 3, 8, 8)
    for seed in range(8):
        mixed, soft = mix(given, white_if_one, 2, CustomAugmentation(cutmix=1.0), chance(seed))
        assert set(mixed.unique().tolist()) <= {0.0, 1.0}
        assert torch.allclose(mixed.mean(dim=(1, 2, 3)), soft[:, 1], atol=1e-6)


def test_mixing_is_decided_by_its_chance_alone_and_both_ways_take_turns() -> None:
    both = CustomAugmentation(mixup=1.0, cutmix=1.0)
    given, labels = torch.eye(4).view(4, 1, 4, 1).expand(-1, 3, -1, 4), torch.arange(4)
    state = torch.get_rng_state()
    results = [mix(given, labels, 4, both, chance(seed))[0] for seed in range(20)]
    assert torch.equal(results[7], mix(given, labels, 4, both, chance(7))[0])
    assert torch.equal(torch.get_rng_state(), state)
    pasted = [set(result.unique().tolist()) <= {0.0, 1.0} for result in results]
    assert 0 < sum(pasted) < 20


def test_torchvision_is_imported_only_for_rand_augment() -> None:
    code = "import sys, kt_gui.engine.loading; sys.exit('torchvision' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
