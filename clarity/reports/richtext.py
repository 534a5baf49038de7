"""The free text of experts: a small part of Markdown, made safe once and read in one way.

Headings, paragraphs, lists, quotations, emphasis, code and links to web pages. HTML and
pictures are text like any other, so nothing that an expert pastes is ever run or fetched.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any, Literal
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

BlockKind = Literal["heading", "paragraph", "item", "quotation", "code"]
_UNSEEN = {"Cc", "Cf", "Co", "Cs"}
_JOINERS = "\u200c\u200d"
"""Letters of some scripts, and emoji, need these two."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters in one manner."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or the like. `depth` counts lists around an item; `mark` stands before it."""

    kind: BlockKind
    spans: tuple[Span, ...]
    depth: int = 0
    mark: str = ""


def clean(text: str) -> str:
    """The text with one kind of line break, composed letters, and no sign that cannot be seen.

    Signs that turn the direction of writing could make a text read otherwise than it is.
    """
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if _is_seen(sign))


def plain_length(text: str) -> int:
    """Characters that are read, without the signs of Markdown and the space around them."""
    return sum(len(span.text.strip()) for block in blocks(text) for span in block.spans)


def html(text: str) -> str:
    """The text as HTML that holds nothing but the few elements of `blocks`."""
    return str(_parser().render(text))


def blocks(text: str) -> list[Block]:
    """The text as blocks, for typesetters that know no Markdown."""
    return list(_walk(_parser().parse(text)))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).disable(
        ["image", "html_inline", "html_block", "reference", "entity"]
    )
    parser.validateLink = _is_web  # type: ignore[method-assign]
    return parser


def _is_seen(sign: str) -> bool:
    return sign in "\n\t" or sign in _JOINERS or unicodedata.category(sign) not in _UNSEEN


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _walk(tokens: Sequence[Token]) -> Iterator[Block]:
    kinds: list[BlockKind] = []
    lists: list[int | None] = []
    mark = ""
    for token in tokens:
        match token.type:
            case "heading_open":
                kinds.append("heading")
            case "heading_close" | "blockquote_close":
                kinds.pop()
            case "blockquote_open":
                kinds.append("quotation")
            case "bullet_list_open":
                lists.append(None)
            case "ordered_list_open":
                lists.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                number = lists[-1]
                mark = "•" if number is None else f"{number}."
                if number is not None:
                    lists[-1] = number + 1
            case "inline":
                kind: BlockKind = "item" if lists else (kinds[-1] if kinds else "paragraph")
                spans = tuple(_spans(token.children or ()))
                yield Block(kind, spans, depth=len(lists), mark=mark)
                mark = ""
            case "fence" | "code_block":
                yield Block("code", (Span(token.content.rstrip("\n"), code=True),), len(lists))


def _spans(tokens: Sequence[Token]) -> Iterator[Span]:
    manner = Span("")
    for token in tokens:
        match token.type:
            case "strong_open" | "strong_close":
                manner = replace(manner, bold=token.nesting > 0)
            case "em_open" | "em_close":
                manner = replace(manner, italic=token.nesting > 0)
            case "link_open":
                manner = replace(manner, link=str(token.attrGet("href") or ""))
            case "link_close":
                manner = replace(manner, link="")
            case "code_inline":
                yield replace(manner, text=token.content, code=True)
            case "softbreak":
                yield replace(manner, text=" ")
            case "hardbreak":
                yield replace(manner, text="\n")
            case "text" | "text_special":
                if token.content:
                    yield replace(manner, text=token.content)


def as_data(found: Sequence[Block]) -> list[dict[str, Any]]:
    """Blocks as plain values, for a template; those of a list are put into one value."""
    told = []
    for listed, group in groupby(found, key=lambda block: block.depth > 0):
        run = list(group)
        told += _lists(run, 1) if listed else [_plain(block) for block in run]
    return told


def _lists(run: Sequence[Block], depth: int) -> list[dict[str, Any]]:
    """Items of one depth, with what is deeper inside them, as one or more lists."""
    lists: list[dict[str, Any]] = []
    for deeper, group in groupby(run, key=lambda block: block.depth > depth):
        if deeper:
            if not lists:
                lists.append(_new_list("•"))
            _last_item(lists).extend(_lists(list(group), depth + 1))
            continue
        for block in group:
            if block.mark and (not lists or lists[-1]["ordered"] != (block.mark != "•")):
                lists.append(_new_list(block.mark))
            elif not lists:
                lists.append(_new_list("•"))
            if block.mark:
                lists[-1]["items"].append([])
            _last_item(lists).append(_plain(block))
    return lists


def _new_list(mark: str) -> dict[str, Any]:
    ordered = mark != "•"
    start = int(mark[:-1]) if ordered else 1
    return {"kind": "list", "ordered": ordered, "start": start, "items": []}


def _last_item(lists: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    items: list[list[dict[str, Any]]] = lists[-1]["items"]
    if not items:
        items.append([])
    return items[-1]


def _plain(block: Block) -> dict[str, Any]:
    return {"kind": block.kind, "spans": [asdict(span) for span in block.spans]}
