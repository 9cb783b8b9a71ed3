"""A lecture as it is given: every slide in every state, by keyboard, in print, on a phone, from a folder."""

import functools
import http.server
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
DECKS = ROOT / "build" / "school" / "slides"
NAME = "02-dense-regression.html"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What a server may send with a deck, and what a strict one should.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}

# What is wrong with the current state of the current slide, in the pixels of the stage.
FAULTS = """() => {
  const slide = Reveal.getCurrentSlide(), stage = slide.querySelector('.stage').getBoundingClientRect();
  const scale = Reveal.getScale(), found = [], slack = 1.5;
  const name = (e) => `${e.tagName} ${(e.textContent || '').trim().slice(0, 30)}`;
  const own = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  for (const e of slide.querySelectorAll('*')) {
    if (e.closest('aside.notes, .katex-mathml') || !e.checkVisibility({ visibilityProperty: true })) continue;
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (!box.width || !box.height) continue;
    const inside = e.closest('svg') && e.tagName !== 'svg';
    const [left, top] = [(box.left - stage.left) / scale, (box.top - stage.top) / scale];
    const [right, bottom] = [(box.right - stage.left) / scale, (box.bottom - stage.top) / scale];
    const counts = !inside || e.tagName === 'text';
    if (counts && !e.closest('.katex-html') && (left < -slack || top < -slack || right > 1280 + slack || bottom > 720 + slack))
      found.push(['off the stage', name(e), [left, top, right, bottom].map(Math.round)]);
    if (counts && own(e) && !e.closest('.foot, .katex, .to-notes') && (left < 40 || right > 1240 || top < 24 || bottom > 696))
      found.push(['outside of the safe area', name(e), [left, top, right, bottom].map(Math.round)]);
    if (!inside && /hidden|clip|auto|scroll/.test(style.overflowX + style.overflowY) && !e.closest('.katex')
        && (e.scrollWidth > e.clientWidth + 2 || e.scrollHeight > e.clientHeight + 2))
      found.push(['cut off', name(e), [e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight]]);
    if (own(e) && !e.closest('.katex') && !inside && parseFloat(style.fontSize) < 20) found.push(['small', name(e), style.fontSize]);
    if (inside && e.tagName === 'text' && e.textContent.trim()) {
      const drawn = e.getScreenCTM();
      const size = Math.hypot(drawn.a, drawn.b) * parseFloat(style.fontSize) / scale;
      if (size < 19.5) found.push(['small in a figure', name(e), size.toFixed(1)]);
    }
  }
  const body = slide.querySelector('.body');
  if (body) {
    const room = body.getBoundingClientRect();
    for (const e of body.querySelectorAll('p, li, pre, table, svg.figure, button')) {
      const box = e.getBoundingClientRect();
      if (box.height && e.checkVisibility({ visibilityProperty: true }) && !e.closest('svg svg')
          && (box.top < room.top - slack * scale || box.bottom > room.bottom + slack * scale))
        found.push(['above or below its room', name(e), Math.round((box.bottom - room.bottom) / scale)]);
    }
    for (const line of body.querySelectorAll('.code .line'))
      if (line.scrollWidth > line.clientWidth + 1) found.push(['wider than its box', name(line)]);
  }
  if (!slide.querySelector('h1, h2, h3')) found.push(['no heading', slide.id]);
  if (!slide.querySelector('aside.notes')?.textContent.trim()) found.push(['no notes', slide.id]);
  return found;
}"""


@pytest.fixture(scope="module")
def decks():
    """Build the decks as `nox -s slides` does; what has not changed is kept."""
    trees = ROOT / "build" / "doctrees-slides"
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "-b",
        "deck",
        "-d",
        str(trees),
        "slides",
        str(DECKS),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return DECKS


class StrictHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def end_headers(self):
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()


