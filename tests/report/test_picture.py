"""A figure inside a page."""

import base64

import pytest

from jaxmotif.report import page
from jaxmotif.report.picture import Picture


def test_the_page_holds_the_image(tmp_path):
    path = tmp_path / "a.svg"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    picture = Picture("Bars", path, "What is <drawn>.", 'of "a" and b')
    html = str(picture.html())
    assert base64.b64encode(path.read_bytes()).decode() in html and "data:image/svg+xml;base64," in html
    assert "What is &lt;drawn&gt;." in html and 'alt="of &#34;a&#34; and b"' in html
    assert "img-src data:" in page.render(page.Report("A page", sections=[picture]))


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a picture is one of \.png, \.svg"):
        Picture("x", tmp_path / "a.pdf").html()
    with pytest.raises(ValueError, match=r"a\.png"):
        Picture("x", tmp_path / "a.png").html()
