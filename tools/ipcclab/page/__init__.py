"""One HTML file that holds all it needs: our style and scripts inline, and a policy under which nothing else runs.

It knows the frame of a page and nothing of traces. The files beside it are its style and the scripts of the report.
"""

from __future__ import annotations

import base64
import hashlib
import html
from functools import cache
from importlib.resources import files

from ipcclab.payload import printable

__all__ = ["document", "source"]


@cache
def source(name: str) -> str:
    """The text of a file of this package: `report.css`."""
    return (files(__name__) / name).read_text(encoding="utf-8")


def document(title: str, body: str, *, style: str = "", script: str = "") -> str:
    """A whole HTML document. `title` is text; `body` is HTML whose author has escaped all that was recorded.

    The page has the style of `base.css`, then `style`; `script`, a module, runs when the body is there. The
    Content-Security-Policy names both by their hashes: no other script, no `style` attribute, no event handler and no
    request works in the page.
    """
    styles = source("base.css") + style
    policy = [
        "default-src 'none'",
        f"style-src '{_digest(styles)}'",
        f"script-src '{_digest(script)}'" if script else "script-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    scripts = f'<script type="module">{_inline(script)}</script>\n' if script else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{html.escape(printable(title))}</title>\n<style>{_inline(styles)}</style>\n</head>\n"
        f"<body>\n{body}\n{scripts}</body>\n</html>\n"
    )


def _digest(text: str) -> str:
    """How a policy names an inline script or style."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _inline(text: str) -> str:
    """A script or style as it stands in HTML. ValueError for one that would end its element."""
    if "</" in text or "<!--" in text:
        raise ValueError("an inline script or style must not have `</` or `<!--` in it.")
    return text
