"""How processes find each other and what they send, in one; tests/multidevice/test_commands has some."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmotif import keys, messages, processes
from jaxmotif.errors import Failed, Interrupted, Lost
from jaxmotif.models import zoo
from jaxmotif.objectives.infomax import InfoMaxConfig
from jaxmotif.training import ensemble, fit
from jaxmotif.training.config import TrainConfig
from jaxmotif.training.together import Together, whole

LAUNCHERS = ("SLURM_NTASKS", "OMPI_COMM_WORLD_SIZE", "JAX_COORDINATOR_ADDRESS")


@pytest.fixture
def asked(monkeypatch):
    """What JAX is asked for; it finds one process, as it does where a launcher has started no more."""
    calls = []
    monkeypatch.setattr(jax.distributed, "initialize", lambda **given: calls.append(given))
    monkeypatch.setattr(jax.config, "update", lambda *_: None)
    for name in LAUNCHERS:
        monkeypatch.delenv(name, raising=False)
    return calls


def test_nothing_is_started_unless_it_is_asked_for(asked, monkeypatch):
    monkeypatch.setenv("SLURM_NTASKS", "4")
    monkeypatch.setenv("JAX_COORDINATOR_ADDRESS", "node1:1234")
    processes.begin("no", "", -1, -1)
    # One task of an array of jobs, and one process by hand.
    monkeypatch.delenv("JAX_COORDINATOR_ADDRESS")
    monkeypatch.setenv("SLURM_NTASKS", "1")
    processes.begin("auto", "", -1, -1)
    processes.begin("no", "node1:1234", 1, 0)
    assert asked == []


def test_jax_is_told_what_was_asked_for(asked, monkeypatch):
    monkeypatch.setenv("SLURM_NTASKS", "4")
    processes.begin("auto", "", -1, -1)
    processes.begin("mpi4py", "", -1, -1)
    monkeypatch.setenv("JAX_COORDINATOR_ADDRESS", "node1:1234")
    processes.begin("auto", "", 3, 2)
    processes.begin("no", "node2:1234", 3, 0)
    wanted = ("coordinator_address", "num_processes", "process_id", "cluster_detection_method")
    assert [tuple(given.get(name) for name in wanted) for given in asked] == [
        (None, None, None, None),
        (None, None, None, "mpi4py"),
        ("node1:1234", 3, 2, None),
        ("node2:1234", 3, 0, None),
    ]
    assert not processes.leading() and processes.local_devices() is None


@pytest.mark.parametrize(
    "arguments,said",
    [
        (("no", "node1:1234", -1, -1), "--coordinator wants --processes and --process"),
        (("no", "", 2, 0), "--processes and --process want --coordinator"),
        (("no", "node1:1234", 2, 2), "--process=2 of --processes=2; they are counted from 0"),
        (("no", "node1:1234", 2, -1), "--process=-1 of --processes=2"),
        (("no", "node1", 2, 0), "--coordinator wants host:port, got 'node1'"),
    ],
)
def test_flags_that_do_not_go_together_are_told(arguments, said, asked):
    with pytest.raises(ValueError, match=said):
        processes.begin(*arguments)
    assert asked == []


def test_a_launcher_that_is_not_there_is_told(monkeypatch):
    for name in LAUNCHERS:
        monkeypatch.delenv(name, raising=False)

    def nothing(**_):
        raise ValueError("coordinator_address should be defined.")

    monkeypatch.setattr(jax.distributed, "initialize", nothing)
    monkeypatch.setattr(jax.config, "update", lambda *_: None)
    with pytest.raises(ValueError, match=r"no launcher .* \(coordinator_address should be defined.\)"):
        processes.begin("auto", "", -1, -1)


@pytest.mark.parametrize(
    "objective", [fit.by_labels, fit.by_targets("counts"), fit.by_information(InfoMaxConfig())]
)
def test_what_a_training_needs_can_be_sent(objective, monkeypatch):
    members = fit.Members(range(2), keys.root(3), {"learning_rate": [1e-3, 1e-4]})
    job = (
        zoo.fitting("GRIM-4 (64)", 50, None),
        TrainConfig(),
        objective,
        members,
        jnp.arange(3),
        fit.Run("x"),
    )
    sent = []
    monkeypatch.setattr(messages, "_from_first", lambda part: sent.append(part.copy()) or part)
    monkeypatch.setattr(messages, "PART", 64)  # so that all is sent in parts
    messages.send(job)
    monkeypatch.setattr(messages, "_from_first", lambda part: sent.pop(0))
    spec, config, made, theirs, numbers, run = messages.receive()
    assert not sent
    assert (spec, config, run) == (job[0], job[1], job[5])
    assert made(spec, config)._fields == objective(spec, config)._fields
    np.testing.assert_array_equal(jax.random.bits(theirs.key), jax.random.bits(members.key))
    np.testing.assert_array_equal(numbers, job[4])
    assert theirs.hyperparameters == members.hyperparameters


def test_one_process_agrees_with_itself():
    alone, tree = Together(ensemble.mesh_of(1)), {"a": jnp.ones(2)}
    assert (alone.largest(3), alone.of_first(5), alone.by_first(lambda: "made")) == ((3,), 5, "made")
    assert alone.writes and not alone.several and whole(tree) is tree


@pytest.mark.parametrize(
    "raised,told,broken",
    [
        (ValueError("UNKNOWN: Gloo AllGather failed: Connection closed by peer"), Lost, True),
        (RuntimeError("of the program itself"), RuntimeError, True),
        (ValueError("data differ in length"), ValueError, False),
        (Failed("no member learns"), Failed, False),
        (Interrupted(15, 3), Interrupted, False),
    ],
)
def test_what_ends_a_training_that_all_do(raised, told, broken, monkeypatch):
    """Where it is not the same end for all, the others are not waited for."""
    monkeypatch.setattr(processes._State, "broken", False)
    monkeypatch.setattr(processes, "_send", lambda message, seconds=None: None)

    def train():
        raise raised

    with pytest.raises(told) as error:
        processes.joint(train, (), ())
    assert type(error.value) is told
    assert processes._State.broken == broken and not processes._State.training
