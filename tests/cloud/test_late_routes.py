"""A route that is worked out when it is first asked for answers as FastAPI's own does."""

from __future__ import annotations

from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.exceptions import FastAPIError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import core_schema

from cloud.late_routes import LateRoute, hang_in, late_router

MAY: dict[int | str, dict[str, Any]] = {"4XX": {"description": "refused"}}


class Wish(BaseModel):
    """What is asked."""

    name: str


def filled(router: APIRouter) -> APIRouter:
    """With three routes."""

    @router.get("/{number}")
    def one(number: int, twice: Annotated[bool, Query()] = False) -> dict[str, int]:
        """One."""
        return {"number": number * (2 if twice else 1)}

    @router.post("/{number}", status_code=201, responses={409: {"description": "late"}})
    def make(number: int, wish: Wish) -> Wish:
        """Another."""
        return wish

    router.add_api_route("/far/away", lambda: "there", methods=["PUT"], name="far", dependencies=[Depends(lambda: 1)])
    return router


def late() -> FastAPI:
    """Ours."""
    app = FastAPI(responses=MAY)
    hang_in(app, filled(late_router(prefix="/things", tags=["things"])))
    return app


def theirs() -> FastAPI:
    """FastAPI's way."""
    app = FastAPI(responses=MAY)
    app.include_router(filled(APIRouter(prefix="/things", tags=["things"])))
    return app


def built(app: FastAPI) -> list[str]:
    """The paths that are worked out."""
    return [route.path for route in app.routes if isinstance(route, LateRoute) and "app" in vars(route)]


def test_it_describes_itself_alike() -> None:
    """Models, answers, names."""
    assert late().openapi() == theirs().openapi()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/things/4", 200), ("GET", "/things/4?twice=yes", 200), ("GET", "/things/four", 422),
        ("POST", "/things/4", 422), ("DELETE", "/things/4", 405), ("PUT", "/things/far/away", 200),
        ("GET", "/things/4/", 307), ("GET", "/nothing", 404),
    ],
)  # fmt: skip
async def test_it_answers_alike(method: str, path: str, status: int) -> None:
    """Status, body and headers."""
    answers = []
    for app in (late(), theirs()):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as web:
            answer = await web.request(method, path)
            answers.append((answer.status_code, answer.content, dict(answer.headers)))

    assert answers[0] == answers[1]
    assert answers[0][0] == status


async def test_only_what_is_asked_for_is_worked_out() -> None:
    """A start works out nothing, a name of a route neither."""
    app = late()
    assert app.url_path_for("far") == "/things/far/away"
    assert not built(app)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as web:
        await web.post("/things/4", json={"name": "x"})

    assert built(app) == ["/things/{number}"]


def test_nobody_sees_a_half() -> None:
    """While a route is worked out in one thread, another finds nothing of it, and waits."""
    router, seen = late_router(), []

    class Slow:
        """What an answer is made of."""

        @classmethod
        def __get_pydantic_core_schema__(cls, *_: object) -> core_schema.CoreSchema:
            """As of any class."""
            seen.append({*vars(route)})
            return core_schema.is_instance_schema(cls)

    router.add_api_route("/slow", lambda: None, response_model=Slow, dependencies=[Depends(lambda: 1)])
    (route,) = router.routes
    before = {*vars(route)}
    assert isinstance(route, LateRoute)
    assert len(route.dependant.dependencies) == 1
    assert seen
    assert all(found == before for found in seen)
    assert {*vars(route)} > before


def test_what_cannot_be_worked_out_says_so_every_time() -> None:
    """Not only whoever asked first learns why."""
    router = late_router()
    router.add_api_route("/{number}", lambda number: number, response_model=FastAPI)
    (route,) = router.routes
    assert isinstance(route, LateRoute)
    for _ in range(2):
        with pytest.raises(FastAPIError, match="valid Pydantic"):
            assert route.dependant


def test_what_comes_too_late_is_told() -> None:
    """A route that is worked out, or was not made late."""
    router = filled(late_router())
    assert isinstance(router.routes[0], APIRoute)
    assert router.routes[0].dependant.path == "/{number}"

    with pytest.raises(RuntimeError, match="was asked for before"):
        hang_in(FastAPI(), router)
    with pytest.raises(TypeError, match="late_router"):
        hang_in(FastAPI(), filled(APIRouter()))
    assert not hasattr(router.routes[0], "no_such_thing")
