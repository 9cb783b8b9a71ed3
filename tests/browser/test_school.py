"""From the landing page to a solved exercise, as a student goes."""

import http.server
import json
import os
import threading
from pathlib import Path

import pytest
from running_school import School, write_lab

pytestmark = pytest.mark.browser

LAB = "02-mirror"
TITLE = "Fringes tell the thickness of a film"
CHECKS = """
import math
from lens_labs.checks import NotYet, exercise

@exercise
def thickness(answer):
    got = answer(0.02)
    if not math.isclose(got, 2 * math.pi / 0.02):
        raise NotYet(expected="314.2 Å", got=f"{got:.1f} Å", cause="the spacing of fringes is 2 pi / d, not 1 / d")
    return "Fringes 0.02 1/Å apart belong to a film of 314.2 Å."
"""
CODE = (
    "import math\nimport film as check\nprint('ready', 6 * 7)",
    "def thickness(spacing):\n    raise NotImplementedError",
    "check.thickness(thickness)",
)
WRONG = "def thickness(spacing):\n    return 1 / spacing"
RIGHT = "def thickness(spacing):\n    return 2 * math.pi / spacing"


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    place = tmp_path_factory.mktemp("s")
    write_lab(place / "releases", LAB, CODE, TITLE)
    (place / "work").mkdir()
    (place / "work" / "film.py").write_text(CHECKS)
    with School(place / "work", place / "releases") as running:
        running.ready()
        yield running


@pytest.fixture
def fresh(school):
    """The lab as on the first day, without a session."""
    for session in sessions(school):
        school.request(f"/api/sessions/{session['id']}", "DELETE", Authorization=f"token {school.token}")
    for notebook in school.work.glob("*.ipynb"):
        notebook.unlink()


def sessions(school):
    return json.loads(school.request("/api/sessions", Authorization=f"token {school.token}").text)


def lab_is_ready(page):
    """Wait for the cells, and for the kernel: nobody is quicker than that, except a test."""
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')


def replace_cell(page, number, text):
    """Write a code cell anew, as a person who pastes."""
    page.locator(".jp-CodeCell .cm-content").nth(number).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def run_cell(page, number):
    """Run a code cell with Shift+Enter and wait until it is done."""
    cell = page.locator(".jp-CodeCell").nth(number)
    before = cell.locator(".jp-InputPrompt").inner_text()
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_function(
        "([number, before]) => { const prompt = document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')[number];"
        " return /\\d/.test(prompt.innerText) && prompt.innerText !== before }",
        arg=[number, before],
    )
    return cell.locator(".jp-OutputArea")


def test_a_student_opens_a_lab_is_told_what_is_wrong_and_gets_it_right(school, window, fresh):
    page, witness = window()
    page.goto(next((school.work / ".lens-labs" / "run").glob("*-open.html")).as_uri())
    page.wait_for_url("**/school/")
    assert page.get_by_role("heading", level=1).inner_text() == "LENS Labs"
    assert "token" not in page.url
    assert page.get_by_text("Not started").is_visible()

    page.get_by_role("link", name=f"Open this lab “{TITLE}”").click()
    lab_is_ready(page)
    assert page.url.endswith(f"/notebooks/{LAB}.ipynb")
    picture = page.locator(".jp-MarkdownOutput img")
    assert picture.evaluate("image => [image.alt, image.naturalWidth]") == ["A dot", 1]
    assert "ready 42" in run_cell(page, 0).inner_text()

    run_cell(page, 1)
    assert "not answered" in run_cell(page, 2).inner_text()
    replace_cell(page, 1, WRONG)
    run_cell(page, 1)
    answer = run_cell(page, 2).inner_text()
    assert "not yet" in answer
    assert "2 pi / d" in answer
    replace_cell(page, 1, RIGHT)
    run_cell(page, 1)
    assert "correct" in run_cell(page, 2).inner_text()

    page.keyboard.press("ControlOrMeta+s")
    page.wait_for_function("!document.querySelector('.jp-Notebook-Dirty, .jp-mod-dirty')")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="JupyterLab").first.click()
    lab = opened.value
    lab.wait_for_selector(".jp-Notebook .jp-CodeCell")
    lab.wait_for_function("document.querySelector('.jp-Notebook')?.innerText.includes('correct')")

    for each in (page, lab):
        assert each.locator(".jp-Dialog").count() == 0
        assert each.locator(".Toastify__toast").count() == 0
        assert each.get_by_text("Not Trusted").count() == 0
    log = (school.work / ".lens-labs" / "run" / "server.log").read_text()
    assert log.count("Kernel started") == 1, "both views share the kernel that was started with the lab"
    assert witness.complaints == []
    assert witness.elsewhere(school.port) == []
    forbidden = ("/lab/api/news", "/lab/api/update", "/lab/api/extensions", "/lab/api/build", "/lsp/")
    assert [url for url in witness.requests if any(part in url for part in forbidden)] == []

    page.goto(f"http://localhost:{school.port}/school/")
    assert page.get_by_text("Your copy, with your changes").is_visible()


