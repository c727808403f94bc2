"""What a file, standard input or a pipe holds, read once, with its checksum."""

import gzip
import hashlib
import io
import os
import sys
import threading
from types import SimpleNamespace

import pytest

from jaxmotif.data.files import content, fasta

TEXT = b">a\nACGT\n>b\nGGGG\n"


def test_checksums_are_those_of_the_bytes(tmp_path):
    for name, data in (("x.fa", TEXT), ("x.fa.gz", gzip.compress(TEXT))):
        (tmp_path / name).write_bytes(data)
        found = content.read(tmp_path / name)
        assert (found.sha256, found.size) == (hashlib.sha256(data).hexdigest(), len(data))
        assert found.text == TEXT.decode()
        assert content.checksum(tmp_path / name) == {"sha256": found.sha256, "bytes": found.size}


@pytest.mark.parametrize("path", ["-", "/dev/stdin"])
@pytest.mark.parametrize("data", [TEXT, gzip.compress(TEXT)])
def test_standard_input(monkeypatch, path, data):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    found = content.read(path)
    assert found.text == TEXT.decode() and found.name == "standard input"
    assert content.short_name(path) == "standard input"


def test_a_pipe_is_read_once(tmp_path):
    reading, writing = os.pipe()
    text = TEXT * 20_000  # more than a pipe holds, and than is looked at first
    feed = threading.Thread(target=lambda: (os.write(writing, b""), _write(writing, text)))
    feed.start()
    path = f"/dev/fd/{reading}"
    data = fasta.read_sequences(path, labels="none")
    feed.join()
    os.close(reading)
    assert len(data) == 40_000 and data.notes[0].startswith("a pipe: ")


def _write(handle, data):
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)


def test_a_genome_is_answered_without_reading_it_all():
    class Endless(io.RawIOBase):
        def __init__(self):
            self.asked = []

        def read(self, size=-1):
            self.asked.append(size)
            return (b">chr1\n" if len(self.asked) == 1 else b"") + b"ACGT" * (size // 4)

    stream = Endless()
    with pytest.raises(ValueError, match="looks like a genome"):
        content._content("genome.fa", stream)
    assert stream.asked == [content.HEAD]


def test_text_of_other_encodings(tmp_path):
    for encoding in ("utf-16", "utf-8-sig"):
        (tmp_path / "x.fa").write_bytes(TEXT.decode().encode(encoding))
        assert content.read(tmp_path / "x.fa").text == TEXT.decode()
    (tmp_path / "x.fa").write_bytes("\ufeff\n\u00a0\n".encode())
    with pytest.raises(ValueError, match="is empty"):
        content.read(tmp_path / "x.fa")