@pytest.fixture(scope="module")
def server(decks):
    """A server under a folder that the decks do not know, with strict headers."""
    handler = functools.partial(StrictHandler, directory=str(decks.parent))
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def show(server, window):
    """Return a function that opens the deck, and holds its witness against what a deck may do."""
    witnesses = []

    def open_deck(query="", width=1280, height=720, **options):
        page, witness = window(width, **options)
        page.set_viewport_size({"width": width, "height": height})
        witnesses.append(witness)
        page.goto(f"http://localhost:{server.server_port}/slides/{NAME}{query}")
        ready(page)
        return page

    yield open_deck
    for witness in witnesses:
        assert witness.complaints == []
        assert witness.elsewhere(server.server_port) == []


def ready(page):
    """Wait for reveal.js and for the typefaces."""
    page.wait_for_selector(".reveal.ready")
    page.evaluate("document.fonts.ready.then(() => true)")


def current(page):
    return page.evaluate("Reveal.getCurrentSlide().id")


def total(page):
    return page.evaluate("Reveal.getTotalSlides()")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_slide_fits_in_every_state_and_can_be_read(show, theme):
    page = show(f"?theme={theme}", reduced_motion="reduce")
    faults, states = {}, 0
    for _ in range(total(page)):
        while True:
            states += 1
            if found := page.evaluate(FAULTS):
                faults[current(page)] = found
            if not page.evaluate("Reveal.availableFragments().next"):
                break
            page.evaluate("Reveal.nextFragment()")
        page.evaluate("Reveal.next()")
    assert faults == {}
    assert states > total(page)


PLANTED = {
    "off the stage": '<p style="position: absolute; left: 1200px; width: 400px">Too far to the right.</p>',
    "outside of the safe area": '<p style="position: absolute; left: -70px; top: 0">At the edge.</p>',
    "above or below its room": "<p>Much.</p>" * 9,
    "small": '<p style="font-size: 16px">Fine print.</p>',
    "cut off": '<p style="height: 20px; overflow: hidden">One<br>two<br>three.</p>',
    "wider than its box": f'<div class="code"><pre><code><span class="line">{"x" * 200}</span></code></pre></div>',
    "small in a figure": (
        '<svg class="figure" viewBox="0 0 9000 900"><text x="9" y="90" style="font-size: 100px">Q</text></svg>'
    ),
}


def test_the_check_of_a_slide_finds_planted_faults(show):
    page = show("#/forward-is-a-formula-back-is-learned", reduced_motion="reduce")
    page.evaluate("Reveal.getCurrentSlide().querySelector('.body').innerHTML = '<div></div>'")
    for fault, planted in PLANTED.items():
        assert page.evaluate(FAULTS) == []
        page.evaluate(
            "(planted) => { Reveal.getCurrentSlide().querySelector('.body > div').innerHTML = planted; }",
            planted,
        )
        assert fault in [found[0] for found in page.evaluate(FAULTS)]
        page.evaluate("Reveal.getCurrentSlide().querySelector('.body > div').innerHTML = ''")


def test_the_space_bar_walks_to_the_last_slide_and_home_returns(show):
    page = show(reduced_motion="reduce")
    seen = [current(page)]
    for _ in range(3 * total(page)):
        page.keyboard.press("Space")
        if current(page) != seen[-1]:
            seen.append(current(page))
    assert len(seen) == total(page)
    assert page.evaluate("Reveal.isLastSlide()")
    page.keyboard.press("Home")
    assert page.evaluate("Reveal.isFirstSlide()")
    page.keyboard.press("o")
    assert page.evaluate("Reveal.isOverview()")


