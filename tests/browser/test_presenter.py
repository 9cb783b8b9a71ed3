"""The lecturer's side of a deck: the presenter's window, the clock, and the countdown of a question."""

from __future__ import annotations

import functools
import http.server
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What the strictest server sends: no script inside of a page, frames for its own pages alone, windows apart.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}
TIMED = r"""---
deck: {lecture: 7, minutes: 8, title: Small}
---
# A small deck

```{notes}
:minutes: 1
Welcome.
```

## What is $x^2$? Steps answer

```{steps}
- One
- Two
```

```{notes}
:minutes: 1.5
**Say** that $x^2$ is a square. See [another deck](untimed.md), and [the end](#the-end).
```

## A stack

```{notes}
:minutes: 1
On top.
```

### Below

```{notes}
:minutes: 1
Below.
```

## Which one?

```{slide}
:class: question
:countdown: 20 30
```

1. This
2. That

```{notes}
:minutes: 2
Neither.
```

## Which other one?

```{slide}
:class: question
```

1. These
2. Those

```{notes}
:minutes: 0.5
Both.
```

## The end

```{notes}
:minutes: 1
Goodbye.
```
"""
WORDS = "Think  ·  pair  ·  share"
UNTIMED = "# Another deck\n\n## Its second slide\n\n```{notes}\nOther notes.\n```\n"


