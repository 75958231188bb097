"""docs/protocol.md and docs/asyncapi.yaml say what protocol/ does: every word is in them, every example is decoded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from protocol import (
    acks,
    channels,
    commands,
    configuration,
    desk,
    events,
    pieces,
    reports,
    sample_acks,
    senml,
    status,
    tasks,
    topics,
)

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "protocol.md").read_text(encoding="utf-8")
CONTRACT: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi.yaml").read_text(encoding="utf-8"))
EXAMPLES = re.findall(r"<!-- example: (\w+) -->\n```json\n(.*?)```", PAGE, re.DOTALL)

DECODERS = {
    "readings": senml.decode,
    "status": status.decode,
    "clock": commands.decode_clock_request,
    "command": commands.decode_command,
    "sample_ack": sample_acks.decode_samples,
    "incident": events.decode,
    "history": events.decode,
    "picture": events.decode,
    "work": events.decode,
    "desk": desk.decode,
    "ack": acks.decode,
    "answer": commands.decode_answer,
    "config": configuration.decode,
    "report": reports.decode,
    "receipt": reports.decode_receipt,
    "task": tasks.decode,
    "fetch": pieces.decode_fetch,
    "piece": lambda line: pieces.decode(line.replace(b"\n", b"") + b"\n\xff\xd8", pieces.MAX_SNAPSHOT),
}
SCHEMAS = {"sample_ack": "sampleAck", "ack": "messageAck"}  # where they are not called as the example is


def schema_of(example: str, text: str) -> dict[str, Any]:
    """The schema of an example, with everything it refers to."""
    name = SCHEMAS.get(example, example)
    if example == "status":
        name = "gatewayStatus" if "gateway" in json.loads(text) else "endpointStatus"
    return {"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]}


def references(node: object) -> Iterator[str]:
    """Every $ref below a node."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(reference: str) -> object:
    """What a reference inside the contract points at. Raises KeyError."""
    node: Any = CONTRACT
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def words() -> list[str]:
    """Every word of the contract that a reader must find."""
    whys = (status.BIRTH, status.HEARTBEAT, status.LAST_WILL, status.CLEAN_EXIT)
    units = [channels.unit_of(name) for name in channels.CHANNELS if channels.unit_of(name)]
    states = (status.ONLINE, status.OFFLINE, *events.CONDITIONS, *events.QUALITIES)
    facts = (*events.KINDS, *events.SEVERITIES, *events.TYPES)
    told = (commands.CLOCK, *commands.COMMANDS, *reports.WHATS, *tasks.STATES)
    return sorted({*topics.KINDS, *channels.CHANNELS, *units, *whys, *states, *facts, *told})


@pytest.mark.parametrize("word", words())
def test_every_word_is_explained(word: str) -> None:
    """Topic kinds, channels, units, states, kinds, severities, types: each stands on the page as code."""
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize("word", words())
def test_every_word_is_in_the_contract(word: str) -> None:
    """The same words stand in asyncapi.yaml."""
    assert re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", (DOCS / "asyncapi.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", DECODERS)
def test_every_message_has_an_example(kind: str) -> None:
    """The page shows each message at least once."""
    assert kind in [name for name, _ in EXAMPLES]


@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_examples_are_accepted(kind: str, text: str) -> None:
    """What the page shows is what the code takes."""
    DECODERS[kind](text.encode())


@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_examples_follow_the_schemas(kind: str, text: str) -> None:
    """What the page shows is what asyncapi.yaml describes."""
    jsonschema.Draft202012Validator(schema_of(kind, text)).validate(json.loads(text))


@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_fields_of_examples_are_in_a_table(kind: str, text: str) -> None:
    """No field is shown without being explained."""
    for name in field_names(json.loads(text)):
        assert re.search(rf"`{re.escape(name)}`", PAGE), f"`{name}` of {kind} is not explained"


def field_names(node: object, under: str = "") -> Iterator[str]:
    """Names of our fields; the keys of free mappings (channels, reasons, counters) are data."""
    free = (
        "values",
        "faults",
        "evidence",
        "channels",
        "by_reason",
        "dropped",
        "counters",
        "queue",
        "heap",
        "outbox",
        "data",
        "limits",
    )
    if isinstance(node, list):
        for value in node:
            yield from field_names(value, under)
    elif isinstance(node, dict) and under not in (*free, "quarantine"):
        for name, value in node.items():
            if name not in ("specversion", "datacontenttype", "source", "id"):  # CloudEvents' own
                yield name
            yield from field_names(value, name)


def test_kinds_and_channels_agree() -> None:
    """The addresses of the contract use exactly the kinds of the grammar, its enumeration exactly our channels."""
    kinds = {channel["address"].rsplit("/", 1)[1] for channel in CONTRACT["channels"].values()}

    assert set(topics.KINDS) == kinds
    assert set(channels.CHANNELS) == set(CONTRACT["components"]["schemas"]["channel"]["enum"])


def test_addresses_are_topics() -> None:
    """Filled with ids, every address is a topic of the grammar."""
    for channel in CONTRACT["channels"].values():
        address = re.sub(r"\{\w+\}", "x", channel["address"])
        assert topics.parse(address)[:2] == ("x", "x")


def test_every_message_type_has_its_message() -> None:
    """Each CloudEvent type is the name of one message."""
    named = [message["name"] for message in CONTRACT["components"]["messages"].values() if "name" in message]

    assert sorted(events.TYPES) == sorted(named)


def test_references_resolve() -> None:
    """No $ref of the contract points nowhere; every message is used by a channel."""
    used = set(references(CONTRACT))
    for reference in used:
        assert resolve(reference) is not None

    for name in CONTRACT["components"]["messages"]:
        assert f"#/components/messages/{name}" in used


def test_numbers_of_the_page_are_those_of_the_code() -> None:
    """Limits that the page names."""
    assert f"at most {senml.MAX_BYTES} bytes and {senml.MAX_RECORDS} records" in PAGE
    assert f"1 to {events.MAX_ROWS} rows" in PAGE
    assert f"At most {events.MAX_BYTES // 1024} KiB" in PAGE
    assert f"1 to {topics.MAX_LEVEL} letters" in PAGE
    assert f"at most {pieces.PIECE_BYTES} bytes" in PAGE
    assert f"at most {desk.MAX_ROWS}: those" in PAGE


@pytest.mark.parametrize("channel", channels.CHANNELS)
def test_ranges_of_channels(channel: str) -> None:
    """The table of channels shows unit and range of the code."""
    unit, low, high = channels.CHANNELS[channel]
    named = f"`{unit}`" if unit else "none"
    expected = "truth value" if unit == channels.BOOL else f"{named} | {low:g} … {high:g}"

    assert f"| `{channel}` | {expected} |" in PAGE
