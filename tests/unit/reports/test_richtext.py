"""The free text of experts: whatever is pasted, only the small part of Markdown comes out."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity.reports.richtext import as_data, blocks, clean, html, plain_length

ALLOWED = {
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "ul",
    "ol",
    "li",
    "blockquote",
    "strong",
    "em",
    "code",
    "pre",
    "a",
    "br",
    "hr",
}


class Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def elements(text):
    parser = Elements()
    parser.feed(html(text))
    return parser.found


marks = st.sampled_from(
    ["<script>", "<img src=x onerror=y>", "[a](javascript:x)", "![a](https://x.y)", "# ", "- ",
     "**", "`", "```\n", "> ", "&lt;", "&#106;", "<a href=", "[r]: data:x\n", "<!--", "\n\n"]
)  # fmt: skip


@given(st.lists(st.one_of(marks, st.text(max_size=8)), max_size=12).map("".join))
def test_nothing_but_a_few_elements_and_web_links_comes_out(text):
    for tag, attributes in elements(clean(text)):
        assert tag in ALLOWED
        assert set(attributes) <= {"href", "start", "class", "title"}
        if tag == "a":
            assert attributes["href"].startswith(("http://", "https://"))
    for block in blocks(clean(text)):
        for span in block.spans:
            assert not span.link or span.link.startswith(("http://", "https://"))


@given(st.text(max_size=200))
def test_cleaning_is_done_once(text):
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\u202eb\u2066c\u200bd", "abcd"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("e\u0301", "\u00e9"),
        ("a\x00\x1bb\tc", "ab\tc"),
        ("\u0646\u0645\u06cc\u200c\u062f", "\u0646\u0645\u06cc\u200c\u062f"),
    ],
)
def test_what_cannot_be_seen_is_taken_out(text, left):
    assert clean(text) == left


def test_blocks_tell_structure_and_manner():
    text = (
        "# Findings\n\nThe **left** cheek, see [the original](https://example.org/a).\n\n"
        "3. one\n4. *two*\n   - inner\n\n> quoted\n\n```\ncode\n```\n"
    )
    found = blocks(text)
    kinds = [(block.kind, block.depth, block.mark) for block in found]
    assert kinds == [
        ("heading", 0, ""),
        ("paragraph", 0, ""),
        ("item", 1, "3."),
        ("item", 1, "4."),
        ("item", 2, "•"),
        ("quotation", 0, ""),
        ("code", 0, ""),
    ]
    spans = found[1].spans
    assert [span.text for span in spans if span.bold] == ["left"]
    assert [span.link for span in spans if span.link] == ["https://example.org/a"]
    assert found[3].spans[0].italic


def test_lists_are_put_together_with_what_is_inside_them():
    text = "- a\n  1. b\n  2. c\n\n     more of c\n- d\n\nx\n\n7) e\n"
    told = as_data(blocks(text))
    assert [part["kind"] for part in told] == ["list", "paragraph", "list"]
    outer, _, last = told
    assert (outer["ordered"], len(outer["items"])) == (False, 2)
    inner = outer["items"][0][1]
    assert (inner["ordered"], inner["start"], len(inner["items"])) == (True, 1, 2)
    assert [part["spans"][0]["text"] for part in inner["items"][1]] == ["c", "more of c"]
    assert (last["ordered"], last["start"]) == (True, 7)


def spans(parts):
    """Every span of parts and lists, in order."""
    for part in parts:
        if part["kind"] == "list":
            for item in part["items"]:
                yield from spans(item)
        else:
            yield from part["spans"]


@given(st.lists(st.one_of(marks, st.text(max_size=8)), max_size=12).map("".join))
def test_putting_lists_together_loses_no_word(text):
    found = blocks(clean(text))
    told = [span["text"] for span in spans(as_data(found))]
    assert told == [span.text for block in found for span in block.spans]


def test_length_counts_what_is_read():
    assert plain_length("**bold** [word](https://example.org/very/long)") == len("boldword")
    assert plain_length("   \n\n***\n") == 0
