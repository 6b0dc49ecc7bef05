"""What MLflow's own client finds in an exported run."""

import pytest

from bench.report.export import export
from bench.report.export.trials import exported

pytest.importorskip("mlflow")
pytestmark = pytest.mark.filterwarnings("ignore")


def test_every_trial_is_a_run_of_an_experiment(run, tmp_path):
    from mlflow.tracking import MlflowClient

    assert export(run, "mlflow", tmp_path / "out") == 4
    client = MlflowClient(f"sqlite:///{tmp_path}/out/mlflow.db")
    experiment = client.get_experiment_by_name("synthetic")
    found = {r.info.run_name: r for r in client.search_runs([experiment.experiment_id])}
    trials = {trial.name: trial for trial in exported(run)}
    assert set(found) == set(trials)
    adam = found["bowl/adam/seed_0"]
    assert adam.data.params["learning_rate"] == "0.1"
    assert adam.data.tags["end"] == "target"
    statuses = {name: one.info.status for name, one in found.items()}
    assert statuses.pop("bowl/a_b_wild/seed_1") == "FAILED"
    assert set(statuses.values()) == {"FINISHED"}
    trace = run.trace(trials["bowl/adam/seed_0"].key)
    for column in ("loss", "seconds"):
        history = client.get_metric_history(adam.info.run_id, column)
        history = sorted(history, key=lambda one: one.step)
        assert [one.step for one in history] == trace["step"].tolist()
        assert [one.value for one in history] == trace[column].tolist()