def test_jupyterlab_opens_from_its_own_door(school, window, fresh):
    page, witness = window()
    page.goto(school.ready())
    page.get_by_role("link", name="in JupyterLab").click()
    lab_is_ready(page)
    assert page.url.endswith(f"/lab/tree/{LAB}.ipynb")
    assert "ready 42" in run_cell(page, 0).inner_text()
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    assert witness.complaints == []
    assert witness.elsewhere(school.port) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_landing_page_is_open_to_everybody(school, window, fresh, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    page, witness = window(width, color_scheme=scheme)
    page.goto(school.ready())
    page.get_by_role("link", name="Open this lab").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == width, "the page scrolls sideways"
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    for link in ("To the labs", "Open this lab"):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            "(() => { const style = getComputedStyle(document.activeElement);"
            " return [document.activeElement.innerText, style.outlineStyle, parseFloat(style.outlineWidth)] })()"
        )
        assert focus[0].startswith(link)
        assert focus[1] == "solid"
        assert focus[2] >= 2
    assert witness.complaints == []
    assert witness.elsewhere(school.port) == []


def test_an_update_beside_changed_work_is_shown(school, window, fresh):
    release = next((school.work.parent / "releases").glob("*.ipynb"))
    original = release.read_text()
    page, _ = window()
    page.goto(school.ready())
    try:
        school.request(f"/school/open/{LAB}", cookie=school.log_in())
        mine = school.work / f"{LAB}.ipynb"
        mine.write_text(mine.read_text().replace("raise NotImplementedError", "return 7"))
        release.write_text(original.replace("ready", "all ready"))
        school.request(f"/school/open/{LAB}", cookie=school.log_in())
        page.reload()
        assert page.get_by_role("link", name=f"{LAB}.new.ipynb").is_visible()
        assert "return 7" in mine.read_text()
    finally:
        release.write_text(original)


ATTACK = """<!doctype html><title>at work</title><iframe src="{school}/school/"></iframe><script>
(async () => {{
  const seen = [];
  for (const [path, options] of [
    ["/api/contents", {{credentials: "include"}}],
    ["/api/sessions", {{method: "POST", credentials: "include", mode: "no-cors", body: "{{}}"}}],
    ["/school/open/02-mirror", {{credentials: "include", mode: "no-cors"}}],
  ]) {{
    try {{
      const answer = await fetch("{school}" + path, options);
      seen.push(answer.type === "opaque" ? "opaque" : await answer.text());
    }} catch (error) {{ seen.push("refused") }}
  }}
  seen.push(await new Promise(done => {{
    const socket = new WebSocket("{socket}/api/events/subscribe");
    socket.onopen = () => done("open");
    socket.onerror = () => done("refused");
  }}));
  document.title = JSON.stringify(seen);
}})()
</script>"""


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_page_on_another_port_of_this_machine_gets_nowhere(school, window, fresh, host):
    address = f"localhost:{school.port}"
    text = ATTACK.format(school=f"http://{address}", socket=f"ws://{address}").encode()

    class Evil(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    page, _ = window()
    page.goto(school.ready())  # the victim is logged in
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Evil) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://{host}:{server.server_port}/")
        page.wait_for_function("document.title !== 'at work'")
        frame = page.frames[1]
        content = frame.content() if "localhost" in frame.url else ""
        server.shutdown()
    seen = json.loads(page.title())
    assert [each for each in seen if each not in ("refused", "opaque")] == []
    assert TITLE not in content
    assert not (school.work / f"{LAB}.ipynb").exists(), "another page delivered a lab"
    assert sessions(school) == []


def test_without_a_browser_the_run_ends_with_the_command_that_installs_one(tmp_path):
    import subprocess
    import sys

    probe = [
        sys.executable,
        "-m",
        "pytest",
        "-m",
        "browser",
        "-q",
        "-p",
        "no:cacheprovider",
        str(Path(__file__)),
    ]
    select = ["-k", "own_door"]
    run = subprocess.run(
        [*probe, *select],
        env=os.environ | {"LENS_LABS_BROWSER": str(tmp_path / "missing")},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert run.returncode == 3
    assert "Install one with: " in run.stdout + run.stderr
