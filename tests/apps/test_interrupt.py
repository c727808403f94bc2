"""Ctrl-C ends every stage with 130, by real signals to real processes."""

import pathlib
import subprocess
import sys
import textwrap

import pytest

CHECKOUT = pathlib.Path(__file__).parents[2]
# How a stage meets the signal.
STAGES = {
    "in Python": """
        press()
        time.sleep(60)
    """,
    "where Python cannot raise": """
        class Held:
            def __del__(self):
                press()
                time.sleep(0.01)
        held = Held()
        del held
        time.sleep(60)
    """,
    "where a library makes another error of it": """
        try:
            press()
            time.sleep(60)
        except KeyboardInterrupt:
            raise RuntimeError("internal error") from None
    """,
    "while the process ends": """
        import jax
        def clean_up():
            press()
            time.sleep(60)
        atexit.register(clean_up)
    """,
    "with a thread that never ends": """
        threading.Thread(target=time.sleep, args=(600,)).start()
        press()
        time.sleep(60)
    """,
    "in what JAX calls back, with XLA at work": """
        import jax, jax.numpy as jnp
        slow = jax.jit(lambda x: jax.lax.fori_loop(0, 10**9, lambda i, y: jnp.sin(y) + i, x))
        threading.Thread(target=lambda: slow(jnp.ones(1000)).block_until_ready(), daemon=True).start()
        def called(x):
            press()
            time.sleep(60)
        jax.pure_callback(called, jax.ShapeDtypeStruct((), jnp.float32), jnp.float32(1)).block_until_ready()
    """,
}
PROGRAM = """
import atexit, os, pathlib, signal, sys, threading, time
from jaxmotif.apps import launch, lock

def press():
    os.kill(os.getpid(), signal.SIGINT)

def main():
    lock.acquire(pathlib.Path(sys.argv[1]))
    print("begun", flush=True)
{stage}

launch.run(main)
"""


@pytest.mark.parametrize("stage", STAGES)
def test_ctrl_c_ends_with_130(stage, tmp_path):
    program = PROGRAM.format(stage=textwrap.indent(textwrap.dedent(STAGES[stage]), "    "))
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=CHECKOUT, timeout=100)
    assert (done.returncode, done.stdout) == (130, "begun\n"), done.stderr
    assert done.stderr.splitlines()[-1] == "interrupted"
    assert list(tmp_path.iterdir()) == []  # the directory was given back
