"""MQTT packets against the standard, against another implementation, and on both interpreters alike."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from amqtt.adapters import BufferReader
from amqtt.mqtt import packet_class
from amqtt.mqtt.connack import ConnackPacket
from amqtt.mqtt.packet import MQTTFixedHeader
from amqtt.mqtt.puback import PubackPacket
from amqtt.mqtt.publish import PublishPacket
from amqtt.mqtt.suback import SubackPacket
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import mqtt_packets as mqtt
from protocol.errors import PacketError
from tests.protocol import mqtt_cases

ROOT = Path(__file__).parents[2]

mids = st.integers(1, 65535)
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
topics = st.text(st.characters(exclude_characters="\0+#", exclude_categories=["Cs"]), min_size=1, max_size=60)
payloads = st.binary(max_size=400)


def _read_by_others(raw: bytes):
    """What the other implementation makes of a packet of ours; it must use every byte."""

    async def read():
        stream = BufferReader(raw)
        header = await MQTTFixedHeader.from_stream(stream)
        packet = await packet_class(header).from_stream(stream, header)
        assert await stream.read(1) == b""
        return header, packet

    return asyncio.run(read())


def _one(raw: bytes) -> mqtt.Packet:
    packets = mqtt.Reader(max_packet=1 << 20).feed(raw)
    assert len(packets) == 1
    return packets[0]


@given(topics, payloads, st.none() | mids, st.booleans(), st.booleans())
def test_publish_comes_back(topic, payload, mid, retain, again):
    """Reader undoes publish()."""
    dup = again and mid is not None
    packet = _one(mqtt.publish(topic, payload, mid, retain, dup))

    assert (packet.topic, packet.payload, packet.mid) == (topic, payload, mid or 0)
    assert (packet.qos, packet.retain, packet.dup) == (0 if mid is None else 1, retain, dup)


@given(mids)
def test_puback_comes_back(mid):
    """Reader undoes puback()."""
    assert (_one(mqtt.puback(mid)).kind, _one(mqtt.puback(mid)).mid) == (mqtt.PUBACK, mid)


@given(topics, payloads, st.none() | mids, st.booleans())
def test_others_read_our_publish(topic, payload, mid, retain):
    """An independent implementation sees the same message."""
    header, packet = _read_by_others(mqtt.publish(topic, payload, mid, retain))

    assert (packet.topic_name, bytes(packet.data or b""), packet.packet_id) == (topic, payload, mid)
    assert (packet.qos, packet.retain_flag, header.packet_type) == (0 if mid is None else 1, retain, mqtt.PUBLISH)


@given(
    texts, st.integers(0, 65535), st.none() | st.tuples(topics, payloads), st.none() | texts, st.none() | texts,
    st.booleans(),
)  # fmt: skip
def test_others_read_our_connect(client_id, keepalive_s, will, username, password, clean):
    """Every combination of will, name, password and clean session."""
    if password is not None and username is None:
        with pytest.raises(PacketError):
            mqtt.connect(client_id, keepalive_s, None, username, password, clean)
        return
    ours = None if will is None else mqtt.Will(*will)
    _, packet = _read_by_others(mqtt.connect(client_id or "a", keepalive_s, ours, username, password, clean))

    header, body = packet.variable_header, packet.payload
    assert (header.proto_name, header.proto_level, header.keep_alive) == ("MQTT", 4, keepalive_s)
    assert (header.clean_session_flag, header.reserved_flag) == (clean, False)
    assert (body.client_id, body.username, body.password) == (client_id or "a", username, password)
    assert (header.will_flag, header.will_retain_flag, header.will_qos) == (
        (True, True, 1) if will else (False, False, 0)
    )
    assert (body.will_topic, None if will is None else bytes(body.will_message)) == (will or (None, None))


@given(mids, topics)
def test_others_read_our_subscribe_and_puback(mid, topic_filter):
    """One filter at QoS 1; the identifier of an acknowledgement."""
    header, packet = _read_by_others(mqtt.subscribe(mid, topic_filter))
    assert (header.flags, packet.variable_header.packet_id, packet.payload.topics) == (2, mid, [(topic_filter, 1)])
    assert _read_by_others(mqtt.puback(mid))[1].packet_id == mid


def test_others_read_our_short_packets():
    """PINGREQ and DISCONNECT have no body."""
    assert [_read_by_others(raw)[0].packet_type for raw in (mqtt.PING, mqtt.BYE)] == [12, 14]


@given(st.integers(0, 5), st.booleans(), mids, st.lists(st.sampled_from([0, 1, 2, 0x80]), min_size=1, max_size=5))
def test_we_read_what_others_send(code, session, mid, codes):
    """CONNACK, PUBACK and SUBACK of an independent implementation."""
    session = session and not code
    connack = _one(ConnackPacket.build(int(session), code).to_bytes())
    suback = _one(SubackPacket.build(mid, codes).to_bytes())

    assert (connack.kind, connack.code, connack.session_present) == (mqtt.CONNACK, code, session)
    assert (suback.kind, suback.mid, suback.codes) == (mqtt.SUBACK, mid, bytes(codes))
    assert _one(PubackPacket.build(mid).to_bytes()).mid == mid


@given(topics, payloads, mids)
def test_we_read_publishes_of_others(topic, payload, mid):
    """PUBLISH at QoS 1 of an independent implementation."""
    packet = _one(PublishPacket.build(topic, payload, mid, False, 1, False).to_bytes())
    assert (packet.topic, packet.payload, packet.mid, packet.qos) == (topic, payload, mid, 1)


@given(st.binary(max_size=40))
def test_text_is_what_cpython_calls_text(raw):
    """Our own look at UTF-8 (needed on MicroPython) and the full decoder of CPython agree."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = "\0"
    legal = bool(text) and not set(text) & set("\0+#")

    packet = bytes([0x30, len(raw) + 2, 0, len(raw)]) + raw
    assert mqtt_cases.reason_of(mqtt.Reader().feed, packet) == ("" if legal else "bad_text")


