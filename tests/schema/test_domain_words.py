"""What a map of two sets says."""

import msgspec
import pytest

from kt_gui.samples.domains import mapped
from kt_gui.schema import domain_words as words
from kt_gui.schema.domains import Distance


def distance(value: float, low: float, high: float) -> Distance:
    return Distance(distance=value, low=low, high=high, error=(2 - value) / 4, pictures=40, seed=0)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "There are too few pictures to say how far Twemoji emoji and Noto emoji lie apart."),
        (distance(0.2, 0, 0.5), "Twemoji emoji and Noto emoji cannot be told apart by what the network sees."),
        (distance(0.4, 0.2, 0.6), "Twemoji emoji and Noto emoji lie close together for the network."),
        (distance(0.9, 0.7, 1.1), "Twemoji emoji and Noto emoji lie apart for the network, and overlap."),
        (distance(1.9, 1.7, 2.0), "Twemoji emoji and Noto emoji lie far apart for the network."),
    ],
)
def test_the_verdict_follows_the_distance(found: Distance | None, said: str) -> None:
    assert words.verdict(msgspec.structs.replace(mapped(), distance=found)) == said


def test_the_explanation_gives_the_figure_its_interval_and_the_error() -> None:
    said = words.explanation(distance(0.9, 0.7, 1.1))
    assert "Proxy A-distance 0.90 (0.70–1.10): 0 = the sets cannot be told apart, 2 = always." in said
    assert "27.5\N{NO-BREAK SPACE}% of 40 pictures of either set" in said


def test_the_basis_says_who_looked_at_which_pictures() -> None:
    told = mapped()
    assert words.basis(told) == (
        "Seen by bundled/efficientnet_lite0. Source: Twemoji emoji, 180 test pictures; target: Noto emoji, 42 "
        "training pictures."
    )
    part = msgspec.structs.replace(told.source, part="", total=1204)
    said = words.basis(msgspec.structs.replace(told, source=part))
    assert "Twemoji emoji, 180 of 1\N{NO-BREAK SPACE}204 pictures;" in said


def test_a_projection_says_what_its_places_mean() -> None:
    assert words.projection(mapped()) == "PCA: two directions that hold 34\N{NO-BREAK SPACE}% of the variance"
    assert words.projection(mapped("tsne")).startswith("t-SNE: near means alike")
