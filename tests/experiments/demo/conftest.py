"""What the tests of the panel benchmark share."""

import pytest

from tests.helpers import small_panel


@pytest.fixture(scope="session", name="panel")
def fixture_panel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel")
    small_panel.make(folder)
    return folder
