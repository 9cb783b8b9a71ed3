"""``lens-labs start``: every way in which it can begin and end leaves a clear message and a school that works."""

import json
import os
import re
import socket
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psutil
import pytest
import websocket
from running_school import School, write_lab

from lens_labs.school.errors import SchoolError
from lens_labs.school.server.run_folder import RunFolder
from lens_labs.school.server.start import start

LAB = "02-mirror"
FRAMED = ("index.html", "slides/02-deck.html", "slides/_static/presenter.html")


@pytest.fixture
def place():
    with tempfile.TemporaryDirectory(prefix="lens-") as folder:  # a path as short as a student's
        write_lab(Path(folder) / "releases", LAB)
        yield Path(folder)


@pytest.fixture
def taken():
    """A port on which another program listens; the next two are free."""
    for port in range(18_888, 60_000, 3):
        sockets = [socket.socket() for _ in range(3)]
        try:
            for offset, each in enumerate(sockets):
                each.bind(("127.0.0.1", port + offset))
        except OSError:
            continue
        finally:
            for each in sockets[1:]:
                each.close()
        sockets[0].listen()
        yield port
        sockets[0].close()
        return


def newcomer(place, *, browser=True):
    """Return the surroundings of a person whose Jupyter is broken and whose browser writes down what it is told."""
    home = place / "home"
    (home / ".jupyter").mkdir(parents=True)
    (home / ".jupyter" / "jupyter_server_config.py").write_text(
        "raise RuntimeError('a broken configuration')"
    )
    (home / ".jupyter" / "jupyter_server_config.json").write_text(
        '{"ServerApp": {"port": 1, "token": "known"}}'
    )
    kernel = home / ".local" / "share" / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(
        '{"argv": ["/bin/false"], "display_name": "broken", "language": "python"}'
    )
    profile = home / ".ipython" / "profile_default" / "startup"
    profile.mkdir(parents=True)
    (profile / "00-mine.py").write_text("startup_of_the_person = True")
    script = place / "browser.py"
    script.write_text("import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(' '.join(sys.argv[2:]))")
    surroundings = {
        "HOME": str(home),
        "JUPYTER_TOKEN": "known",
        "JUPYTER_PATH": str(home / "nowhere"),
        "JUPYTERLAB_DIR": str(home / "nowhere"),
        "JUPYTER_PORT": "1",
        "IPYTHONDIR": str(home / ".ipython"),
    }
    if browser:
        surroundings["BROWSER"] = f"{sys.executable} {script} {place / 'opened'} %s"
    return surroundings


def run_in_kernel(school, cookie, code):
    """Run code in the kernel of the opened lab and return what it printed."""
    kernel = json.loads(school.request("/api/sessions", cookie=cookie).text)[0]["kernel"]["id"]
    connection = websocket.create_connection(
        f"ws://localhost:{school.port}/api/kernels/{kernel}/channels", cookie=cookie, timeout=30
    )
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "session": "s",
        "username": "",
        "version": "5",
    }
    content = {"code": code, "silent": False}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    connection.send(json.dumps(message))
    printed = ""
    while True:
        answer = json.loads(connection.recv())
        if answer["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        if answer["msg_type"] in ("stream", "error"):
            printed += answer["content"].get("text") or answer["content"]["evalue"]
        if answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
            connection.close()
            return printed.strip()


@pytest.mark.skipif(os.name == "nt", reason="a console of Windows has no SIGINT for one child")
def test_a_newcomer_starts_works_starts_again_and_stops(place):
    work = place / "work"
    surroundings = newcomer(place)
    with School(work, place / "releases", browser=True, environment=surroundings, terminal=True) as school:
        school.ready()
        assert school.said("Your browser opens the address")
        assert "Opening the school" in school.text
        shown = school.text.rpartition("LENS Labs is open")[2].strip().splitlines()
        assert len(shown) <= 8, "a handful of lines"
        assert "ServerApp" not in school.text, "what Jupyter says belongs into the log"

        opened = wait_for(place / "opened")
        assert opened.startswith("file://"), (
            "a file leads the browser, because arguments can be read by others"
        )
        page = Path(opened.removeprefix("file://")).read_text()
        assert school.token in page
        assert school.token != "known"

        cookie = school.log_in()
        assert "jupyter-config-data" in school.request("/lab", cookie=cookie).text, "JupyterLab is not found"
        assert school.request(f"/school/open/{LAB}", cookie=cookie).status == 302
        seen = run_in_kernel(
            school, cookie, "import sys; print(sys.executable, 'startup_of_the_person' in globals())"
        )
        assert seen == f"{sys.executable} False"
        kernels = psutil.Process(school.process.pid).children(recursive=True)
        assert kernels

        with School(
            work, place / "releases", browser=True, environment={"SSH_CONNECTION": "a b c d"}
        ) as second:
            assert second.ready() == school.ready()
            assert second.ended() == 0
            assert "is open already" in second.text
            assert "There is no browser to open here" in second.text
            assert f"ssh -L {school.port}:localhost:{school.port}" in second.text

        assert school.interrupt() == 0
        assert school.text.strip().endswith(f"Stopped. Your work is in {work}.")
        assert psutil.wait_procs(kernels, timeout=5)[1] == [], "a kernel is left"
    left = {path.name for path in (work / ".lens-labs" / "run").iterdir()}
    assert left <= {"lock", "cookie-secret", "server.log"}
    assert (work / f"{LAB}.ipynb").exists()


def wait_for(path):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text()):
            return text
        time.sleep(0.02)
    raise AssertionError(f"{path} was never written")