def test_the_address_of_a_slide_is_its_name(show):
    page = show("#/stop-in-the-valley")
    assert current(page) == "stop-in-the-valley"
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/*#/bias-and-variance-pull-apart")


def test_code_points_out_one_group_of_lines_after_the_other(show):
    page = show("#/a-dense-network-is-sums-bent-three-times", reduced_motion="reduce")
    lines = "[...Reveal.getCurrentSlide().querySelectorAll('.line.on')].map((line) => line.dataset.line).join(' ')"
    shown = [page.evaluate(lines)]
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        shown.append(page.evaluate(lines))
    assert shown == ["1 2 3 4 5 6 7", "2", "3 4 5", "6"]
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(lines) == "3 4 5"


def test_the_arrow_keys_in_a_slider_move_the_slider_and_turn_no_slide(show):
    page = show("#/fringes-measure-thickness-match-by-hand", reduced_motion="reduce")
    slider = page.locator(".deck-demo input[type=range]").first
    slider.focus()
    before = slider.input_value()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert slider.input_value() != before
    page.locator(".deck-demo button").first.focus()
    page.keyboard.press("Space")
    assert current(page) == "fringes-measure-thickness-match-by-hand"


@pytest.mark.parametrize("key", ["PageDown", "ArrowRight"])
def test_after_a_click_on_a_button_of_a_demo_the_keys_turn_the_slides_again(show, key):
    page = show("#/fringes-measure-thickness-match-by-hand", reduced_motion="reduce")
    page.locator(".deck-demo button").first.click()
    page.keyboard.press(key)
    assert current(page) == "can-two-different-films-have-one-curve"


def test_the_key_d_turns_dark_and_notes_and_slides_remember_it(show):
    page = show(color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.keyboard.press("d")
    dark = page.evaluate(ground)
    assert dark != light
    assert page.evaluate("localStorage.theme") == "dark"
    page.reload()
    ready(page)
    assert page.evaluate(ground) == dark
    page.goto(page.url.partition("#")[0] + "?theme=light")
    assert page.evaluate(ground) == light
    assert page.evaluate("localStorage.theme") == "dark"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_print_view_is_sound_and_keeps_its_margins(show, theme):
    page = show(f"?print-pdf&theme={theme}")
    page.wait_for_selector(".pdf-page[data-foot]")
    assert page.locator(".pdf-page").count() == total(page)
    outside = page.evaluate("""() => [...document.querySelectorAll('.pdf-page')].flatMap((sheet, number) => {
      const paper = sheet.getBoundingClientRect();
      return [...sheet.querySelectorAll('h1, h2, h3, p:not(.to-notes), li, table, pre, svg.figure')]
        .filter((e) => !e.closest('aside') && e.checkVisibility()).map((e) => [e.getBoundingClientRect(), e])
        .filter(([b]) => b.left - paper.left < 40 || b.top - paper.top < 24 || paper.right - b.right < 40 || paper.bottom - b.bottom < 24)
        .map(([, e]) => [number + 1, e.tagName, e.textContent.trim().slice(0, 30)]);
    })""")
    assert outside == []
    found = Axe().run(
        page, context={"include": [".slides"]}, options={"runOnly": RULES, "resultTypes": ["violations"]}
    )
    violations = found.response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in violations] == []


@pytest.mark.parametrize("width", [360, 390])
def test_on_a_phone_all_slides_stand_below_each_other(show, width):
    page = show(width=width, height=800, is_mobile=True, has_touch=True, device_scale_factor=2)
    assert page.evaluate("Reveal.isScrollView()")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelector('.reveal-viewport').scrollWidth") <= width
    hidden = "[...document.querySelectorAll('.stage li')].filter((e) => getComputedStyle(e).visibility === 'hidden').length"
    assert page.evaluate(hidden) == 0


def test_a_deck_works_from_a_folder(decks, window):
    page, witness = window()
    page.goto((decks / NAME).as_uri())
    ready(page)
    page.keyboard.press("End")
    assert page.evaluate("Reveal.isLastSlide()")
    assert page.evaluate("document.fonts.check('20px Fraunces')")
    assert witness.complaints == []


def test_the_list_of_decks_leads_to_the_deck(server, window):
    page, witness = window(360)
    page.goto(f"http://localhost:{server.server_port}/slides/index.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
    assert [each["id"] for each in found] == []
    page.locator(".decks a").first.click()
    ready(page)
    assert witness.complaints == []
