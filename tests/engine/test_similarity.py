"""Linear CKA against what it is by its definition, computed another way."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from kt_gui.engine import similarity
from kt_gui.engine.loading import AS_IS
from kt_gui.engine.similarity import linear_cka, represent
from kt_gui.schema.stop import Stopped, StopToken
from tests.engine.small_task import CPU, as_network, pictures, small_network


def drawn(n: int, channels: int, seed: int = 0) -> Tensor:
    return torch.randn(n, channels, generator=torch.Generator().manual_seed(seed))


def by_kernels(x: Tensor, y: Tensor) -> float:
    """HSIC by the centring matrix H: tr(KHLH), as Gretton et al. 2005 define it."""
    one, other = (each.double().numpy() for each in (x, y))
    centre = np.eye(len(one)) - 1 / len(one)

    def hsic(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.trace(a @ a.T @ centre @ b @ b.T @ centre))

    return hsic(one, other) / float(np.sqrt(hsic(one, one) * hsic(other, other)))


def by_sums(x: Tensor, y: Tensor) -> float:
    """The unbiased HSIC as Song et al. 2012 write it, equation 5, with kernels whose diagonals are zero."""
    one, other = (each.double().numpy() for each in (x, y))
    n = len(one)
    ones = np.ones(n)

    def hsic(a: np.ndarray, b: np.ndarray) -> float:
        k, l = a @ a.T, b @ b.T  # noqa: E741
        np.fill_diagonal(k, 0)
        np.fill_diagonal(l, 0)
        middle = (ones @ k @ ones) * (ones @ l @ ones) / ((n - 1) * (n - 2))
        return float((np.trace(k @ l) + middle - 2 / (n - 2) * (ones @ k @ l @ ones)) / (n * (n - 3)))

    return hsic(one, other) / float(np.sqrt(hsic(one, one) * hsic(other, other)))


@pytest.mark.parametrize(("n", "p", "q"), [(50, 3, 5), (12, 40, 30), (30, 4, 200), (4, 6, 6)])
def test_it_is_what_its_definition_says_with_more_pictures_or_more_channels(n: int, p: int, q: int) -> None:
    x, noise = drawn(n, p), drawn(n, q, 1)
    y = noise + x[:, :1]
    assert linear_cka(x, y) == pytest.approx(by_kernels(x, y), rel=1e-9)
    if n > 4:
        assert linear_cka(x, y, unbiased=True) == pytest.approx(by_sums(x, y), rel=1e-9)


def test_turning_shifting_and_scaling_change_nothing() -> None:
    x = drawn(40, 8)
    turn = torch.linalg.qr(drawn(8, 8, 1))[0]
    for unbiased in (False, True):
        assert linear_cka(x, 3 * x @ turn + 7, unbiased=unbiased) == pytest.approx(1.0, abs=1e-6)


def test_few_pictures_make_the_plain_one_near_1_and_the_unbiased_one_near_0() -> None:
    """Independent noise of 20 pictures and 2000 channels."""
    x, y = drawn(20, 2000), drawn(20, 2000, 1)
    plain, unbiased = linear_cka(x, y), linear_cka(x, y, unbiased=True)
    assert plain is not None
    assert unbiased is not None
    assert plain > 0.9
    assert abs(unbiased) < 0.1


@pytest.mark.parametrize("broken", [torch.ones(10, 3), torch.full((10, 3), torch.nan), torch.full((10, 3), torch.inf)])
def test_what_does_not_vary_or_is_no_number_cannot_be_compared(broken: Tensor) -> None:
    assert linear_cka(drawn(10, 3), broken) is None
    assert linear_cka(broken, drawn(10, 3), unbiased=True) is None


def test_fewer_than_four_pictures_have_no_unbiased_one() -> None:
    with pytest.raises(ValueError, match="at least 4"):
        linear_cka(drawn(3, 2), drawn(3, 2), unbiased=True)


def finished(work: object) -> dict[str, Tensor]:
    """Let a generator end; give what it returns."""
    try:
        while True:
            next(work)  # type: ignore[call-overload]
    except StopIteration as ended:
        return ended.value  # type: ignore[no-any-return]


def test_each_block_is_represented_by_its_last_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "AT_ONCE", 4)
    network, portion = small_network(), pictures(9)
    found = finished(represent(network, portion, CPU, StopToken(), "", share=(0, 1)))
    network.module.eval()
    shown = portion.look(torch.arange(9), AS_IS)
    with torch.no_grad():
        stem = network.module.get_submodule("stem")(shown)
        middle = network.module.get_submodule("middle")(stem)
        head = network.module.get_submodule("head")(middle)
    assert list(found) == ["stem", "middle", "head"]
    for name, output in (("stem", stem.mean((2, 3))), ("middle", middle.mean((2, 3))), ("head", head)):
        assert torch.allclose(found[name], output, atol=1e-6), name


def test_a_block_that_is_a_container_gives_what_the_container_gives() -> None:
    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Conv2d(3, 3, 1)

        def forward(self, shown: Tensor) -> Tensor:
            return shown + self.inner(shown)

    module = nn.Sequential()
    module.add_module("body", Residual())
    module.add_module("head", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 3)))
    network, portion = as_network(module), pictures(6)
    found = finished(represent(network, portion, CPU, StopToken(), "", share=(0, 1)))
    with torch.no_grad():
        body = module.get_submodule("body")(portion.look(torch.arange(6), AS_IS))  # type: ignore[arg-type]
    assert torch.allclose(found["body"], body.mean((2, 3)), atol=1e-6)


def test_stopping_ends_it_and_leaves_no_hook_behind() -> None:
    network, token = small_network(), StopToken()
    token.stop("discard")
    with pytest.raises(Stopped):
        finished(represent(network, pictures(9), CPU, token, "", share=(0, 1)))
    assert all(not part._forward_hooks for part in network.module.modules())
