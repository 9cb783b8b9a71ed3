"""The local server: Jupyter and the school in one process, on one port, for one person.

`configuration` is everything that Jupyter is told; `SchoolApp` is the extension that adds ``/school/``. Nothing is read
from the Jupyter settings of the person who runs it. Who is let in is decided in `lens_labs.school.server.gate`.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import nbformat
import zmq
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.extension.application import ExtensionApp
from tornado import web
from traitlets import Unicode, default
from traitlets.config import Config

from lens_labs.school.server import landing
from lens_labs.school.server.gate import OnlyThisUser
from lens_labs.school.server.run_folder import RunFolder
from lens_labs.school.server.work import Delivery, WorkFolder, WorkFolderError

STATIC = Path(__file__).parent / "static"

_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Notes and decks bring scripts of their own, and formulas that are laid out by style attributes.
_SITE_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The presenter's window shows the slides in frames.
_SLIDES_POLICY = _SITE_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
_HEADERS = {
    "Referrer-Policy": "same-origin",  # a key in an address is told to nobody else
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}
# News and extensions come from the network; language servers are programs that are not installed here; the debugger asks a
# kernel that may still be starting, complains, and is nothing that a lab needs.
_DISABLED = [
    "@jupyterlab/apputils-extension:announcements",
    "@jupyterlab/debugger-extension",
    "@jupyterlab/extensionmanager-extension:plugin",
    "@jupyterlab/fileeditor-extension:language-server",
    "@jupyterlab/lsp-extension:code-extractor-manager",
    "@jupyterlab/lsp-extension:feature",
    "@jupyterlab/lsp-extension:plugin",
    "@jupyterlab/lsp-extension:settings",
    "@jupyterlab/lsp-extension:tracker",
    "@jupyterlab/notebook-extension:language-server",
]
_SWITCH_OF_VIEWS = "@jupyter-notebook/lab-extension"


class SchoolHandler(JupyterHandler):
    """A page of the school: only for its user, from nowhere else, in no frame."""

    policy = _PAGE_POLICY

    @property
    def content_security_policy(self) -> str:
        """The policy that goes with every answer, in place of Jupyter's looser one."""
        return self.policy

    async def prepare(self) -> None:  # type: ignore[override]
        """Exchange the key in an address for a cookie, so that it stays in no history and no bookmark."""
        await super().prepare()
        if not self._finished and self.current_user and "token" in self.request.query_arguments:
            self.redirect(self.request.path)

    def page(self, name: str, **values: Any) -> None:
        """Answer with one of the school's pages."""
        pages: jinja2.Environment = self.settings["school_pages"]
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(pages.get_template(name).render(values))

    def write_error(self, status_code: int, **details: Any) -> None:
        """Answer with a page that says what went wrong and leads back."""
        error = details.get("exc_info", (None, None))[1]
        known = isinstance(error, web.HTTPError) and error.log_message
        message = (
            error.log_message
            if known
            else "The school could not answer. Its log, in the work folder, says more."
        )
        self.page("error.html", status=status_code, message=message)


class DoorHandler(SchoolHandler):
    """``/school``, written without its slash."""

    @web.authenticated
    def get(self) -> None:
        """Lead on."""
        self.redirect("/school/")


class LandingHandler(SchoolHandler):
    """``/school/``: the labs, and how far the student's copies are."""

    @web.authenticated
    async def get(self) -> None:
        """Show the page."""
        folder: WorkFolder = self.settings["school_folder"]
        self.page("landing.html", **await asyncio.to_thread(landing.contents, folder))


class OpenHandler(SchoolHandler):
    """``/school/open/NAME``: deliver a lab if it is needed, then go to it."""

    @web.authenticated
    async def get(self, name: str) -> None:
        """Deliver and redirect; ``?view=lab`` leads to JupyterLab in place of the plain notebook."""
        folder: WorkFolder = self.settings["school_folder"]
        if name not in folder.labs():
            raise web.HTTPError(404, "There is no lab %r.", name)
        try:
            outcome = await asyncio.to_thread(folder.deliver, name)
        except WorkFolderError as error:
            raise web.HTTPError(409, str(error).replace("%", "%%")) from error
        self.log.info("lab %s: %s", name, outcome)
        if outcome in (Delivery.NEW, Delivery.CURRENT, Delivery.UPDATED):
            self._trust(folder.path(name))
        await self._start_kernel(f"{name}.ipynb")
        view = "lab/tree" if self.get_query_argument("view", "") == "lab" else "notebooks"
        self.redirect(f"/{view}/{quote(name)}.ipynb")

    def _trust(self, notebook: Path) -> None:
        """Sign a notebook as it was released, so that Jupyter does not call it untrusted."""
        try:
            content = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
            self.contents_manager.notary.sign(content)  # type: ignore[no-untyped-call]
        except Exception:
            self.log.exception("%s could not be signed", notebook)

    async def _start_kernel(self, path: str) -> None:
        """Start the kernel while the page loads: a cell that is run before there is a kernel is silently forgotten."""
        sessions: Any = self.session_manager
        try:
            if not await sessions.session_exists(path):
                await sessions.create_session(path=path, name=path, type="notebook", kernel_name="python3")
        except Exception:
            self.log.exception("no kernel for %s yet; the page will ask for one", path)


class SiteHandler(SchoolHandler, web.StaticFileHandler):
    """The built notes and decks, in place of the landing page."""

    @property
    def content_security_policy(self) -> str:
        """The policy for notes, or that for slides."""
        return _SLIDES_POLICY if self.request.path.startswith("/school/slides/") else _SITE_POLICY

    @web.authenticated
    async def get(self, path: str, include_body: bool = True) -> None:  # type: ignore[override]
        """Send a file of the site."""
        await web.StaticFileHandler.get(self, path, include_body)

    @web.authenticated
    async def head(self, path: str) -> None:  # type: ignore[override]
        """Send the headers of a file of the site."""
        await web.StaticFileHandler.get(self, path, include_body=False)