def test_a_taken_port_and_a_killed_server_are_no_obstacle(place, taken):
    work, site = place / "work", place / "site"
    site.mkdir()
    (site / "index.html").write_text("<h1>Notes</h1>")
    with School(work, place / "releases", port=taken) as killed:
        assert killed.port == taken + 1
        assert killed.said(f"Port {taken} is in use by another program; the school uses {taken + 1}.")
        cookie = killed.log_in()
        killed.request(f"/school/open/{LAB}", cookie=cookie)
        kernels = psutil.Process(killed.process.pid).children(recursive=True)
        killed.process.kill()
        killed.ended()
    assert psutil.wait_procs(kernels, timeout=10)[1] == [], "kernels notice that their server has gone"
    assert list((work / ".lens-labs" / "run").glob("jpserver-*")), "the dead server has left its files"

    with School(work, place / "releases", port=taken + 1, site=str(site)) as school:
        assert school.port == taken + 1
        assert len(list((work / ".lens-labs" / "run").glob("jpserver-*-open.html"))) == 1
        page = school.request("/school/", cookie=cookie)
        assert page.status == 200, "a bookmark outlives its server"
        assert page.text == "<h1>Notes</h1>"
        assert "script-src" not in page.headers["Content-Security-Policy"]
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        assert school.request("/school/", cookie=None).status == 302
        assert school.request("/school/..%2freleases%2f02-mirror.ipynb", cookie=cookie).status in (403, 404)
        school.process.terminate()
        assert school.ended() == 0
        assert "Stopped" in school.text


def test_of_two_starts_at_the_same_instant_one_serves(place):
    with (
        School(place / "work", place / "releases") as one,
        School(place / "work", place / "releases") as other,
    ):
        assert one.ready() == other.ready()
        assert other.said("to stop")
        joined, serving = sorted([one, other], key=lambda each: "open already" not in each.text)
        assert joined.ended() == 0
        assert "is open already" in joined.text
        assert serving.process.poll() is None
        assert "is open already" not in serving.text
        assert serving.request("/school/", cookie=serving.log_in()).status == 200


def test_a_long_path_falls_back_to_encrypted_ports(place):
    work = place / ("a-folder-with-a-very-long-name-" * 3)
    with School(work, place / "releases") as school:
        cookie = school.log_in()
        school.request(f"/school/open/{LAB}", cookie=cookie)
        assert run_in_kernel(school, cookie, "print(6 * 7)") == "42"
        (connection,) = (work / ".lens-labs" / "run").glob("kernel-*.json")
        kernel = json.loads(connection.read_text())
        assert kernel["transport"] == "tcp"
        assert kernel["curve_secretkey"]
        school.request("/api/shutdown", "POST", Authorization=f"token {school.token}")  # the menu: Shut Down
        assert school.ended() == 0
        assert "Stopped" in school.text


