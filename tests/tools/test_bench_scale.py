"""The benchmark of many devices: its arithmetic, that it runs, and that all devices have work."""

import json

import bench_decode
import bench_scale
import pytest
import scale_accelerator
import scale_devices
import scale_paper

from experiments.koo_eddy import settings as koo_eddy
from jaxmotif.models.spec import Conv, Dense, NetworkSpec, flops, parameter_count

SPEC = NetworkSpec("small", 40, 2, (Conv(8, 7, pool=4), Conv(6, 3)), (Dense(10),))


def test_any_number_of_members_has_work_on_all_devices():
    rows = scale_devices.on(8, "spreading", {"size": "tiny", "counts": [3, 11], "batch": 48})
    assert [(row["members"], row["used"], row["devices"]) for row in rows] == [(3, 8, 8), (11, 8, 8)]
    # Of eleven three devices have two each, and five have one.
    assert [row["with members"] for row in rows] == [8, 8]
    # Two groups of four devices: two members on one of them, twelve rows of a batch on each.
    assert (rows[0]["members each"], rows[0]["rows each"]) == (2, 12)
    assert [row["counted efficiency"] for row in rows] == [0.75, round(11 / 16, 3)]


def test_what_is_sent_and_cut_on_two_devices():
    work = [scale_devices.Work("members", 2, 8), scale_devices.Work("data", 1, 8, 2)]
    arguments = {"size": "tiny", "work": work, "steps": 2, "repeats": 1}
    members, data = scale_devices.on(2, "training", arguments)
    weights = parameter_count(scale_accelerator._TINY)
    assert members["kB sent a step"] == 0
    # The gradient of every weight at least, and moments of batches.
    assert 4 * weights / 1e3 <= data["kB sent a step"] < 4 * 3 * weights / 1e3
    assert members["GFLOP a step, each"] == pytest.approx(2 * data["GFLOP a step, each"], abs=1e-4)
    (read,) = scale_devices.on(2, "reading", {"size": "tiny", "rows": 150, "repeats": 1})
    assert (read["used"], read["devices"]) == (2, 2)
    with pytest.raises(RuntimeError, match="nothing on 1 devices ended with code 1"):
        scale_devices.on(1, "nothing", {})


def test_bytes_of_sums_by_hand():
    text = """
      %a = f32[20,3]{1,0} all-reduce(%x), replica_groups={}
      %b = (f32[5]{0}, bf16[2,2]{1,0}) all-reduce-start(%y, %z)
      %c = f32[] all-reduce(%w)
      %d = f32[100] add(%p, %q)
    """
    assert scale_devices.sent_bytes(text) == 4 * 60 + 4 * 5 + 2 * 4 + 4


def test_what_has_work_of_its_own_by_hand():
    text = """HloModule m
fused {
  ROOT %x = f32[2] add(%p, %q)
}

ENTRY %main {
  %p = f32[2]{0} parameter(0)
  %f = f32[2]{0} fusion(%p), kind=kLoop, calls=fused
  %t = (f32[2]{0}) tuple(%f)
  ROOT %d = f32[2,2]{1,0} dot(%f, %f)
}
"""
    assert scale_paper.launches(text) == 2


def test_operations_of_a_step_are_those_of_the_compiler():
    step = scale_paper.counted(SPEC, 32)
    assert step.operations == 32 * flops(SPEC)
    # The compiler counts elementwise work, too.
    assert step.operations <= step.compiled < 2 * step.operations
    assert step.gradient == 4 * parameter_count(SPEC) and step.launches > 10
    assert step.planned > 3 * step.gradient


def test_times_on_paper_by_hand():
    card = scale_paper.Card("toy", 1e3, 1e3, 100.0, 1e9, 50.0, 10.0, 0.1)
    step = scale_paper.Step(2000.0, 2100.0, 400.0, 100.0, 5, 0.0, 40.0)
    one = scale_paper.time(step, 1, card)
    assert one == (2.0, 4.0, 0.5, 0.0) and one.seconds == 4.0 and one.limit == "bytes"
    # Eight share a batch: an eighth of all but the weights, and 2 * 7 / 8 of the gradient sent by each.
    shared = scale_paper.time(step, 8, card, 1 / 8)
    assert shared == pytest.approx((0.25, (300 / 8 + 100) / 100, 0.5, 1.75 * 40 / 50))
    far = scale_paper.time(step, 64, card, 1 / 64)
    assert far.sum == pytest.approx(2 * 63 / 64 * 4) and far.limit == "all-reduce"
    # Members of an ensemble have weights of their own and nothing to sum.
    members = scale_paper.time(step, 8, card, 16, reduced=False)
    assert members == (32.0, 64.0, 0.5, 0.0)


def test_the_script_for_an_accelerator_runs_here(monkeypatch, tmp_path):
    commands = []

    def told(arguments, folder, table):
        commands.append(arguments)
        return {"command": " ".join(arguments)}

    monkeypatch.setattr(scale_accelerator, "_command", told)
    wrong = lambda size: (_ for _ in ()).throw(ValueError("of one part"))
    monkeypatch.setattr(scale_accelerator, "made_data", wrong)
    with pytest.raises(SystemExit):  # since a part failed; the others have their rows
        bench_scale.main(["bench_scale", "accelerator", "--size=tiny", f"--out={tmp_path}"])
    found = json.loads((tmp_path / "accelerator.json").read_text())
    assert found["steps from made data"][0]["failed"] == "ValueError: of one part"
    assert {row["what"]: row["largest difference from the CPU"] for row in found["equality"]} == {
        "gradient": 0,
        "logits": 0,
    }
    assert [row["members"] for row in found["ensembles"]] == [1, 2]
    assert len(found["convolutions"]) == 6
    assert all(row["largest difference"] < 1e-5 for row in found["convolutions"])
    assert [row["dtype"] for row in found["precision"]] == ["float32", "bfloat16"]
    assert "## ensembles" in (tmp_path / "accelerator.md").read_text()
    assert [command[0] for command in commands][0] == "-m" and len(commands) == 2


@pytest.mark.parametrize("size", ["full", "tiny"])
def test_commands_of_the_script_are_taken(size, monkeypatch, tmp_path):
    chosen = scale_accelerator.SIZES[size]()
    asked = []
    monkeypatch.setattr(bench_decode, "isolated", lambda kind, **given: asked.append((kind, given)) or [])
    bench_decode.main(["bench_decode", "cost", f"--out={tmp_path}", *chosen.decoded])
    assert [kind for kind, _ in asked] == ["sweep"]
    scale = chosen.table[0].removeprefix("--scale=")
    fields = [flag.removeprefix("--set=") for flag in chosen.table[1:]]
    config = koo_eddy.build("table1", scale, "code", 0, fields)
    assert config.trials == {"full": 5, "tiny": 1}[size]


def test_bad_input_is_told(tmp_path):
    with pytest.raises(ValueError, match="members, convolutions, paper, accelerator, got nothing"):
        bench_scale.main(["bench_scale"])
    with pytest.raises(ValueError, match="--cards wants numbers from 1, got 0"):
        bench_scale.main(["bench_scale", "paper", "--cards=0", f"--out={tmp_path}"])
