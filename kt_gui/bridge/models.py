"""All models of the window, built once, handed to every page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject

from kt_gui.bridge.album import Albums
from kt_gui.bridge.change_model import ChangeModel
from kt_gui.bridge.comparison_model import ComparisonModel
from kt_gui.bridge.corrections_model import CorrectionsModel
from kt_gui.bridge.dataset_model import DatasetModel
from kt_gui.bridge.evaluation_model import EvaluationModel
from kt_gui.bridge.experiment_model import ExperimentModel, has_data, source_data
from kt_gui.bridge.export_model import ExportModel
from kt_gui.bridge.insight_model import InsightModel
from kt_gui.bridge.machine_model import MachineModel
from kt_gui.bridge.network_model import NetworkModel
from kt_gui.bridge.prediction_model import PredictionModel
from kt_gui.bridge.preferences_model import PreferencesModel
from kt_gui.bridge.proof_model import ProofModel
from kt_gui.bridge.ranking_model import RankingModel
from kt_gui.bridge.rate_model import RateModel
from kt_gui.bridge.run_model import RunModel
from kt_gui.bridge.runs_table import RunsTable
from kt_gui.bridge.studies_list import StudiesList
from kt_gui.bridge.study_model import StudyModel
from kt_gui.bridge.suspects_model import SuspectsModel
from kt_gui.bridge.tasks import Tasks
from kt_gui.bridge.viewing import Viewing
from kt_gui.bridge.worker import Worker
from kt_gui.schema.codec import load_experiment
from kt_gui.schema.corrections import is_same
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment, Pretrain
from kt_gui.schema.texts import tr
from kt_gui.store.folders import Home
from kt_gui.store.runs import is_run


@dataclass(frozen=True)
class Models:
    """What pages show and steer. `root` owns them all, and through them every worker."""

    root: QObject
    home: Home
    experiment: ExperimentModel
    source_data: DatasetModel
    target_data: DatasetModel
    network: NetworkModel
    run: RunModel
    viewing: Viewing
    changes: ChangeModel
    corrections: CorrectionsModel
    predictions: PredictionModel
    exports: ExportModel
    albums: Albums
    evaluation: EvaluationModel
    proof: ProofModel
    insight: InsightModel
    suspects: SuspectsModel
    runs: RunsTable
    comparison: ComparisonModel
    study: StudyModel
    studies: StudiesList
    ranking: RankingModel
    rates: RateModel
    machine: MachineModel
    preferences: PreferencesModel

    def workers(self) -> list[Worker]:
        """Every thread that has not ended."""
        return self.root.findChildren(Worker)

    def cancel(self) -> None:
        """End all short work."""
        for tasks in self.root.findChildren(Tasks):
            tasks.cancel()

    def at_work(self) -> str:
        """Say what goes on and keeps another run or study from starting; empty where nothing does."""
        if self.run.is_live:
            return tr("A run is going on. Stop it first.")
        return tr("A study is going on. Stop it first.") if self.study.is_live else ""

    def open(self, path: Path) -> Literal["source", "train"]:
        """Open an experiment file, or a run: its folder, or the file in it. Tell which page to show.

        Raises UserError where it cannot be read, or a run is in the way.
        """
        folder = path if path.is_dir() else path.parent
        if is_run(folder):
            if self.run.is_live:
                raise UserError(tr("A run is going on."), tr("Stop it first; then open the other one."))
            self.run.replay(folder)
            return "train"
        self.experiment.set(load_experiment(path), is_named=True)
        return "source"

    def read_corrected(self) -> None:
        """Read the data sets anew that were corrected just now."""
        said = self.corrections.latest
        for model in (self.source_data, self.target_data):
            if said is not None and model.data is not None and is_same(model.data, said.data):
                model.retry()
        for part in ("source", "target"):
            self.network.cancel(part)  # what the network sees of it, too

    def survey(self) -> None:
        """Read the experiment's data sets, as far as they were chosen and are not known."""
        experiment = self.experiment.experiment
        target, source = experiment.target, experiment.source
        if has_data(target.data):
            self.target_data.survey(target.data, target.split, target.per_class, experiment.seed)
        else:
            self.target_data.forget()
        data = source_data(experiment)
        if isinstance(source, Pretrain) and data is not None and has_data(data):
            self.source_data.survey(data, source.split, source.per_class, experiment.seed)
        else:
            self.source_data.forget()


def build(home: Home, experiment: Experiment, *, is_enabled: bool = True) -> Models:
    """Build the models around a first experiment. Not enabled, they only show what they are given.

    Data sets are surveyed at each edit, not before the first: the first survey loads torch.
    """
    root = QObject()
    source = DatasetModel(home, root, is_enabled=is_enabled)
    target = DatasetModel(home, root, is_enabled=is_enabled)
    run = RunModel(home, root, is_enabled=is_enabled)
    viewing = Viewing(run, root)
    corrections = CorrectionsModel(home, root, is_enabled=is_enabled)
    models = Models(
        root=root,
        home=home,
        experiment=ExperimentModel(experiment, source, target, root),
        source_data=source,
        target_data=target,
        network=NetworkModel(home, root, is_enabled=is_enabled),
        run=run,
        viewing=viewing,
        changes=ChangeModel(home, viewing, root, is_enabled=is_enabled),
        corrections=corrections,
        predictions=PredictionModel(home, viewing, run, corrections, root, is_enabled=is_enabled),
        exports=ExportModel(home, viewing, root, is_enabled=is_enabled),
        albums=Albums(home, root, is_enabled=is_enabled),
        evaluation=EvaluationModel(home, viewing, root, is_enabled=is_enabled),
        proof=ProofModel(home, viewing, root, is_enabled=is_enabled),
        insight=InsightModel(home, root, is_enabled=is_enabled),
        suspects=SuspectsModel(home, viewing, corrections, root, is_enabled=is_enabled),
        runs=RunsTable(home, root, is_enabled=is_enabled),
        comparison=ComparisonModel(home, root, is_enabled=is_enabled),
        study=StudyModel(home, root, is_enabled=is_enabled),
        studies=StudiesList(home, root, is_enabled=is_enabled),
        ranking=RankingModel(home, root, is_enabled=is_enabled),
        rates=RateModel(home, root, is_enabled=is_enabled),
        machine=MachineModel(root, is_enabled=is_enabled),
        preferences=PreferencesModel(home, root, is_enabled=is_enabled),
    )
    if is_enabled:
        models.experiment.edited.connect(models.survey)
        models.runs.listed.connect(lambda: models.run.follow(models.runs.records))
    models.run.ended.connect(models.runs.refresh)
    models.proof.ended.connect(models.runs.refresh)
    models.study.ended.connect(models.studies.refresh)
    corrections.changed.connect(models.read_corrected)
    return models