@given(st.integers(0, 127), st.integers(0, 127), st.integers(0, 127), st.integers(1, 127))
def test_length_comes_back(first, second, third, fourth):
    """Remaining length: what is written is what is read, for one to four bytes."""
    for digits in ([fourth], [first, fourth], [first, second, fourth], [first, second, third, fourth]):
        length = sum(digit << 7 * place for place, digit in enumerate(digits))
        reader = mqtt.Reader(max_packet=length - 1)
        with pytest.raises(PacketError, match=f"{length} bytes"):
            reader.feed(b"\x30" + mqtt._remaining_length(length))


@pytest.mark.parametrize(
    ("rule", "raw", "reason"), mqtt_cases.MALFORMED, ids=[rule for rule, _, _ in mqtt_cases.MALFORMED]
)
def test_malformed_input_is_refused(rule, raw, reason):
    """By the standard's rule, in one piece and byte by byte."""
    assert mqtt_cases.reason_of(mqtt.Reader().feed, raw) == reason
    reader = mqtt.Reader()
    said = [mqtt_cases.reason_of(reader.feed, bytes([byte])) for byte in raw]
    assert next(filter(None, said)) == reason


@pytest.mark.parametrize("case", mqtt_cases.NOT_SENT, ids=lambda case: f"{case[1].__name__} {case[0]}")
def test_we_cannot_send_malformed_packets(case):
    """The mistake is found here, not by the broker that would drop the connection."""
    reason, call, args = case
    assert mqtt_cases.reason_of(call, *args) == reason


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 10**6))
def test_round_trips_and_damage_under_cpython(seed):
    """Streams of every packet kind in pieces of any size; damaged packets raise PacketError or are still legal."""
    mqtt_cases.run(seed)


@pytest.mark.parametrize("seed", [1, 20261122, 7919])
def test_micropython_says_the_same(seed):
    """Every rule and every verdict on damaged packets is the same on the board's interpreter."""
    micropython = Path(sys.executable).with_name("micropython")

    done = subprocess.run(
        [micropython, "-X", "heapsize=192K", "tests/protocol/mqtt_cases.py", str(seed)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert (done.stdout, done.stderr, done.returncode) == (mqtt_cases.run(seed) + "\n", "", 0)
