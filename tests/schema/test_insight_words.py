import msgspec
import pytest

from kt_gui.samples import insight as samples_insight
from kt_gui.schema.insight_words import say_apart, say_map, say_silhouette
from kt_gui.schema.insights import Embedded, Neighbourhood

KNOWN = samples_insight.embedded()
NOTHING = Neighbourhood(purity=None, silhouette=None)


def told(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_numbers_stand_beside_what_they_were_and_what_chance_gives() -> None:
    assert told(say_apart(KNOWN)) == (
        "Of the 10 pictures nearest to each, 71 % are of its class; before 44 %, by chance 8 %."
    )
    assert say_silhouette(KNOWN).startswith("Silhouette 0.22, before 0.05 (1: every class")


def test_without_a_before_nothing_is_compared() -> None:
    alone = samples_insight.embedded(has_before=False)
    assert told(say_apart(alone)) == "Of the 10 pictures nearest to each, 71 % are of its class; by chance 8 %."
    assert say_silhouette(alone).startswith("Silhouette 0.22 (1:")


@pytest.mark.parametrize("field", ["apart_after", "apart_before"])
def test_where_a_number_means_nothing_it_is_not_told(field: str) -> None:
    poor: Embedded = msgspec.structs.replace(KNOWN, **{field: NOTHING})
    assert "None" not in say_apart(poor) + say_silhouette(poor)


def test_a_map_says_what_its_places_mean_and_whether_all_pictures_are_on_it() -> None:
    assert told(say_map(KNOWN, "after")) == (
        "PCA: two directions that hold 35 % of the variance · hollow: taken for another class"
    )
    assert "39" in say_map(KNOWN, "before")
    many = msgspec.structs.replace(samples_insight.embedded(method="tsne"), total=9000)
    assert told(say_map(many, "after")) == (
        "t-SNE: near means alike, far means little · hollow: taken for another class · "
        "207 of 9 000 pictures, of each class its share"
    )
