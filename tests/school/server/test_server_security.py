"""Only the person who started the school gets in; asked with real requests at a real server."""

import json
import os
import re
import socket
import tempfile
from pathlib import Path

import psutil
import pytest
import websocket
from running_school import School, write_lab

LAB = "02-mirror"
PAGES = [
    "/school/",
    "/school/open/02-mirror",
    "/lab",
    "/tree",
    "/notebooks/02-mirror.ipynb",
    "/files/02-mirror.ipynb",
]
APIS = [
    "/api/contents",
    "/api/kernels",
    "/api/sessions",
    "/api/kernelspecs",
    "/api/status",
    "/lab/api/settings",
]


@pytest.fixture(scope="module")
def school():
    with tempfile.TemporaryDirectory(prefix="lens-") as place:  # a path as short as a student's
        write_lab(Path(place) / "releases", LAB)
        with School(Path(place) / "work", Path(place) / "releases") as running:
            running.ready()
            yield running


@pytest.fixture(scope="module")
def cookie(school):
    return school.log_in()


@pytest.fixture
def untouched(school):
    """The lab is not in the work folder, and is not put there."""
    notebook = school.work / f"{LAB}.ipynb"
    notebook.unlink(missing_ok=True)
    yield
    assert not notebook.exists(), "a request that was refused delivered a lab"


def origin(school):
    return f"http://localhost:{school.port}"


def test_the_printed_address_lets_in_and_hides_its_key(school):
    response = school.request(f"/school/?token={school.token}")
    assert (response.status, response.headers["Location"]) == (302, "/school/")
    cookies = response.headers.get_all("Set-Cookie")
    login = [each for each in cookies if each.startswith("username")]
    assert len(login) == 1
    assert login[0].startswith(f"username-localhost-{school.port}=")
    assert "httponly" in login[0].lower()
    assert all("samesite=lax" in each.lower() for each in cookies)


def test_with_the_cookie_everything_is_open(school, cookie):
    page = school.request("/school/", cookie=cookie, Sec_Fetch_Site="same-origin")
    assert page.status == 200
    assert "A mirror for neutrons" in page.text
    for path in APIS:
        assert school.request(path, cookie=cookie, Sec_Fetch_Site="same-origin").status == 200, path
    opened = school.request(f"/school/open/{LAB}", cookie=cookie, Sec_Fetch_Site="same-origin")
    assert (opened.status, opened.headers["Location"]) == (302, f"/notebooks/{LAB}.ipynb")
    assert (school.work / f"{LAB}.ipynb").exists()
    for page in ("/lab", "/tree", f"/notebooks/{LAB}.ipynb"):
        assert school.request(page, cookie=cookie).status == 200, page


def test_jupyterlab_is_the_other_door(school, cookie):
    opened = school.request(f"/school/open/{LAB}?view=lab", cookie=cookie)
    assert (opened.status, opened.headers["Location"]) == (302, f"/lab/tree/{LAB}.ipynb")


@pytest.mark.parametrize("wrong", [None, "username-localhost-8888=guess"])
def test_strangers_see_one_page_that_tells_nothing(school, untouched, wrong):
    for path in PAGES:
        response = school.request(path, cookie=wrong)
        assert response.status == 302, path
        assert response.headers["Location"].startswith("/login"), path
    page = school.request("/login", cookie=wrong)
    assert page.status == 403
    assert "lens-labs start" in page.text
    assert "mirror" not in page.text
    assert school.token not in page.text
    for path in APIS:
        assert school.request(path, cookie=wrong).status == 403, path


@pytest.mark.parametrize("token", ["", "guess", "%00", "a" * 5000])
def test_a_wrong_key_opens_nothing(school, token):
    response = school.request(f"/school/?token={token}")
    assert response.headers["Location"].startswith("/login")
    assert not any(each.startswith("username") for each in response.headers.get_all("Set-Cookie") or [])
    assert school.request("/api/contents", Authorization=f"token {token}").status == 403
    assert school.request("/login", "POST", body=f"password={token}").status in (403, 405)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8888", "localhost.evil.example", "192.0.2.1", ""]
)
@pytest.mark.parametrize("path", ["/school/", "/school/assets/school.css", "/login", "/api/contents", "/lab"])
def test_other_host_names_are_refused(school, cookie, host, path):
    """A name that an attacker points at this machine must not become this machine's own site."""
    assert school.request(path, cookie=cookie, Host=host).status == 403


