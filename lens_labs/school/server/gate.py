"""Who is let in: the person who started the school, through a page of the school, and nobody else."""

from __future__ import annotations

from urllib.parse import urlsplit

from jupyter_server.auth.identity import IdentityProvider, User
from tornado import web
from tornado.httputil import HTTPServerRequest


class OnlyThisUser(IdentityProvider):
    """Lets in whoever has the key of this run, or a cookie that was given for a key, and nobody else.

    A browser sends cookies of ``localhost`` to every port, also when a page of another program on this machine asks
    for it. Requests that another site or port has made therefore carry no identity at all, except a person's own
    visit to a page of the school.
    """

    async def get_user(self, handler: web.RequestHandler) -> User | None:
        """Return who is asking, or None."""
        if _foreign(handler.request) and not _visit(handler.request):
            return None
        return await self._get_user(handler)


def _foreign(request: HTTPServerRequest) -> bool:
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return True
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc.lower() != request.host.lower()


def _visit(request: HTTPServerRequest) -> bool:
    """Tell whether a person is going to a page of the school that changes nothing."""
    return (
        request.method in ("GET", "HEAD")
        and "Origin" not in request.headers
        and request.headers.get("Sec-Fetch-Mode") == "navigate"
        and request.headers.get("Sec-Fetch-Dest") == "document"
        and request.path.startswith("/school/")
        and not request.path.startswith("/school/open/")
    )