def test_a_folder_that_cannot_be_used_is_refused_in_one_sentence(place):
    (place / "work").write_text("")
    with School(place / "work", place / "releases") as school:
        assert school.ended() == 1
        assert re.fullmatch(
            r"lens-labs: The work folder .* cannot be used: .*start --work FOLDER\n", school.text
        )


def test_a_work_folder_used_by_another_machine_is_named(place):
    run = RunFolder(place / "run-of-another")
    work = place / "work"
    (work / ".lens-labs").mkdir(parents=True)
    run.path.rename(work / ".lens-labs" / "run")
    run = RunFolder(work / ".lens-labs" / "run")
    with run.claimed():
        record = {"port": 8888, "token": "t", "opener": "o", "machine": "node-7"}
        (run.path / "school.json").write_text(json.dumps(record))
        with pytest.raises(SchoolError, match=r"in use by a school on node-7.*start --work FOLDER"):
            start(work, releases=place / "releases", browser=False)


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_does_not_exist_is_refused(place, port):
    with pytest.raises(SchoolError, match=f"port is {port}; allowed: a whole number from 0 to 65535"):
        start(place / "work", port=port, releases=place / "releases")
    assert not (place / "work").exists()


def test_without_a_free_port_the_message_names_the_range(place, taken, monkeypatch):
    monkeypatch.setattr("lens_labs.school.server.start._PORTS", 1)
    with pytest.raises(SchoolError, match=rf"ports {taken} to {taken} .* --port 9000"):
        start(place / "work", port=taken, browser=False, releases=place / "releases")


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_disk_that_keeps_nothing_private_is_refused(place, monkeypatch):
    monkeypatch.setattr(Path, "chmod", lambda *_, **__: None)
    (place / "run").mkdir(mode=0o755)
    with pytest.raises(SchoolError, match="does not keep files private"):
        RunFolder(place / "run")


def test_a_disk_without_sockets_falls_back_to_ports(place, monkeypatch):
    run = RunFolder(place / "run")
    assert run.transport() == ("tcp" if os.name == "nt" else "ipc")
    monkeypatch.setattr(socket.socket, "bind", lambda *_: (_ for _ in ()).throw(OSError("not supported")))
    assert run.transport() == "tcp"
    assert list(run.path.iterdir()) == []


def test_a_site_that_is_none_is_refused(place):
    with pytest.raises(SchoolError, match=r"site is .*empty; allowed: a folder with built notes"):
        start(place / "work", site=place / "empty")


@pytest.fixture(scope="module")
def with_site():
    """A running school with notes, decks and pages that offer labs."""
    with tempfile.TemporaryDirectory(prefix="lens-") as folder:
        place, pages = Path(folder), (*FRAMED, f"open/{LAB}.html")
        write_lab(place / "releases", LAB)
        for page in pages:
            (place / "site" / page).parent.mkdir(parents=True, exist_ok=True)
            (place / "site" / page).write_text("<h1>A page</h1>")
        with School(place / "work", place / "releases", site=str(place / "site")) as school:
            yield school


def test_a_running_school_answers_the_page_that_offers_to_open_a_lab(with_site):
    answer = with_site.request(f"/school/open/{LAB}.html", cookie=with_site.log_in())
    assert answer.status == 302
    assert answer.headers["Location"] == f"/notebooks/{LAB}.ipynb"


def test_slides_may_be_framed_by_the_presenters_window_and_run_no_script_inside_of_pages(with_site):
    cookie = with_site.log_in()
    answers = [with_site.request(f"/school/{page}", cookie=cookie).headers for page in FRAMED]
    policies = [
        dict(rule.split(" ", 1) for rule in each["Content-Security-Policy"].split("; ")) for each in answers
    ]
    assert [each["frame-ancestors"] for each in policies] == ["'none'", "'self'", "'self'"]
    for each in policies:
        assert each.get("script-src", each["default-src"]) == "'self'"
    # The deck and its window see each other only if both say the same.
    assert {each["Cross-Origin-Opener-Policy"] for each in answers} == {"same-origin"}
    assert {each["X-Frame-Options"] for each in answers} == {"SAMEORIGIN"}
