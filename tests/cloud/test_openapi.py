"""The interface as it describes itself, asked what a machine can think of: it keeps its word and never breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.errors import SchemathesisError
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from cloud.live import Hub
from tests.cloud.conftest import Centre
from tests.cloud.web import ANYBODY, headers_of, web_app, web_client, web_trust

# what stays: an answer that the document does not tell, a body that is not as it tells, a status of 500, data that is
# taken and does not fit, a door that opens to nobody's name. Not positive_data_acceptance: a plan, a token or a webhook
# that fits its schema can still be nonsense, which is a 422
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, unsupported_method, negative_data_rejection, missing_required_header, ignored_auth,
]  # fmt: skip
PARTS = 4  # side by side
ENDLESS = "/api/live"  # a stream never ends
# schemathesis 4.32 takes the prefixItems of a pair for a list of schemas; test_api.py looks at these bodies
PAIRS = ("/api/readings", "/api/incidents/{incident_id}/plot", "/api/incidents/{incident_id}")


@pytest.mark.parametrize("part", range(PARTS))
def test_the_interface_keeps_its_word(sqlite_centre: Centre, part: int) -> None:
    """Every operation, with data that fits and data that does not, by somebody who may do everything."""
    ask_everything(sqlite_centre, part, examples=1)


@pytest.mark.endurance
@pytest.mark.parametrize("part", range(PARTS))
def test_the_interface_keeps_its_word_for_long(sqlite_centre: Centre, part: int) -> None:
    """The same with more of the machine's ideas."""
    ask_everything(sqlite_centre, part, examples=50)


async def test_the_interface_says_how_to_log_in(sqlite_centre: Centre) -> None:
    """By a token or a session; whoever supervises the process asks without."""
    async with web_client(sqlite_centre) as web:
        document = (await web.get("/openapi.json")).json()
    schemes = document["components"]["securitySchemes"]

    assert {name: one["type"] for name, one in schemes.items()} == {"token": "http", "session": "apiKey"}
    assert document["security"] == [{"token": []}, {"session": []}]
    free = {path for path, ways in document["paths"].items() for way in ways.values() if way.get("security") == []}
    assert free == {"/healthz", "/readyz"}


def ask_everything(centre: Centre, part: int, examples: int) -> None:
    """Of one part of the operations; every broken word is told, not the first alone."""
    centre.take(1)
    centre.status()
    trust = web_trust(centre)
    headers = headers_of(trust, ANYBODY)
    broken = []
    with closing(asyncio.new_event_loop()) as loop:
        schema = schemathesis.openapi.from_asgi("/openapi.json", web_app(centre, trust, hub=Hub(loop)))
        for operation in [found.ok() for found in schema.get_all_operations()][part::PARTS]:
            if operation.path != ENDLESS:
                broken += [f"{operation.label}: {fault}" for fault in _ask(operation, headers, examples)]
    assert not broken, "\n".join(broken)


def _ask(operation: Any, headers: dict[str, str], examples: int) -> Iterator[str]:
    pairs = operation.path in PAIRS
    checks = [check for check in CHECKS if not (pairs and check is response_schema_conformance)]
    for mode in schemathesis.GenerationMode:

        @settings(
            max_examples=examples, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def asked(case: Any) -> None:
            case.call_and_validate(checks=checks, headers=headers)

        try:
            asked()
        except Unsatisfiable:
            continue  # what takes nothing can be given nothing wrong
        except (FailureGroup, Failure, SchemathesisError) as error:
            yield str(error)
