"""What the last bits of a result depend on."""

import os
import subprocess
import sys

import pytest
from absl import flags

from jaxmotif import cores

# The gradient of a convolution's kernel: a sum over many rows, which XLA cuts for its threads.
PROGRAM = """
import os, sys
if "one" in sys.argv:
    os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:1])
from jaxmotif import cores
cores.fix_threads(sys.argv)
import hashlib, jax, jax.numpy as jnp
x = jax.random.normal(jax.random.key(0), (400, 76, 300))
w = jax.random.normal(jax.random.key(1), (300, 64))
def f(w):
    h = jnp.exp(jnp.einsum("npk,kc->npc", x, w) / 50)
    return ((h - h.mean((0, 1))) ** 2).sum()
print(hashlib.sha256(jax.device_get(jax.jit(jax.grad(f))(w)).tobytes()).hexdigest())
"""


def _run(*arguments: str) -> str:
    environment = os.environ | {"JAX_DISABLE_MOST_OPTIMIZATIONS": "0", "XLA_FLAGS": ""}
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


@pytest.mark.skipif(cores.usable() < 2, reason="one core is one order")
def test_a_deterministic_program_gives_the_same_bytes_on_one_core():
    if _run() == _run("one"):
        pytest.skip("this processor adds in one order anyway")
    assert _run("--deterministic") == _run("one", "--deterministic")


def test_threads_are_asked_for_by_the_flag_alone(monkeypatch):
    monkeypatch.delenv(cores.THREADS, raising=False)
    for argv in (["x"], ["--deterministic"], ["x", "--nodeterministic"], ["x", "--deterministic=false"]):
        cores.fix_threads(argv)
        assert cores.threads() == cores.usable() and cores.THREADS not in os.environ
    # A file of that name, the last of two flags, what is no flag any more.
    for words in ("deterministic", "--deterministic --nodeterministic", "-- --deterministic"):
        cores.fix_threads(["x", *words.split()])
        assert cores.THREADS not in os.environ
    # Every way in which absl takes a flag as true.
    for word in ("--deterministic", "-deterministic", "--deterministic=True", "--deterministic=1"):
        values = flags.FlagValues()
        flags.DEFINE_bool("deterministic", False, "", flag_values=values)
        values(["x", word])
        cores.fix_threads(["x", word])
        assert values.deterministic and os.environ.pop(cores.THREADS) == str(cores.FIXED)
    monkeypatch.setenv(cores.THREADS, "7")
    cores.fix_threads(["x", "--deterministic"])
    assert cores.threads() == 7
    monkeypatch.setenv(cores.THREADS, "many")
    assert cores.threads() == cores.usable()


def test_instructions_are_those_of_the_processor():
    known = cores.instructions().split()
    assert known == sorted(known)
    if sys.platform == "linux":
        with open("/proc/cpuinfo") as stream:
            assert known and set(known) <= set(stream.read().split())
