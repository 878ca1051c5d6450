"""The HTML report in a real browser, as tests look at it: what it shows, and where. It holds no test."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ipcclab.trace import About, Origin, Recording, html
from ipcclab.trace.replay import RegisterReplay
from mp1bench.trace import Trace

Visit = Callable[..., Any]

ORIGIN = Origin("c0ffee" * 10 + "c0de", "stm32mp157")
SCRIPT = "</script><script>hacked = 1</script><img src=x onerror='hacked = 1'>"


def page_of(trace: Trace | None, about: About | None = None) -> str:
    assert trace is not None
    return "\n".join(html.render(Recording(trace, ORIGIN, about or About())))


def report_of(visit: Visit, trace: Trace | None, about: About | None = None, **settings: object) -> Any:
    return opened(visit(page_of(trace, about), **settings))


def opened(page: Any) -> Any:
    page.wait_for_function("globalThis.report")
    return page


def cursor(page: Any) -> int:
    found: int = page.evaluate("report.cursor")
    return found


def shown_registers(page: Any) -> dict[str, int]:
    """What the register view says, read from the page."""
    words: dict[str, str] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.register')].map("
        "one => [one.dataset.register, one.querySelector('.value').textContent]))"
    )
    return {name: int(word, 16) for name, word in words.items()}


def states(trace: Trace) -> list[dict[str, int]]:
    """What the registers of `ipcc` hold after each event."""
    replay, found = RegisterReplay(trace), []
    for event in trace.events:
        replay.feed(event)
        found.append(dict(replay.values["ipcc"]))
    return found


def pixels(page: Any, places: list[tuple[str, float]]) -> list[str]:
    """The colours, #rrggbb, in the middle of a lane at a time."""
    found: list[str] = page.evaluate(
        """(places) => {
          const { timeline } = report, { plot } = timeline;
          timeline.draw();
          const { data } = plot.getContext("2d").getImageData(0, 0, plot.width, plot.height);
          return places.map(([label, time]) => {
            const lane = timeline.lanes.find((one) => one.label === label);
            const start = 4 * (Math.floor(lane.top + lane.height / 2 + 3) * plot.width + Math.floor(timeline.x(time)));
            return "#" + [...data.slice(start, start + 3)].map((one) => one.toString(16).padStart(2, "0")).join("");
          });
        }""",
        places,
    )
    return found


def place_of(page: Any, row: int, lane: int) -> list[float]:
    """Where a row stands in a lane, in the window."""
    found: list[float] = page.evaluate(
        """([row, number]) => {
          const { timeline } = report, lane = timeline.lanes[number];
          const box = timeline.plot.getBoundingClientRect();
          return [box.left + timeline.x(timeline.scale.places[row]), box.top + lane.top + lane.height / 2];
        }""",
        [row, lane],
    )
    return found


def matches(page: Any) -> int:
    found: int = page.evaluate("report.list.found.length")
    words = re.fullmatch(r"([\d,]+)(?: of [\d,]+)? lines", page.inner_text("#matches"))
    assert words is not None
    assert int(words[1].replace(",", "")) == found
    return found


def choose(page: Any, name: str, label: str) -> int:
    """Choose in one list of the filter; each choice says in brackets how many lines it has."""
    options: list[str] = page.eval_on_selector_all(f"#by-{name} option", "all => all.map(one => one.textContent)")
    (option,) = [one for one in options if one.rpartition(" (")[0] == label]
    page.click("#clear") if page.is_enabled("#clear") else None
    page.select_option(f"#by-{name}", label=option)
    count = matches(page)
    assert option.endswith(f" ({count:,})")
    return count