class AssetHandler(SchoolHandler, web.StaticFileHandler):
    """Style and pictures of the school's pages; the page for strangers needs them too."""

    @allow_unauthenticated
    async def get(self, path: str, include_body: bool = True) -> None:
        """Send a file."""
        await web.StaticFileHandler.get(self, path, include_body)

    @allow_unauthenticated
    async def head(self, path: str) -> None:
        """Send the headers of a file."""
        await web.StaticFileHandler.get(self, path, include_body=False)


class StrangerHandler(SchoolHandler):
    """Where everybody ends who is not let in: it says how its user gets in."""

    @allow_unauthenticated
    def get(self) -> None:
        """Show the page, or lead on whoever is in already."""
        if self.current_user:
            self.redirect("/school/")
            return
        self.set_status(403)
        self.page("stranger.html")


class ThisPython(KernelSpecManager):
    """Knows one kernel, the Python that runs the school, whatever else a person has installed under its name."""

    @default("kernel_dirs")
    def _no_others(self) -> list[str]:
        return []


class SchoolApp(ExtensionApp):
    """The extension of jupyter_server that adds the school."""

    name = "school"
    extension_url = "/school/"

    releases = Unicode(help="Folder of the student notebooks.").tag(config=True)
    site = Unicode(help="Folder of the built notes; empty for the landing page.").tag(config=True)

    def initialize_settings(self) -> None:
        """Hand the work folder and the pages to the handlers."""
        assert self.serverapp is not None  # noqa: S101 - it is linked before this is called
        self.settings["school_folder"] = WorkFolder(Path(self.serverapp.root_dir), Path(self.releases))
        loader = jinja2.FileSystemLoader(STATIC / "pages")
        self.settings["school_pages"] = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True)

    def initialize_handlers(self) -> None:
        """Say which address leads where."""
        front: tuple[Any, ...] = (r"/school/", LandingHandler)
        if self.site:
            front = (r"/school/(.*)", SiteHandler, {"path": self.site, "default_filename": "index.html"})
        self.handlers += [
            (r"/school", DoorHandler),
            (
                r"/school/open/([^/]+?)(?:\.html)?",
                OpenHandler,
            ),  # the notes link to a page, which a running school replaces
            (r"/school/assets/(.*)", AssetHandler, {"path": str(STATIC / "assets")}),
            front,
        ]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": __name__, "app": SchoolApp}]


def configuration(
    folder: WorkFolder, run: RunFolder, *, port: int, token: str, site: Path | None = None
) -> Config:
    """Return everything that Jupyter is told.

    Parameters
    ----------
    folder : WorkFolder
        Where the student works.
    run : RunFolder
        Where sockets and the secret behind the cookies are.
    port : int
        The port of this machine on which the school is reached.
    token : str
        The key of this run.
    site : Path, optional
        Built notes, served at ``/school/`` in place of the landing page.
    """
    settings = folder.state / "jupyter"
    frontend = {
        "app_settings_dir": str(STATIC / "jupyterlab"),
        "user_settings_dir": str(settings / "settings"),
        "workspaces_dir": str(settings / "workspaces"),
        "labextensions_path": [str(Path(sys.prefix) / "share" / "jupyter" / "labextensions")],
        "extra_labextensions_path": [],
    }
    return Config(
        ServerApp={
            "ip": "localhost",
            "port": port,
            "root_dir": str(folder.root),
            "default_url": "/school/",
            "open_browser": False,
            "allow_remote_access": False,
            "allow_root": True,  # a container has no other user, and only this machine gets in
            "allow_unauthenticated_access": False,
            "reraise_server_extension_failures": True,  # without its own pages this is no school
            "terminals_enabled": False,
            "quit_button": True,
            "cookie_secret_file": str(run.cookie_secret),
            "identity_provider_class": OnlyThisUser,
            "kernel_spec_manager_class": ThisPython,
            "jpserver_extensions": {__name__: True, "jupyterlab": True, "notebook": True},
            "tornado_settings": {
                "headers": _HEADERS,
                "xsrf_cookie_kwargs": {"path": "/", "samesite": "Lax"},
                "page_config_data": {"buildAvailable": False, "buildCheck": False},
                "page_config_hook": _page_config,
            },
        },
        IdentityProvider={
            "token": token,
            "cookie_options": {"samesite": "Lax"},
            "login_handler_class": StrangerHandler,
        },
        SchoolApp={"releases": str(folder.releases), "site": str(site) if site else ""},
        KernelManager=_kernels(run.transport()),
        LabServerApp=frontend,
        LabApp={
            "news_url": None,
            "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            "extension_manager": "readonly",
        },
    )


def _kernels(transport: str) -> dict[str, str]:
    """Other people on this machine can listen at its ports, so what goes through them is encrypted."""
    if transport == "tcp" and zmq.has("curve"):
        return {"transport": transport, "transport_encryption": "auto"}
    return {"transport": transport}


def _page_config(_: JupyterHandler, page: dict[str, Any]) -> dict[str, Any]:
    """Adjust what a page of Jupyter is told: the extensions of authors and maintainers stay out of a student's menus."""
    page["disabledExtensions"] = sorted({*page.get("disabledExtensions", []), *_DISABLED})
    page["federated_extensions"] = [
        each for each in page["federated_extensions"] if each["name"] == _SWITCH_OF_VIEWS
    ]
    return page
