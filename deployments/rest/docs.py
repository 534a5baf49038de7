"""The documentation page, made from the OpenAPI document; it needs no other host."""

import base64
import hashlib
import json
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from deployments.rest.access import OPEN

router = APIRouter(include_in_schema=False, dependencies=OPEN)

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color:#1a1f2b;background:#fff}
h1{font-size:1.6rem}section{border:1px solid #d5dae3;border-radius:8px;margin:1rem 0;
padding:.75rem 1rem}h2{font-size:1.05rem;margin:0}code,pre{font:14px/1.45 ui-monospace,monospace}
pre{background:#f4f6fa;padding:.75rem;border-radius:6px;overflow:auto;max-height:24rem}
.method{font-weight:700;color:#0b4a8f;margin-right:.5rem}summary{cursor:pointer}
table{border-collapse:collapse;width:100%}td{border-top:1px solid #e3e7ee;padding:.3rem .5rem;
vertical-align:top}
@media(prefers-color-scheme:dark){body{color:#e6e9ef;background:#14171f}section{border-color:#333a48}
pre{background:#1d222d}.method{color:#8ec1ff}td{border-color:#333a48}}
""".strip()
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"


@router.get("/")
def read_root() -> RedirectResponse:
    return RedirectResponse("/v1/docs")


@router.get("/v1/docs", response_class=HTMLResponse)
def read_docs(request: Request) -> HTMLResponse:
    page = render(request.app.openapi())
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


def render(document: dict[str, Any]) -> str:
    """An OpenAPI document as one page of HTML."""
    operations = "".join(
        _operation(method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    )
    info = document["info"]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])}</title><style>{STYLE}</style>"
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>"
        f"<p>{escape(info['description'])}</p>"
        '<p>Machine-readable: <a href="/v1/openapi.json">openapi.json</a></p>'
        f"{operations}</html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    answers = "".join(
        f"<tr><td><code>{escape(status)}</code><td>{escape(answer.get('description', ''))}"
        for status, answer in sorted(operation["responses"].items())
    )
    return (
        f'<section><h2><span class="method">{method.upper()}</span><code>{escape(path)}</code></h2>'
        f"<p>{escape(operation.get('summary', ''))}. {escape(operation.get('description', ''))}</p>"
        f"{_parameters(operation)}{_examples(operation)}<table>{answers}</table></section>"
    )


def _parameters(operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code> ({escape(p['in'])})"
        f"<td>{escape(p.get('description', ''))}"
        for p in operation.get("parameters", [])
    )
    return f"<table>{rows}</table>" if rows else ""


def _examples(operation: dict[str, Any]) -> str:
    bodies = {"Request": operation.get("requestBody", {}), **operation["responses"]}
    shown = [
        (f"{name} · {kind}", content["example"])
        for name, body in bodies.items()
        for kind, content in body.get("content", {}).items()
        if "example" in content
    ]
    return "".join(
        f"<details><summary>Example: {escape(title)}</summary>"
        f"<pre>{escape(_text(example))}</pre></details>"
        for title, example in shown
    )


def _text(example: Any) -> str:
    return example if isinstance(example, str) else json.dumps(example, indent=2)