@pytest.mark.parametrize("name", ["http://localhost:9", "http://127.0.0.1:9", "https://evil.example", "null"])
def test_other_origins_are_refused(school, cookie, untouched, name):
    for path in APIS:
        assert school.request(path, cookie=cookie, Origin=name).status in (403, 404), path
    for path in PAGES:
        assert school.request(path, cookie=cookie, Origin=name).status in (302, 403, 404), path
    sent = start_session(school, cookie, Origin=name)
    assert sent.status in (403, 404)


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_requests_that_another_site_makes_carry_no_identity(school, cookie, untouched, site):
    """Cookies of localhost travel to every port; a page on another port is another site all the same."""
    for path in APIS:
        assert (
            school.request(path, cookie=cookie, Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors").status == 403
        ), path
    for path in PAGES:
        response = school.request(path, cookie=cookie, Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors")
        assert response.headers["Location"].startswith("/login"), path
    assert start_session(school, cookie, Sec_Fetch_Site=site, Sec_Fetch_Mode="cors").status in (403, 404)


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_a_link_on_another_site_may_lead_to_the_school_but_not_act_in_it(school, cookie, untouched, site):
    visit = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert school.request("/school/", cookie=cookie, **visit).status == 200
    for path in PAGES[1:]:
        assert school.request(path, cookie=cookie, **visit).headers["Location"].startswith("/login"), path
    frame = visit | {"Sec_Fetch_Dest": "iframe"}
    assert school.request("/school/", cookie=cookie, **frame).headers["Location"].startswith("/login")


def test_writing_needs_the_second_token(school, cookie):
    assert start_session(school, cookie, X_XSRFToken="").status == 403
    assert start_session(school, cookie, X_XSRFToken="guess").status == 403
    started = start_session(school, cookie)
    assert started.status == 201


def start_session(school, cookie, **headers):
    xsrf = re.search(r"_xsrf=([^;]+)", cookie)[1]
    headers = {"X_XSRFToken": xsrf, "Content_Type": "application/json"} | headers
    body = '{"path": "a.ipynb", "type": "notebook", "name": "a", "kernel": {"name": "python3"}}'
    return school.request("/api/sessions", "POST", body, cookie, **headers)


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("/school/", "default-src 'none'"),
        ("/login", "default-src 'none'"),
        ("/school/nothing", "frame-ancestors"),
        ("/lab", "frame-ancestors 'self'"),
    ],
)
def test_no_page_can_be_framed_and_none_tells_where_it_was(school, cookie, path, policy):
    headers = school.request(path, cookie=cookie).headers
    if path == "/login":  # who is in is led on, so a stranger asks
        headers = school.request(path).headers
    assert policy in headers["Content-Security-Policy"]
    assert re.search(r"frame-ancestors '(none|self)'", headers["Content-Security-Policy"])
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_landing_page_may_run_no_script_and_load_nothing_from_elsewhere(school, cookie):
    response = school.request("/school/", cookie=cookie)
    policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy
    assert set(policy.values()) <= {"'none'", "'self'"}
    assert "<script" not in response.text
    assert not re.search(r"""(src|href)=["'](?!/|#)""", response.text)


@pytest.mark.parametrize(
    "path",
    [
        "/school/assets/../pages/landing.html",
        "/school/assets/%2e%2e/pages/landing.html",
        "/school/assets/..%2fpages%2flanding.html",
        "/school/assets//etc/passwd",
        "/school/open/..%2f..%2fsecret",
        "/school/open/%2e%2e",
        "/files/.lens-labs/run/cookie-secret",
        "/api/contents/.lens-labs/run/cookie-secret",
        "/files/../../../../etc/passwd",
        "/files/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/api/contents/..%2f..%2f..%2f..%2fetc%2fpasswd",
    ],
)
def test_no_path_leads_out_of_its_folder(school, cookie, path):
    response = school.request(path, cookie=cookie)
    assert response.status in (400, 403, 404), response.text[:200]


def test_an_unknown_lab_is_answered_with_a_page_that_leads_back(school, cookie):
    response = school.request("/school/open/99-%3Cscript%3E", cookie=cookie)
    assert response.status == 404
    assert "Back to the labs" in response.text
    assert "<script" not in response.text


def opens(school, path, cookie=None, **headers):
    """Tell whether a websocket opens, with the headers that a browser would send."""
    host = headers.pop("Host", None)
    try:
        connection = websocket.create_connection(
            f"ws://localhost:{school.port}{path}",
            cookie=cookie,
            host=host,
            header=[f"{name.replace('_', '-')}: {value}" for name, value in headers.items()],
            suppress_origin="Origin" in headers,
            redirect_limit=0,
            timeout=20,
        )
    except websocket.WebSocketException:
        return False
    connection.close()
    return True


def test_websockets_open_for_this_page_only(school, cookie):
    kernel = json.loads(start_session(school, cookie).text)["kernel"]["id"]
    own = origin(school)
    for path in (f"/api/kernels/{kernel}/channels", "/api/events/subscribe"):
        assert opens(school, path, cookie, Origin=own)
        assert opens(school, path, cookie, Origin=own, Sec_Fetch_Site="same-origin")
        assert not opens(school, path, None, Origin=own)
        assert not opens(school, path, cookie, Origin="http://localhost:9")
        assert not opens(school, path, cookie, Origin="https://evil.example")
        assert not opens(school, path, cookie, Origin=own, Sec_Fetch_Site="same-site")
        assert not opens(school, path, cookie, Origin=own, Host="evil.example")


def test_it_listens_on_this_machine_only(school):
    listening = [
        each for each in psutil.Process(school.process.pid).net_connections("inet") if each.status == "LISTEN"
    ]
    assert listening
    assert {each.laddr.ip for each in listening} <= {"127.0.0.1", "::1"}
    for addresses in psutil.net_if_addrs().values():
        for address in addresses:
            if address.family == socket.AF_INET and not address.address.startswith("127."):
                with pytest.raises(OSError):  # noqa: PT011 - refused or unreachable, each system has its own words
                    socket.create_connection((address.address, school.port), timeout=2).close()


def test_the_key_is_in_no_command_line_and_in_no_log(school, cookie):
    start_session(school, cookie)
    process = psutil.Process(school.process.pid)
    for each in [process, *process.children(recursive=True)]:
        assert school.token not in " ".join(each.cmdline())
    log = (school.work / ".lens-labs" / "run" / "server.log").read_text()
    assert "GET /school/" in log
    assert school.token not in log


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_keys_sockets_and_logs_are_private(school, cookie):
    start_session(school, cookie)
    run = school.work / ".lens-labs" / "run"
    assert run.stat().st_mode & 0o777 == 0o700
    for name in ("cookie-secret", "server.log"):
        assert (run / name).stat().st_mode & 0o777 == 0o600
    connections = list(run.glob("kernel-*.json"))
    assert connections, "the session has a kernel"
    for connection in connections:
        assert connection.stat().st_mode & 0o777 == 0o600
        assert json.loads(connection.read_text())["transport"] == "ipc"
