"""Does a gain study tell a good source from a bad one? The emoji example, and the same with permuted source labels.

    python -m benchmarks.bad_source [--seeds 6] [--epochs 15] [--source-epochs 12]

Pictures and sizes are the example's, the head is kept and held by λ, so that what the source has learnt counts. Labels
of the bad source are dealt out anew by chance, each class as often as before: it learns noise just as long.
"""

import argparse
import tempfile
from pathlib import Path

import msgspec
import numpy as np

from kt_gui import session
from kt_gui.engine.images import read
from kt_gui.schema.datasets import Dataset, ImageTable
from kt_gui.schema.experiment import Experiment, Pretrain
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import Study, TransferGain
from kt_gui.schema.study_events import StudyEnded
from kt_gui.schema.study_words import told
from kt_gui.session.pictures import places
from kt_gui.store.folders import Home


def permuted(data: Dataset, folder: Path, home: Home) -> ImageTable:
    """Write a data set's pictures, and a table that gives them each other's labels."""
    work = read(data, places(home), StopToken())
    while True:
        try:
            next(work)
        except StopIteration as ended:
            collection = ended.value
            break
    labels = np.random.default_rng(0).permutation(collection.labels).tolist()
    rows = ["path,label"]
    for index, label in enumerate(labels):
        collection.picture(index).save(folder / f"{index}.png")
        rows.append(f"{index}.png,{collection.classes[label]}")
    (folder / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    return ImageTable(path=str(folder / "labels.csv"), classes=collection.classes)


def shortened(base: Experiment, source: Pretrain, epochs: int, source_epochs: int) -> Experiment:
    """The example with fewer epochs, from another source."""
    replace = msgspec.structs.replace
    learnt = replace(source, training=replace(source.training, epochs=source_epochs))
    return replace(base, source=learnt, training=replace(base.training, epochs=epochs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--source-epochs", type=int, default=12)
    chosen = parser.parse_args()
    base = session.example("emoji")
    assert isinstance(base.source, Pretrain)
    with tempfile.TemporaryDirectory() as folder:
        home = Home.under(Path(folder) / "home")
        bad = msgspec.structs.replace(base.source, data=permuted(base.source.data, Path(folder), home))
        for name, source in {"permuted labels": bad, "good source": base.source}.items():
            experiment = shortened(base, source, chosen.epochs, chosen.source_epochs)
            study = Study(name=name, study=TransferGain(seeds=chosen.seeds, features=False), experiment=experiment)
            *_, ended = session.study(study, StopToken(), home)
            assert isinstance(ended, StudyEnded)
            assert ended.verdict is not None
            print(f"{name}, {ended.seconds:.0f} s", *told(ended.verdict), sep="\n", flush=True)


if __name__ == "__main__":
    main()
