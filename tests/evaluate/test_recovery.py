import numpy as np
import pytest

from jaxmotif.evaluate import recovery

TARGETS = ["MA0083.3", "MA0095.2", "MA0615.1", "MA0773.1", "MA0139.1"]
ALLOW = {"SRF": ["MA0083.3"], "YY1": ["MA0095.2"], "MEF2A": ["MA0052.3", "MA0773.1"]}


def test_by_hand():
    e_values = [
        [1e-9, 5.0, 5.0, 5.0, 1e-12],  # SRF, though CTCF is its best hit
        [5.0, 5.0, 0.01, 5.0, 5.0],  # Gmeb1 alone
        [0.1, 5.0, 0.01, 0.01, 5.0],  # SRF at the threshold, and MEF2D
        [0.11, 5.0, 5.0, 5.0, 0.05],  # CTCF alone
        [5.0, 5.0, 5.0, 5.0, 5.0],  # nothing
    ]
    result = recovery.recovery(e_values, TARGETS, 8, allow=ALLOW)
    assert result.uninformative == 3
    assert (result.any, result.any_without_gmeb1, result.relevant) == (4 / 8, 3 / 8, 2 / 8)
    assert result.irrelevant == 2 / 8
    assert result.coverage == pytest.approx(2 / 3)
    assert result.filters_per_tf == {"SRF": 2, "YY1": 0, "MEF2A": 1}
    stricter = recovery.recovery(e_values, TARGETS, 8, allow=ALLOW, e_max=1e-3)
    assert (stricter.any, stricter.relevant, stricter.coverage) == (1 / 8, 1 / 8, 1 / 3)


def test_first_filter_alone_counts():
    e_values = np.full((3, 5), 9.0)
    e_values[0, 1] = 0.0
    result = recovery.recovery(e_values, TARGETS, 3, allow=ALLOW)
    assert result.coverage == pytest.approx(1 / 3) and result.relevant == pytest.approx(1 / 3)


def test_versions_are_not_told_apart():
    newer = [name.split(".")[0] + ".9" for name in TARGETS]
    e_values = np.eye(5)[[0, 2]] * -9 + 9
    old = recovery.recovery(e_values, TARGETS, 4, allow=ALLOW)
    assert recovery.recovery(e_values, newer, 4, allow=ALLOW) == old
    assert old.any == 0.5 and old.any_without_gmeb1 == 0.25


def test_no_informative_filter():
    result = recovery.recovery(np.zeros((0, 5)), TARGETS, 30, allow=ALLOW)
    assert (result.uninformative, result.any, result.coverage) == (30, 0, 0)


def test_allow_list_names_twelve_factors_of_the_release():
    """Every matrix is in JASPAR 2016 with one version, under the factor's name or its family's."""
    jaspar = pytest.importorskip("jaxmotif.motifs.jaspar")
    pytest.importorskip("pyjaspar")
    release = {motif.name: motif.alt_name for motif in jaspar.load("JASPAR2016")}
    assert len(recovery.ALLOW) == 12
    for factor, ids in recovery.ALLOW.items():
        assert release[ids[0]] == factor
        for name in ids[1:]:
            assert release[name][:3].upper() == factor[:3].upper()
    assert release[recovery.GMEB1] == "Gmeb1"
    assert len({name.split(".")[0] for name in release}) == len(release)


def test_bad_input_is_named():
    good = np.ones((2, 5))
    for arguments, message in [
        ((good[:, :4], TARGETS, 2), r"\(2, 4\) for 5 targets"),
        ((good, TARGETS, 1), "1 filters, but 2 queries"),
        ((-good, TARGETS, 2), "negative"),
        ((good * np.nan, TARGETS, 2), "NaN"),
    ]:
        with pytest.raises(ValueError, match=message):
            recovery.recovery(*arguments, allow=ALLOW)
    with pytest.raises(ValueError, match="no matrix of Arid3a"):
        recovery.recovery(good, TARGETS, 2)
    with pytest.raises(ValueError, match="empty"):
        recovery.recovery(good, TARGETS, 2, allow={})
