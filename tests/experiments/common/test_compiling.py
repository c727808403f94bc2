"""Quick compiling in a process of its own, as a smoke run has it."""

import json
import os
import subprocess
import sys

CODE = """
import json, os, sys
from experiments.common import compiling
compiling.for_scale(sys.argv[1])
import jax, jax.numpy as jnp
from jaxmotif.apps import rundir
value = float(jax.jit(lambda x: jnp.exp(x).sum())(jnp.zeros(7)))
print(json.dumps([rundir.environment()["few_optimizations"], os.environ.get("XLA_FLAGS", ""), value]))
"""


def run(scale="smoke", **variables):
    clean = {k: v for k, v in os.environ.items() if k not in ("JAX_DISABLE_MOST_OPTIMIZATIONS", "XLA_FLAGS")}
    out = subprocess.run(
        [sys.executable, "-c", CODE, scale], env=clean | variables, capture_output=True, text=True, check=True
    )
    return [*json.loads(out.stdout), "few optimisations" in out.stderr]


def test_few_optimisations_unless_the_user_says_otherwise():
    few, flags, value, told = run(XLA_FLAGS="--xla_force_host_platform_device_count=1")
    assert few and told and value == 7.0
    # An XLA without the flag would have ended the process.
    assert flags.split()[0] == "--xla_force_host_platform_device_count=1" and len(flags.split()) <= 2
    assert run(JAX_DISABLE_MOST_OPTIMIZATIONS="0") == [False, "", 7.0, False]


def test_other_scales_run_what_users_have():
    assert run("quick") == [False, "", 7.0, False]
