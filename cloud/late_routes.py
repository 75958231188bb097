"""Routes that are worked out when somebody first asks for one: a start pays for none, and nothing is worked out twice.

FastAPI builds the models of a route when it is declared, and once more when a router is included.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import compile_path, get_name

_BUILDING = RLock()  # the description of the interface is drawn in a thread, requests are matched in the loop


class LateRoute(APIRoute):
    """Knows how it is found; the rest is there when somebody reads it. A faulty one fails then: tests walk all."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **said: Any) -> None:
        self._said: dict[str, Any] | None = said
        self.path = path
        self.endpoint = endpoint
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = {method.upper() for method in said.get("methods") or ("GET",)}
        self.name = said.get("name") or get_name(endpoint)

    def also(self, responses: dict[int | str, dict[str, Any]]) -> None:
        """It may answer these too, where it does not say so itself. Raises RuntimeError where it is built already."""
        if self._said is None:
            raise RuntimeError(f"{self.path} was asked for before it was hung in; put the application together first")
        self._said["responses"] = {**responses, **(self._said.get("responses") or {})}

    def __getattr__(self, name: str) -> Any:
        with _BUILDING:
            said = self.__dict__.get("_said")
            if said is not None and name not in self.__dict__:
                # beside, then all at once: nobody may see a half in another thread, where dependencies come last
                self.__dict__.update(vars(APIRoute(self.path, self.endpoint, **said)))
                self._said = None
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(f"a route has no {name}") from None


def late_router(**said: Any) -> APIRouter:
    """A router of such routes; the arguments are those of FastAPI's."""
    return APIRouter(route_class=LateRoute, **said)


def hang_in(app: FastAPI, *routers: APIRouter) -> None:
    """Put routes on the application as they are: FastAPI's include_router would build and match each one twice."""
    for router in routers:
        for route in router.routes:
            if not isinstance(route, LateRoute):
                raise TypeError(f"{route} is built already; make its router with late_router()")
            route.also(app.router.responses)
            app.router.routes.append(route)