CONF = """
project = "small"
extensions = ["myst_parser", "lens_labs.sphinx"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
html_math_renderer = "katex"
"""


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """Build a deck with minutes and one without."""
    folder = tmp_path_factory.mktemp("decks")
    contents = {
        "conf.py": CONF,
        "index.md": "# Decks\n\n```{toctree}\ntimed\nuntimed\n```\n",
        "timed.md": TIMED,
        "untimed.md": UNTIMED,
    }
    for name, text in contents.items():
        (folder / name).write_text(text, "utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "deck", str(folder), str(folder / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "out"


class StrictHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def end_headers(self):
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()


@pytest.fixture(scope="module")
def address(decks):
    """Serve the decks with strict headers."""
    handler = functools.partial(StrictHandler, directory=str(decks))
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://localhost:{running.server_port}"
        running.shutdown()


@pytest.fixture
def desk(address, window):
    """Return a function that opens a deck, and one more that opens its presenter's window."""
    witnesses = []

    def open_deck(query="", home=address, name="timed", context=None, clock=False, **options):
        if context is None:
            page, witness = window(**{"reduced_motion": "reduce"} | options)
            witnesses.append(witness)
        else:
            page = context.new_page()
        if clock:
            its_time(page, 0)
        page.goto(f"{home}/{name}.html{query}")
        page.wait_for_selector(".reveal.ready")
        return page

    yield open_deck
    for witness in witnesses:
        assert witness.complaints == []


def its_time(page, seconds):
    """Set the time of all windows; it stands still, while timers run."""
    page.context.clock.set_fixed_time(datetime(2026, 11, 2, 9, 15, tzinfo=UTC) + timedelta(seconds=seconds))


def presenter_of(page):
    """Press S, and wait until the window follows the deck."""
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    opened.value.wait_for_selector("main[data-state=on]")
    return opened.value


def at(page):
    """Return where a deck is: slide, slide below, steps shown."""
    return page.evaluate("(({h, v, f}) => [h, v, f ?? -1])(Reveal.getIndices())")


def frame(presenter, number):
    """Return a deck in a frame of the presenter's window: 0 the current slide, 1 the step after it."""
    return presenter.locator("iframe").nth(number).element_handle().content_frame()


def follows(presenter, number, place):
    """Wait until a frame shows this place."""
    frame(presenter, number).wait_for_function(
        """place => window.Reveal?.isReady() && (({h, v, f}) => [h, v, f ?? -1].join() === place)(Reveal.getIndices())""",
        arg=",".join(map(str, place)),
    )


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_the_window_shows_slide_next_step_and_notes_and_drives_the_deck(desk, decks, address, scheme):
    page = desk(home=address if scheme == "http" else decks.as_uri())
    presenter = presenter_of(page)
    notes, title = presenter.locator(".notes"), presenter.get_by_role("heading", level=1)
    expect(title).to_have_text("A small deck")
    follows(presenter, 0, [0, 0, -1])
    follows(presenter, 1, [1, 0, -1])
    page.keyboard.press("ArrowRight")  # in the deck
    expect(notes).to_contain_text("is a square")
    assert notes.locator("math").count() == 1
    assert title.locator("math").count() == 1
    assert title.locator(".katex").count() == 0
    expect(presenter.locator(".where")).to_have_text("Slide 2 of 7 · 1.5 min")
    follows(presenter, 0, [1, 0, -1])
    follows(presenter, 1, [1, 0, 0])
    presenter.keyboard.press("Space")  # in the presenter's window
    follows(presenter, 0, [1, 0, 0])
    follows(presenter, 1, [1, 0, 1])
    assert at(page) == [1, 0, 0]
    presenter.get_by_role("button", name="Next step").click()
    follows(presenter, 0, [1, 0, 1])
    follows(presenter, 1, [2, 0, -1])
    for key, place in (
        ("PageDown", [2, 0, -1]),
        ("ArrowDown", [2, 1, -1]),
        ("Shift+Space", [2, 0, -1]),
        ("Home", [0, 0, -1]),
    ):
        presenter.keyboard.press(key)
        follows(presenter, 0, place)
    presenter.keyboard.press("End")
    expect(presenter.get_by_text("The deck ends here.")).to_be_visible()
    expect(notes).to_have_text("1 min\nGoodbye.", use_inner_text=False)


def test_a_second_press_of_s_opens_no_second_window_and_a_reload_of_either_is_no_farewell(desk):
    page = desk()
    presenter = presenter_of(page)
    page.keyboard.press("s")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**#/what-*")  # reveal.js writes its place at most once a second
    page.reload()
    page.wait_for_selector(".reveal.ready")
    page.keyboard.press("ArrowRight")
    follows(presenter, 0, [1, 0, 0])
    presenter.reload()
    follows(presenter, 0, [1, 0, 0])
    follows(presenter, 1, [1, 0, 1])
    page.evaluate("location.hash = '#/below'")
    follows(presenter, 0, [2, 1, -1])
    page.keyboard.press("s")
    assert page.context.pages == [page, presenter]


def test_a_deck_that_is_closed_is_reported_and_a_window_without_a_deck_says_what_to_do(desk, address):
    page = desk()
    presenter = presenter_of(page)
    page.close()
    expect(presenter.get_by_text("No deck answers")).to_be_visible()
    alone = presenter.context.new_page()
    alone.goto(f"{address}/_static/presenter.html")
    expect(alone.get_by_text("Open a deck, and press the key S there.")).to_be_visible()
    found = Axe().run(alone, options={"runOnly": RULES}).response["violations"]
    assert [fault["id"] for fault in found] == []


def test_two_decks_do_not_mix_and_strangers_are_not_heard(desk):
    one = desk()
    two = desk(name="untimed", context=one.context)
    first, second = presenter_of(one), presenter_of(two)
    one.keyboard.press("ArrowRight")
    follows(first, 0, [1, 0, -1])
    expect(second.get_by_role("heading", level=1)).to_have_text("Another deck")
    assert at(two) == [0, 0, -1]
    second.keyboard.press("Space")
    expect(second.locator(".notes")).to_have_text("Other notes.")
    assert at(one) == [1, 0, -1]
    stranger = "postMessage({kind: 'next'}, '*'); postMessage(JSON.stringify({method: 'next'}), '*')"
    one.evaluate(stranger)
    one.evaluate("(async () => { await new Promise(done => setTimeout(done, 100)); })()")
    assert at(one) == [1, 0, -1]


def test_another_page_in_the_window_of_the_presenter_learns_nothing_and_is_not_obeyed(desk, decks):
    page = desk(home=decks.as_uri())
    presenter = presenter_of(page)
    presenter.evaluate("address => { location.href = address; }", (decks / "index.html").as_uri())
    presenter.wait_for_selector(".decks")
    presenter.evaluate("""() => {
      window.heard = [];
      addEventListener("message", ({ data }) => heard.push(data));
      const line = new MessageChannel();
      line.port1.onmessage = ({ data }) => heard.push(data);
      for (const kind of ["hello", "next"]) opener.postMessage({ kind }, "*");
      opener.postMessage({ kind: "hello", secret: "" }, "*", [line.port2]);
      line.port1.postMessage({ kind: "next" });
    }""")
    page.evaluate("async () => { await new Promise(done => setTimeout(done, 200)); }")
    assert at(page) == [0, 0, -1]
    page.keyboard.press("ArrowRight")
    presenter.evaluate("async () => { await new Promise(done => setTimeout(done, 200)); }")
    assert presenter.evaluate("heard") == []


def test_a_link_that_leads_nowhere_moves_no_slide(desk):
    page = desk("#/which-one")
    presenter = presenter_of(page)
    presenter.evaluate("""() => {
      const { port1, port2 } = new MessageChannel();
      opener.postMessage({ kind: "hello", secret: location.hash.slice(1) }, location.origin, [port2]);
      for (const hash of [undefined, {}, "#"]) port1.postMessage({ kind: "go", hash });
      port1.postMessage({ kind: "next" });
    }""")
    page.wait_for_url("**/*#/which-other-one")


def test_a_blocked_window_is_explained(desk):
    page = desk()
    page.evaluate("window.open = () => null")
    page.keyboard.press("s")
    expect(page.get_by_role("alert")).to_contain_text(
        "Allow pop-up windows for this page, then press S again."
    )


def test_links_in_notes_lead_where_they_do_in_the_deck(desk, address):
    page = desk("#/1")
    presenter = presenter_of(page)
    expect(presenter.get_by_role("link", name="another deck")).to_have_attribute(
        "href", f"{address}/untimed.html"
    )
    presenter.get_by_role("link", name="the end").click()
    follows(presenter, 0, [5, 0, -1])
    assert len(page.context.pages) == 2


def test_the_frames_follow_the_theme_and_a_dark_screen_is_explained(desk):
    page = desk("?theme=light")
    presenter = presenter_of(page)
    follows(presenter, 0, [0, 0, -1])
    theme = "document.documentElement.dataset.theme === 'dark'"
    assert not frame(presenter, 0).evaluate(theme)
    presenter.keyboard.press("d")
    for number in (0, 1):
        frame(presenter, number).wait_for_function(theme)
    assert page.evaluate(theme)
    presenter.keyboard.press("b")
    expect(presenter.get_by_text("The screen is dark.")).to_be_visible()
    assert page.evaluate("Reveal.isPaused()")
    presenter.keyboard.press("b")
    expect(presenter.get_by_text("The screen is dark.")).to_be_hidden()


def test_the_keys_of_the_window_work_while_a_slider_of_the_deck_has_the_focus_and_after_a_click(desk):
    page = desk()
    presenter = presenter_of(page)
    page.evaluate("""() => {
      const slider = Object.assign(document.createElement('input'), { type: 'range' });
      Reveal.getCurrentSlide().append(slider);
      slider.focus();
    }""")
    presenter.keyboard.press("ArrowRight")
    follows(presenter, 0, [1, 0, -1])
    presenter.get_by_role("button", name="A+").click()
    presenter.keyboard.press("Space")
    follows(presenter, 0, [1, 0, 0])
    presenter.locator(".notes").click()
    presenter.keyboard.press("ArrowDown")
    follows(presenter, 0, [1, 0, 1])
    presenter.get_by_role("button", name="A+").press("Space")
    assert at(page) == [1, 0, 1]


def test_the_size_of_the_notes_is_remembered(desk):
    page = desk()
    presenter = presenter_of(page)
    size = "parseFloat(getComputedStyle(document.querySelector('.notes')).fontSize)"
    before = presenter.evaluate(size)
    presenter.get_by_role("button", name="A+").click()
    presenter.keyboard.press("+")
    larger = presenter.evaluate(size)
    assert larger == pytest.approx(before + 4, abs=0.5)
    presenter.reload()
    presenter.wait_for_selector("main[data-state=on]")
    assert presenter.evaluate(size) == larger
    for _ in range(30):
        presenter.keyboard.press("-")
    assert presenter.evaluate(size) == 16
    assert at(page) == [0, 0, -1]


SIZES = [(1024, 640), (1280, 800), (1366, 768), (1920, 1080), (1000, 1000), (600, 900), (360, 780)]
PARTS = (".now", ".next", ".clock", ".course", "article")


def test_the_window_fits_every_size_and_its_parts_stay_apart(desk):
    page = desk("#/which-one")
    presenter = presenter_of(page)
    follows(presenter, 0, [3, 0, -1])
    for width, height in SIZES:
        presenter.set_viewport_size({"width": width, "height": height})
        boxes = presenter.evaluate(
            """parts => parts.map((part) => {
              const { left, top, right, bottom } = document.querySelector(part).getBoundingClientRect();
              return [left, top, right, bottom];
            })""",
            PARTS,
        )
        for part, box in zip(PARTS, boxes, strict=True):
            left, top, right, bottom = box
            assert 0 <= left < right <= width, (part, width)
            assert 0 <= top < bottom, (part, width)
            assert width < 700 or bottom <= height, (part, width)
            assert not [
                other
                for other in boxes
                if other is not box
                and min(right, other[2]) - max(left, other[0]) > 1
                and min(bottom, other[3]) - max(top, other[1]) > 1
            ], (part, width)
        left, top, right, bottom = boxes[0]
        assert (right - left) / (bottom - top) == pytest.approx(16 / 9, rel=0.02)
        assert presenter.evaluate("document.documentElement.scrollWidth") <= width
        clock = presenter.locator(".clock").evaluate("clock => [clock.scrollHeight, clock.clientHeight]")
        assert clock[0] <= clock[1] + 1


def test_axe_finds_nothing_in_the_presenters_window(desk):
    page = desk("#/which-one")
    presenter = presenter_of(page)
    follows(presenter, 0, [3, 0, -1])
    found = Axe().run(presenter, options={"runOnly": RULES}).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []


def test_the_clock_starts_with_the_first_step_and_compares_with_the_minutes_of_the_notes(desk):
    page = desk(clock=True)
    presenter = presenter_of(page)
    elapsed, pace = presenter.locator(".elapsed"), presenter.locator(".pace")
    its_time(page, 300)
    expect(elapsed).to_have_text("0:00")
    expect(pace).to_have_text("Starts with your first step")
    page.keyboard.press("ArrowRight")
    expect(elapsed).to_have_text("1:00")  # the title is planned to take one minute
    expect(pace).to_have_text("on time")
    expect(presenter.locator(".planned")).to_have_text("Planned: this slide to 2:30, the lecture to 8:00")
    its_time(page, 480)
    expect(elapsed).to_have_text("4:00")
    expect(pace).to_have_text("1:30 behind")
    page.reload()
    page.wait_for_selector(".reveal.ready")
    presenter.get_by_role("button", name="Pause").click()
    expect(presenter.get_by_role("button", name="Go on")).to_be_visible()
    its_time(page, 900)
    page.keyboard.press("End")
    expect(pace).to_have_text("3:00 ahead")
    expect(elapsed).to_have_text("4:00")
    presenter.get_by_role("button", name="Reset").click()
    expect(elapsed).to_have_text("7:00")  # where the last slide is planned to begin
    expect(presenter.get_by_role("button", name="Start")).to_be_visible()


def test_the_course_shows_where_the_lecture_is_and_where_it_should_be(desk):
    page = desk("#/which-one", clock=True)
    presenter = presenter_of(page)
    follows(presenter, 0, [3, 0, -1])
    page.keyboard.press("ArrowRight")
    its_time(page, 60)  # planned from 6:30 to 7:00, and the clock says 7:30
    expect(presenter.locator(".elapsed")).to_have_text("7:30")
    course = presenter.locator(".course")
    expect(course).to_have_attribute("aria-label", "Slide 6 of 7; on time")
    widths = course.locator("i").evaluate_all(
        "marks => marks.map(mark => mark.getBoundingClientRect().width)"
    )
    assert widths[1] / widths[0] == pytest.approx(1.5, rel=0.05)
    assert widths[4] / widths[5] == pytest.approx(4, rel=0.05)
    marks = course.locator("i").evaluate_all("marks => marks.map(mark => mark.className)")
    assert marks == ["past"] * 5 + ["here", ""]
    assert presenter.locator(".should").evaluate("should => should.style.left") == "93.75%"


def test_leaving_the_title_starts_the_clock_anew(desk):
    page = desk(clock=True)
    presenter = presenter_of(page)
    page.keyboard.press("ArrowRight")
    its_time(page, 600)
    expect(presenter.locator(".elapsed")).to_have_text("11:00")
    page.keyboard.press("Home")
    expect(presenter.get_by_role("heading", level=1)).to_have_text("A small deck")
    expect(presenter.locator(".elapsed")).to_have_text("11:00")
    page.keyboard.press("ArrowRight")
    expect(presenter.locator(".elapsed")).to_have_text("1:00")


def test_the_way_to_the_title_starts_no_clock(desk):
    page = desk("#/which-one", clock=True)
    presenter = presenter_of(page)
    presenter.keyboard.press("Home")
    expect(presenter.get_by_role("heading", level=1)).to_have_text("A small deck")
    expect(presenter.locator(".pace")).to_have_text("Starts with your first step")


def test_a_deck_without_minutes_has_a_clock_and_no_plan(desk):
    page = desk(name="untimed", clock=True)
    presenter = presenter_of(page)
    page.keyboard.press("ArrowRight")
    its_time(page, 120)
    expect(presenter.locator(".elapsed")).to_have_text("2:00")
    expect(presenter.locator(".where")).to_have_text("Slide 2 of 2")
    for part in (".pace", ".planned"):
        expect(presenter.locator(part)).to_have_text("")
    expect(presenter.locator(".course")).to_be_hidden()


def test_a_clock_in_the_foot_is_for_halls_with_one_screen(desk):
    page = desk(clock=True)
    clock = page.locator(".foot .clock")
    expect(clock).to_be_hidden()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("c")
    expect(clock).to_have_text("1:00 · on time")
    its_time(page, 180)
    expect(clock).to_have_text("4:00 · 1:30 behind")
    page.keyboard.press("o")
    expect(clock).to_be_hidden()
    page.keyboard.press("o")
    expect(clock).to_be_visible()
    page.keyboard.press("c")
    expect(clock).to_be_hidden()


def test_a_question_counts_down_to_think_to_pair_and_to_share(desk):
    page = desk("#/which-one", clock=True)
    presenter = presenter_of(page)
    follows(presenter, 0, [3, 0, -1])
    face, said = page.locator(".present .countdown"), page.locator(".countdown-said[role=status]")
    name, left = face.locator(".name"), face.locator(".left")
    mirrored = frame(presenter, 0).locator(".present .countdown .name")
    its_time(page, 60)
    expect(name).to_have_text(WORDS)  # it never starts by itself
    page.keyboard.press("t")
    expect(name).to_have_text("Think")
    expect(left).to_have_text("0:20")
    expect(said).to_have_text("Think, 20 seconds")
    expect(mirrored).to_have_text("Think")
    its_time(page, 79)
    expect(left).to_have_text("0:01")
    expect(said).to_have_text("Think, 20 seconds")
    its_time(page, 81)
    expect(name).to_have_text("Pair")
    expect(left).to_have_text("0:29")
    expect(said).to_have_text("Pair, 30 seconds")
    presenter.get_by_role("button", name="Countdown").click()
    expect(name).to_have_text("Pair (paused)")
    expect(mirrored).to_have_text("Pair (paused)")
    its_time(page, 381)
    expect(left).to_have_text("0:29")
    presenter.keyboard.press("t")
    expect(name).to_have_text("Pair")  # the key has arrived, and the countdown goes on from here
    its_time(page, 410)
    expect(name).to_have_text("Share: hands up")
    expect(said).to_have_text("Share: hands up")
    expect(left).to_have_text("")
    page.keyboard.press("t")
    expect(name).to_have_text(WORDS)
    expect(mirrored).to_have_text(WORDS)


def test_shift_t_and_leaving_the_slide_set_a_countdown_back(desk):
    page = desk("#/which-one", clock=True)
    name = page.locator("#which-one .countdown .name")
    page.keyboard.press("t")
    expect(name).to_have_text("Think")
    page.keyboard.press("Shift+T")
    expect(name).to_have_text(WORDS)
    page.keyboard.press("t")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(name).to_have_text(WORDS)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("t")
    expect(page.locator("#which-other-one .countdown .left")).to_have_text("1:00")


def test_a_click_starts_a_countdown_and_the_keys_stay_with_the_slides(desk):
    page = desk("#/which-one")
    face = page.locator("#which-one .countdown")
    face.click()
    expect(face.locator(".name")).to_have_text("Think")
    page.keyboard.press("Space")
    assert at(page) == [4, 0, -1]
    page.keyboard.press("ArrowLeft")
    face.press("Space")  # reached by the Tab key, it is a button
    expect(face.locator(".name")).to_have_text("Think")
    assert at(page) == [3, 0, -1]


@pytest.mark.parametrize(
    ("motion", "shares"), [("reduce", [1, 0.5, 0.5]), ("no-preference", [0.85, 0.5, 0.15])]
)
def test_the_bar_empties_and_goes_in_steps_where_motion_is_reduced(desk, motion, shares):
    page = desk("#/which-one", clock=True, reduced_motion=motion)
    page.keyboard.press("t")
    for seconds, share in zip((3, 10, 17), shares, strict=True):
        its_time(page, seconds)
        expect(page.locator(".present .countdown .left")).to_have_text(f"0:{20 - seconds:02}")
        bar = page.locator(".present .countdown .bar").evaluate("bar => new DOMMatrix(bar.style.transform).a")
        assert bar == pytest.approx(share)


@pytest.mark.parametrize(
    ("query", "options"), [("?print-pdf", {}), ("#/which-one", {"width": 390, "is_mobile": True})]
)
def test_on_paper_and_on_a_phone_the_words_stand_still(desk, query, options):
    page = desk(query, **options)
    stage = page.locator("#which-one > .stage")
    stage.wait_for()
    expect(stage.locator(".countdown")).to_be_hidden()
    words = stage.evaluate("(stage) => getComputedStyle(stage, '::before').content")
    assert words == f'"{WORDS}"'


def test_letters_with_a_modifier_belong_to_the_browser(desk):
    page = desk("#/which-one", color_scheme="light")
    for modifier in ("Alt", "Control", "Meta"):
        for key in "dtc":
            page.keyboard.press(f"{modifier}+{key}")
    assert page.evaluate("document.documentElement.dataset.theme ?? 'none'") == "none"
    expect(page.locator(".present .countdown .name")).to_have_text(WORDS)
    expect(page.locator(".foot .clock")).to_be_hidden()
    page.keyboard.press("t")
    page.keyboard.press("Alt+Shift+T")
    expect(page.locator(".present .countdown .name")).to_have_text("Think")
    page.keyboard.press("Alt+ArrowLeft")  # reveal.js: past all steps
    assert at(page) == [2, 0, -1]


def test_the_help_lists_our_keys_and_search_and_overview_still_work(desk):
    page = desk("#/which-one")
    page.keyboard.press("Shift+Slash")
    help_ = page.locator(".r-overlay-help")
    for words in (
        "Open the presenter’s window",
        "Dark or light",
        "Countdown of a question",
        "Clock in the foot",
        "Search",
    ):
        expect(help_).to_contain_text(words)
    page.keyboard.press("c")  # closes what lies above the slides, and opens no clock
    expect(help_).to_have_count(0)
    expect(page.locator(".foot .clock")).to_be_hidden()
    page.keyboard.press("o")
    assert page.evaluate("Reveal.isOverview()")
    page.keyboard.press("o")
    page.keyboard.press("Control+Shift+F")
    page.keyboard.type("Thot")  # letters that are keys of ours
    expect(page.locator(".present .countdown .name")).to_have_text(WORDS)
    page.keyboard.press("Control+a")
    page.keyboard.type("square")
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.theme ?? 'none'") == "none"
