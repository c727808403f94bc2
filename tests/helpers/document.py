"""An HTML page read back, with a check of its nesting."""

import html.parser

VOID = {"meta", "link", "input", "img", "br", "hr"}


class Document(html.parser.HTMLParser):
    """Elements as (tag, attributes, path of open tags), with a check that tags nest and close."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text, self._open = [], [], []
        self.feed(text)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), tuple(self._open)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), tuple(self._open)))

    def handle_endtag(self, tag):
        assert self._open and self._open[-1] == tag, (tag, self._open)
        self._open.pop()

    def handle_data(self, data):
        if not {"script", "style"} & set(self._open):
            self.text.append(data)

    def all(self, tag, css=None):
        return [
            (name, attrs, path)
            for name, attrs, path in self.elements
            if name == tag and (css is None or css in (attrs.get("class") or "").split())
        ]


def read_page(path) -> Document:
    """Returns a written page, checked: it is a whole HTML document with a heading."""
    text = path.read_text(encoding="utf-8")
    assert text.lower().startswith("<!doctype html>") and text.rstrip().endswith("</html>")
    document = Document(text)
    assert document.all("h1") and "".join(document.text).strip()
    return document
