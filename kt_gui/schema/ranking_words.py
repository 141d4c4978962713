"""What a ranking of sources says, in sentences: the same in the terminal and the window."""

from collections.abc import Iterator

from kt_gui.schema.columns import unpack
from kt_gui.schema.datasets import called
from kt_gui.schema.experiment import Scratch
from kt_gui.schema.quantities import percent
from kt_gui.schema.rankings import Bridge, Learnt, Ranked, Score, Standing, Trust
from kt_gui.schema.texts import listed, mark, prose, thousands, tr, trn

TITLES: dict[Score, str] = {
    "probe": mark("Linear probe"),
    "knn": mark("k-NN"),
    "log_me": "LogME",
    "h_score": "H-score",
    "leep": "LEEP",
    "nce": "NCE",
    "trans_rate": "TransRate",
    "gbc": "GBC",
}
UNLIKELY = 0.05
"""Below this p two probes are told apart."""
FEW = 30
"""Pictures; with fewer, a ranking says little."""
NAMED = 2
"""Source classes that are named for each class of the target."""


def headline(ranked: Ranked) -> str:
    """Say which source comes first, and how sure that is."""
    if ranked.best is None:
        return tr("No candidate could be ranked.")
    said = _first(ranked.standings[ranked.best], ranked)
    alike = [each.name for each in ranked.standings if each.p is not None and each.p >= UNLIKELY and not each.own]
    if not alike:
        return said
    doubt = tr("These may be as good, as far as the pictures tell: {names}.", names=listed(alike))
    return prose((said, doubt))


def _first(best: Standing, ranked: Ranked) -> str:
    accuracy = percent(best.scores.probe) if best.scores else "–"
    values = {"name": best.name, "data": called(ranked.title), "accuracy": accuracy, "chance": percent(ranked.chance)}
    has_sources = any(each.scores and not isinstance(each.source, Scratch) for each in ranked.standings)
    if isinstance(best.source, Scratch) and has_sources:
        return tr(
            "No source is better than random weights for {data}: with {name}, {accuracy} of its training pictures are "
            "told apart by a linear probe (chance: {chance}).",
            **values,
        )
    return tr(
        "{name} suits {data} best: {accuracy} of its training pictures are told apart by a linear probe (chance: "
        "{chance}).",
        **values,
    )


def basis(ranked: Ranked) -> str:
    """Say what the ranking rests on."""
    count = len(ranked.names)
    said = trn(
        "Ranked by {count} training picture, in five folds; the test pictures were left aside.",
        "Ranked by {count} training pictures, in five folds; the test pictures were left aside.",
        count,
    )
    if count < ranked.available:
        said += " " + tr("They were drawn from {total}.", total=thousands(ranked.available))
    return said + " " + tr("With so few, chance decides much.") if count < FEW else said


def reservations(standing: Standing) -> Iterator[str]:
    """Say what speaks against believing a candidate's scores, or its accuracy later on."""
    if standing.state != "ranked":
        yield f"{standing.name}: {standing.reason} {standing.remedy}"
    if standing.own:
        yield trn(
            "{name} has learnt from {count} of these pictures before: its scores flatter it.",
            "{name} has learnt from {count} of these pictures before: its scores flatter it.",
            standing.own,
            name=standing.name,
        )
    yield from (_overlap(standing, learnt) for learnt in standing.learnt if learnt.exact or learnt.near)


def beaten(standing: Standing, ranked: Ranked) -> Iterator[str]:
    """Say that random weights do as well as a source."""
    if standing.scores is None or isinstance(standing.source, Scratch):
        return
    chance = [each.scores.probe for each in ranked.standings if each.scores and isinstance(each.source, Scratch)]
    if chance and max(chance) >= standing.scores.probe:
        yield tr(
            "A network that has learnt nothing does as well: {random} against {accuracy} by a linear probe.",
            random=percent(max(chance)),
            accuracy=percent(standing.scores.probe),
        )


def _overlap(standing: Standing, learnt: Learnt) -> str:
    """Say how many test pictures a candidate has seen."""
    said = {"name": standing.name, "data": called(learnt.title)}
    exact = trn("{count} is there exactly", "{count} are there exactly", learnt.exact) if learnt.exact else ""
    near = trn("{count} nearly", "{count} nearly", learnt.near) if learnt.near else ""
    return tr(
        "{name} has seen pictures of the test while it learnt {data}: {counts}. The accuracy will look better than it "
        "is.",
        counts=listed([exact, near]),
        **said,
    )


def looked_for(*standings: Standing) -> str:
    """Say how test pictures were looked for, and what looks closer; empty where there was nothing to look through."""
    if not any(each.learnt for each in standings):
        return ""
    return tr(
        "Test pictures were looked for by a hash of their pixels. kt overlap, and “Search for test pictures” in the "
        "window, look closer: by a network, too, which finds cut ones."
    )


def unknown(ranked: Ranked) -> str:
    """Say of whom nobody knows what they have learnt from; empty where it is known of all."""
    names = [each.name for each in ranked.standings if each.scores and not each.is_known]
    if not names:
        return ""
    return tr(
        "What these have learnt from is not known here, and test pictures may be among it: {names}.",
        names=listed(names),
    )


def believed(trust: Trust) -> str:
    """Say how often a score was right."""
    tau = "" if trust.tau is None else tr("weighted τ {tau}", tau=f"{trust.tau:+.2f}")
    said = trn("right on {right} of {count} pair", "right on {right} of {count} pairs", trust.pairs, right=trust.right)
    return listed([said, tau])


def likeness(bridge: Bridge, label: int) -> str:
    """Say what the source takes a class of the target for; empty where none of its pictures were looked at."""
    shares = unpack(bridge.shares)[label].tolist()
    first = sorted(zip(shares, bridge.classes, strict=True), reverse=True)[:NAMED]
    return listed(f"{short(name)} {percent(share, 0)}" for share, name in first if share == share)


def short(name: str) -> str:
    """Give the first of a class's names: ImageNet gives several, with commas between them."""
    return name.partition(",")[0]
