"""Files that PyTorch writes: each opens as the module does, and none runs code that nobody has trusted."""

import os
import pathlib
import re
import zipfile

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

import jaxmotif as jm  # noqa: E402
from jaxmotif.apps import cli  # noqa: E402

CODES = np.random.default_rng(0).integers(0, 4, (5, 20)).astype(np.uint8)


class Small(torch.nn.Module):
    """One convolution, and two probabilities."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv1d(4, 8, 5)
        self.output = torch.nn.Linear(8 * 16, 2)

    def forward(self, x):
        return torch.sigmoid(self.output(torch.relu(self.conv(x)).flatten(1)))


class Touches:
    """A pickle of it makes the file "ran" where it is read."""

    def __reduce__(self):
        return os.system, ("touch ran",)


@pytest.fixture
def module(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    return Small().eval()


def _logits(module) -> np.ndarray:
    with torch.no_grad():
        return torch.logit(module(torch.tensor(np.eye(4)[CODES].transpose(0, 2, 1)).float())).numpy()


def _exported(module):
    batch = {0: torch.export.Dim("batch")}
    return torch.export.export(module, (torch.zeros(2, 4, 20),), dynamic_shapes=(batch,))


def _written(module) -> dict[str, dict]:
    """File -> what `load_torch` has to be told."""
    torch.export.save(_exported(module), "program.pt2")
    torch.save(module.state_dict(), "weights.pt")
    torch.save({"state_dict": {f"module.{k}": v for k, v in module.state_dict().items()}}, "training.pth")
    torch.save(module, "whole.pt")
    weights = {"module": Small, "length": 20}
    return {
        "program.pt2": {},
        "weights.pt": weights,
        "training.pth": weights,
        "whole.pt": {"length": 20, "trusted": True},
    }


def test_files_open_as_the_module_does(module):
    for name, options in _written(module).items():
        net = jm.load_torch(name, **options)
        np.testing.assert_allclose(net.logits(CODES), _logits(module), atol=1e-5, err_msg=name)
        assert any("largest difference" in note for note in net.notes)
    np.testing.assert_allclose(jm.load_torch(_exported(module)).logits(CODES), _logits(module), atol=1e-5)


def test_code_in_files_is_not_run(module, monkeypatch):
    torch.save({"weights": Touches()}, "evil.pt")
    # Not even where the surroundings ask for it.
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with pytest.raises(ValueError, match="evil.pt holds more than weights"):
        jm.load_torch("evil.pt", module=Small, length=20)
    _written(module)
    with pytest.raises(ValueError, match="trusted=True"):
        jm.load_torch("whole.pt", length=20)
    assert not pathlib.Path("ran").exists()


def test_files_that_cannot_be_read_are_told_in_one_line(module):
    _written(module)
    torch.jit.script(module).save("script.pt")
    pathlib.Path("text.pt").write_text("no network")
    for name, words in {
        "nowhere.pt": "nowhere.pt is not there",
        "script.pt": "is TorchScript, which cannot be read",
        "weights.pt": "holds weights only: module=",
        "text.pt": "holds more than weights, or is damaged",
    }.items():
        with pytest.raises(ValueError, match=words) as told:
            jm.load_torch(name, length=20)
        assert "\n" not in str(told.value) and "\x1b" not in str(told.value)
    with pytest.raises(ValueError, match="weights.pt does not fit Linear: .*Missing key"):
        jm.load_torch("weights.pt", module=lambda: torch.nn.Linear(3, 2), length=20)


class Spectrum(Small):
    """The same convolution, and an operator that no other network here has."""

    def __init__(self):
        super().__init__()
        self.output = torch.nn.Linear(8 * 9, 1)

    def forward(self, x):
        return self.output(torch.fft.rfft(torch.relu(self.conv(x))).abs().flatten(1))


def test_an_operator_that_is_not_known_is_named(module, capsys):
    del module
    torch.export.save(torch.export.export(Spectrum().eval(), (torch.zeros(2, 4, 20),)), "spectrum.pt2")
    net = jm.load_torch("spectrum.pt2")
    named = r"operator aten\.(fft_rfft|_fft_r2c)\.default at .* is not known"
    (note,) = [note for note in net.notes if "is not known" in note]
    assert re.search(named, note) and net.outputs == 0 and net.map_names == ("conv",)
    pathlib.Path("s.fa").write_text(">a\n" + "ACGTA" * 4 + "\n")
    with pytest.raises(ValueError, match=f"spectrum.pt2: what the network predicts is not known: {named}"):
        cli.dispatch(["jaxmotif", "attribute", "spectrum.pt2", "s.fa", "--out=out"])
    capsys.readouterr()


def test_code_instead_of_a_program_is_told(module):
    torch.save(module, "whole.pt2")
    torch.jit.script(module).save("script.pt2")
    with zipfile.ZipFile("compiled.pt2", "w") as file:
        file.writestr("compiled/data/aotinductor/model/model.so", b"machine code")
        file.writestr("compiled/archive_format", "pt2")
    pathlib.Path("text.pt2").write_text("no network")
    for name, words in {
        "whole.pt2": "a whole module in a file is Python code.*--nosafe_mode",
        "script.pt2": "is TorchScript, which cannot be read",
        "compiled.pt2": "holds compiled code .AOTInductor.",
        "text.pt2": "no exported program that can be read",
    }.items():
        with pytest.raises(ValueError, match=words) as told:
            jm.load_torch(name, length=20)
        assert "\n" not in str(told.value) and name in str(told.value)
    net = jm.load_torch("whole.pt2", length=20, trusted=True)
    np.testing.assert_allclose(net.logits(CODES), _logits(module), atol=1e-5)


def test_commands_take_files(module, capsys):
    _written(module)
    pathlib.Path("own_module.py").write_text("from tests.models.imports.pytorch.test_files import Small\n")
    cli.dispatch(["jaxmotif", "open", "weights.pt", "--module=own_module:Small", "--length=20"])
    told = capsys.readouterr().out
    assert "output  2  sigmoid" in told and "1  conv  16 x 8  sees 5 nt in steps of 1" in told
    assert "largest difference of outputs to PyTorch's own on 32 random sequences" in told
    pathlib.Path("s.fa").write_text(">a\n" + "".join("ACGT"[code] for code in CODES[0]) + "\n")
    cli.dispatch(["jaxmotif", "predict", "program.pt2", "s.fa"])
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    logits = [float(row[rows[0].index("logit")]) for row in rows[1:]]
    np.testing.assert_allclose(logits, _logits(module)[0], atol=1e-4)
    with pytest.raises(ValueError, match="program.pt2 is of PyTorch: architectures"):
        cli.dispatch(["jaxmotif", "open", "program.pt2", "--reference=x.npz"])
