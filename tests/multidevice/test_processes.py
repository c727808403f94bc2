"""Members, and batches, spread over processes on this machine: as one process trains them.

Each of several processes has one device. Sums are those of programs that users run, see `test_members`.
"""

import json
import pathlib
import shutil

import jax
import numpy as np
import pytest

from tests.helpers import process_refusals, process_training, started

pytestmark = pytest.mark.skipif(
    jax.device_count() < 8,
    reason="needs the settings of tests/multidevice: see test_members for the XLA_FLAGS",
)
SCRIPT = str(pathlib.Path(process_training.__file__))


def _train(members: int, **options):
    """What this process makes of a job on as many devices as two processes have."""
    return process_training.train(members, devices=jax.devices()[:2], **options)


def _processes(count: int, jobs: list[dict]) -> list[list]:
    """What each of several processes returns of its jobs: pairs of weights and history."""
    where = started.address()
    commands = [[SCRIPT, where, str(count), str(index), json.dumps(jobs)] for index in range(count)]
    with started.started(commands, XLA_FLAGS="") as running:
        codes = running.codes()
        assert codes == [0] * count, [running.text(index) for index in range(count)]
        return [json.loads(running.text(index).splitlines()[-1]) for index in range(count)]


def _assert_close(history: list[dict], other: list[dict]) -> None:
    """Weights are equal; means over rows may be cut otherwise for a device with fewer threads."""
    assert len(history) == len(other)
    for row, of_other in zip(history, other, strict=True):
        assert row.keys() == of_other.keys()
        for name, values in row.items():
            np.testing.assert_allclose(values, of_other[name], rtol=1e-6, err_msg=name)


def _without(directory: pathlib.Path, to: pathlib.Path, epoch: int) -> str:
    """A copy of a run as it was before an epoch was saved."""
    shutil.copytree(directory, to)
    shutil.rmtree(to / "checkpoints" / str(epoch))
    return str(to)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Three members in one process, with their directory."""
    directory = tmp_path_factory.mktemp("alone")
    return *_train(3, directory=str(directory)), directory


@pytest.fixture(scope="module")
def two(alone, tmp_path_factory):
    """What two processes make of three jobs, and the directory of the first.

    Three members, so that one of four places is empty; two, each of whom is in both processes; and three
    whom one process has begun.
    """
    directory = tmp_path_factory.mktemp("two") / "run"
    begun = _without(alone[2], directory.with_name("one to two"), 3)
    jobs = [
        {"members": 3, "directory": str(directory), "save_seconds": 0.0},
        {"members": 2, "data_devices": 2},
        {"members": 3, "directory": begun},
    ]
    return _processes(2, jobs), directory


def test_members_of_two_processes_equal_those_of_one(alone, two):
    weights, history, _ = alone
    for (own, of_own), *_ in two[0]:
        np.testing.assert_array_equal(np.float32(own), weights)
        _assert_close(of_own, history)


def test_one_run_directory_is_written(alone, two):
    (_, history), directory = two[0][0][0], alone[2]
    assert [json.loads(line) for line in (two[1] / "metrics.jsonl").read_text().splitlines()] == history
    names = lambda folder: {path.name for path in folder.iterdir()}
    assert names(two[1]) == names(directory)
    assert names(two[1] / "checkpoints") == names(directory / "checkpoints") | {"within"}


def test_batches_shared_by_processes_give_the_same_up_to_the_order_of_sums(two):
    weights, history = _train(2)
    for _, (own, of_own), _ in two[0]:
        np.testing.assert_allclose(own, weights, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(of_own[-1]["train/loss"], history[-1]["train/loss"], rtol=1e-5)
    assert two[0][0][1] == two[0][1][1]  # both have the same


def test_another_number_of_processes_continues(alone, two, tmp_path, caplog):
    weights, history, _ = alone
    two_to_four = _without(two[1], tmp_path / "two to four", 3)
    for found, of_found in (
        two[0][0][2],
        _train(3, directory=_without(two[1], tmp_path / "two to one", 3)),
        _processes(4, [{"members": 3, "directory": two_to_four}])[3][0],
    ):
        np.testing.assert_array_equal(np.float32(found), weights)
        _assert_close(of_found, history)
    assert not caplog.text  # what was saved within the third epoch is read, too


def test_what_all_refuse_ends_nobody():
    """Data that are wrong, and an objective that cannot be sent: the next training is made by both."""
    where = started.address()
    commands = [[process_refusals.__file__, where, str(index)] for index in range(2)]
    with started.started(commands, XLA_FLAGS="") as running:
        assert running.codes() == [0, 0], [running.text(0), running.text(1)]
        said = [line for line in running.text(0).splitlines() if line in ("refused", "trained")]
        assert said == ["refused", "refused", "trained"]
