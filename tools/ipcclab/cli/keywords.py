"""`ipcclab keywords`: the Robot keywords as a card, one with its example, or libdoc's own manual.

It words and writes what `ipcclab.keyword_docs` reads.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory

from ipcclab.keyword_docs import LIBRARIES, by_theme, cells, documented
from mp1bench.errors import UsageError

SENTENCE = "Show the Robot keywords: all on a card, one with its example, those about a word; or write the manual."
EPILOG = """\
examples:
  ipcclab keywords                         the reference card: all keywords with their arguments
  ipcclab keywords Wait For Channel        what this keyword does, and an example
  ipcclab keywords interrupt               the keywords that speak of it
  ipcclab keywords --html keywords.html    the whole manual, as libdoc writes it
"""
_NAME_WIDTH = 34
_HEAD = """\
# Keywords

What stands in [ ] may be left out. Times are virtual: `50ms`, `1.5s`, `20us`. Channels count from 1, `cpu` is 1 for the
Cortex-A7 (Linux) and 2 for the Cortex-M4 (firmware). `ipcclab keywords NAME` has the rest of a keyword and an example,
`ipcclab keywords --html keywords.html` all of it; [the tutorial](TUTORIAL.md) begins at the beginning.
"""
_LINK = re.compile(r"`([^`]+)`")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="*", metavar="NAME|WORDS", help="a keyword, or words that its documentation has")
    parser.add_argument(
        "--library", choices=LIBRARIES, help="of this library only; GuestLibrary is the one with a real Linux"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write libdoc's manual of a library (IpccLibrary)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the reference card of both libraries")


def execute(options: argparse.Namespace) -> int:
    libraries = (options.library,) if options.library else tuple(LIBRARIES)
    name = " ".join(options.what)
    if options.html:
        _manual(libraries[0], options.html)
    if options.markdown:
        _write(options.markdown, "".join(f"{line}\n" for line in page()))
        print(f"{options.markdown}: the reference card")
    if name or not (options.html or options.markdown):
        print("\n".join(about(name, libraries) if name else card(libraries)))
    return 0


def _manual(library: str, path: Path) -> None:
    from robot.libdocpkg import LibraryDocumentation  # type: ignore[import-untyped]

    with TemporaryDirectory() as folder:
        # Not to `path` itself: libdoc removes the file, whatever it is, if it cannot be written.
        written = Path(folder) / "manual.html"
        LibraryDocumentation(f"ipcclab.{library}").save(str(written), "HTML")
        _write(path, written.read_text(encoding="utf-8"))
    print(f"{path}: the manual of ipcclab.{library}")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}).") from error


def card(libraries: tuple[str, ...]) -> Iterator[str]:
    """The reference card for a terminal: a line for each keyword."""
    for library in libraries:
        yield f"ipcclab.{library}: {LIBRARIES[library]}"
        for title, keywords in by_theme(library).items():
            yield ""
            yield title
            for one in keywords:
                yield f"  {one.name:<{_NAME_WIDTH}}{' '.join(map(str, one.arguments))}".rstrip()
        yield ""
    yield "What stands in [ ] may be left out. `ipcclab keywords NAME` says what a keyword does."


def about(name: str, libraries: tuple[str, ...]) -> Iterator[str]:
    """One keyword, or those whose documentation has all the words. UsageError, with the nearest name, if none has."""
    known = [(library, one) for library in libraries for one in documented(library)]
    named: dict[str, list[str]] = {}
    for library, one in known:
        if _normal(one.name) == _normal(name):
            text = "\n".join([" ".join([one.name, *map(str, one.arguments)]), "", *_lines(one.doc)])
            named.setdefault(text, []).append(f"ipcclab.{library}")
    if named:
        yield "\n\n".join(f"{' and '.join(of)}\n\n{text}" for text, of in named.items())
        return
    words = name.lower().split()
    found = [(library, one) for library, one in known if all(word in f"{one.name} {one.doc}".lower() for word in words)]
    if not found:
        near = get_close_matches(name.title(), [one.name for _, one in known], n=1)
        hint = f"Did you mean `{near[0]}`?" if near else "`ipcclab keywords` shows what there is."
        raise UsageError(f"no keyword is called `{name}`, and none speaks of it. {hint}")
    for library, one in found:
        yield f"  {library:<14}{one.name:<{_NAME_WIDTH}}{_plain(one.sentence)}"


def page() -> Iterator[str]:
    """The reference card in Markdown: robot_tests/KEYWORDS.md."""
    yield from _HEAD.splitlines()
    above: set[str] = set()
    for library, words in LIBRARIES.items():
        yield from ("", f"## ipcclab.{library}", "", f"With {words}.", "")
        yield from ("| keyword | arguments | what it does |", "|---|---|---|")
        for title, keywords in by_theme(library).items():
            own = [one for one in keywords if one.name not in above]
            if own:
                yield f"| **{title}** | | |"
            for one in own:
                arguments = " ".join(f"`{argument}`" for argument in one.arguments)
                yield f"| {one.name} | {arguments} | {_plain(one.sentence)} |"
        names = [one.name for one in documented(library)]
        same = [name for name in names if name in above]
        if same:
            yield from ("", f"It has these as well, which mean the same: {', '.join(same)}.")
        above.update(names)


def _lines(doc: str) -> Iterator[str]:
    """Robot's format as a terminal shows it: an example is a step."""
    for line in doc.splitlines():
        yield "    " + "    ".join(cells(line)) if line.startswith("| ") else _plain(line)


def _plain(text: str) -> str:
    """Without Robot's marks: code is said as it is, a link is its name."""
    return _LINK.sub(r"\1", text.replace("``", ""))


def _normal(name: str) -> str:
    """Robot sees no difference between these."""
    return name.lower().replace(" ", "").replace("_", "")
