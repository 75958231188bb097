"""MQTT packets by the standard (OASIS MQTT 3.1.1), on both interpreters: what must be refused, and seeded fuzz.

`micropython tests/protocol/mqtt_cases.py [seed]` prints what run() gives; CPython must say the same, byte for byte.
"""

import sys

sys.path.insert(0, ".")

from protocol import mqtt_packets as mqtt
from protocol.errors import PacketError

TEXTS = ("a", "gw/1/s/d/readings", "火警/三层", "\U0001f6d7", "é", "x" * 200, "$SYS/a", " ", "\ufeff", "\uffff")

# (rule, bytes from a broker, reason); the sections are those of the standard
MALFORMED = (
    ("2.2.2 flags of CONNACK", b"\x21\x02\x00\x00", "unexpected"),
    ("2.2.2 flags of PUBACK", b"\x42\x02\x00\x01", "unexpected"),
    ("2.2.2 flags of SUBACK", b"\x94\x03\x00\x01\x01", "unexpected"),
    ("2.2.2 flags of PINGRESP", b"\xd8\x00", "unexpected"),
    ("2.2.3 five bytes of length", b"\x30\x80\x80\x80\x80\x01", "bad_length"),
    ("2.2.3 more than we take", b"\x30\xff\xff\xff\x7f", "too_long"),
    ("2.3.1 packet identifier 0 in PUBLISH", b"\x32\x05\x00\x01a\x00\x00", "bad_mid"),
    ("2.3.1 packet identifier 0 in PUBACK", b"\x40\x02\x00\x00", "bad_mid"),
    ("2.3.1 packet identifier 0 in SUBACK", b"\x90\x03\x00\x00\x01", "bad_mid"),
    ("3.3.1 QoS 3", b"\x36\x05\x00\x01a\x00\x01", "bad_qos"),
    ("3.3.1 QoS 2, which we never asked for", b"\x34\x05\x00\x01a\x00\x01", "bad_qos"),
    ("3.3.1 a repetition at QoS 0", b"\x38\x03\x00\x01a", "bad_qos"),
    ("3.3.2 wildcard + in a topic", b"\x30\x05\x00\x03a/+", "bad_text"),
    ("3.3.2 wildcard # in a topic", b"\x30\x05\x00\x03a/#", "bad_text"),
    ("4.7.3 empty topic", b"\x30\x02\x00\x00", "bad_text"),
    ("1.5.3 U+0000", b"\x30\x04\x00\x02a\x00", "bad_text"),
    ("1.5.3 not UTF-8", b"\x30\x03\x00\x01\xff", "bad_text"),
    ("1.5.3 a character cut off", b"\x30\x03\x00\x01\xe7", "bad_text"),
    ("1.5.3 a surrogate", b"\x30\x05\x00\x03\xed\xa0\x80", "bad_text"),
    ("1.5.3 a longer form, two bytes", b"\x30\x04\x00\x02\xc0\x80", "bad_text"),
    ("1.5.3 a longer form, three bytes", b"\x30\x05\x00\x03\xe0\x9f\xbf", "bad_text"),
    ("1.5.3 a longer form, four bytes", b"\x30\x06\x00\x04\xf0\x8f\xbf\xbf", "bad_text"),
    ("1.5.3 beyond U+10FFFF", b"\x30\x06\x00\x04\xf4\x90\x80\x80", "bad_text"),
    ("3.2.2 reserved bits of CONNACK", b"\x20\x02\x02\x00", "unexpected"),
    ("3.2.2 unknown return code", b"\x20\x02\x00\x06", "unexpected"),
    ("3.2.2 a session with a refusal", b"\x20\x02\x01\x05", "unexpected"),
    ("3.2 CONNACK too long", b"\x20\x03\x00\x00\x00", "unexpected"),
    ("3.2 CONNACK cut off", b"\x20\x01\x00", "short"),
    ("3.4 PUBACK too long", b"\x40\x03\x00\x01\x00", "unexpected"),
    ("3.4 PUBACK cut off", b"\x40\x01\x00", "short"),
    ("3.9.3 code 3", b"\x90\x03\x00\x01\x03", "unexpected"),
    ("3.9.3 code 0x81, after a good one", b"\x90\x04\x00\x01\x01\x81", "unexpected"),
    ("3.9.3 no code at all", b"\x90\x02\x00\x01", "short"),
    ("3.13 PINGRESP with a body", b"\xd0\x01\x00", "unexpected"),
    ("3.3 PUBLISH without a topic", b"\x30\x01\x00", "short"),
    ("3.3 PUBLISH, topic cut off", b"\x30\x03\x00\x02a", "short"),
    ("3.3 PUBLISH, packet identifier cut off", b"\x32\x04\x00\x01a\x00", "short"),
    ("2.2.1 CONNECT from a broker", b"\x10\x00", "unexpected"),
    ("2.2.1 packet type 0", b"\x00\x00", "unexpected"),
    ("2.2.1 packet type 15", b"\xf0\x00", "unexpected"),
    ("3.10 UNSUBACK, which we never asked for", b"\xb0\x02\x00\x01", "unexpected"),
)

# what a client of ours must not be able to say
NOT_SENT = (
    ("bad_text", mqtt.publish, ("a/+", b"")),
    ("bad_text", mqtt.publish, ("", b"")),
    ("bad_text", mqtt.publish, ("a\0", b"")),
    ("bad_qos", mqtt.publish, ("a", b"", None, False, True)),
    ("bad_mid", mqtt.publish, ("a", b"", 0)),
    ("bad_mid", mqtt.publish, ("a", b"", 65536)),
    ("too_long", mqtt.publish, ("a" * 65536, b"")),
    ("bad_mid", mqtt.subscribe, (0, "a")),
    ("bad_text", mqtt.subscribe, (1, "a\0")),
    ("bad_mid", mqtt.puback, (0,)),
    ("bad_text", mqtt.connect, ("a\0", 10)),
    ("bad_text", mqtt.connect, ("a", 10, mqtt.Will("a/#", b""))),
    ("no_username", mqtt.connect, ("a", 10, None, None, "p")),
)


def reason_of(call, *args) -> str:
    """The reason of the PacketError, empty where there is none."""
    try:
        call(*args)
    except PacketError as error:
        return error.reason
    return ""


class Dice:
    """The same throws on both interpreters (Lehmer's generator of 1988: 48271 mod 2**31 - 1)."""

    def __init__(self, seed: int) -> None:
        self._state = seed % 2147483646 + 1

    def throw(self, sides: int) -> int:
        """0 .. sides - 1."""
        self._state = self._state * 48271 % 2147483647
        return self._state % sides


def from_broker(dice: Dice) -> tuple:
    """(bytes, kind, mid, topic, payload, qos, retain, dup, codes, code, session_present) of a legal packet."""
    kind = (mqtt.CONNACK, mqtt.PUBLISH, mqtt.PUBACK, mqtt.SUBACK, mqtt.PINGRESP)[dice.throw(5)]
    mid = dice.throw(65535) + 1
    number = mid.to_bytes(2, "big")
    if kind == mqtt.CONNACK:
        code = dice.throw(6)
        session = dice.throw(2) if not code else 0
        return bytes((0x20, 2, session, code)), kind, 0, "", b"", 0, False, False, b"", code, bool(session)
    if kind == mqtt.PUBACK:
        return b"\x40\x02" + number, kind, mid, "", b"", 0, False, False, b"", 0, False
    if kind == mqtt.SUBACK:
        codes = bytes([(0, 1, 2, 0x80)[dice.throw(4)] for _ in range(dice.throw(5) + 1)])
        raw = bytes((0x90, 2 + len(codes))) + number + codes
        return raw, kind, mid, "", b"", 0, False, False, codes, 0, False
    if kind == mqtt.PINGRESP:
        return b"\xd0\x00", kind, 0, "", b"", 0, False, False, b"", 0, False
    topic, payload = TEXTS[dice.throw(len(TEXTS))], bytes([dice.throw(256) for _ in range(dice.throw(300))])
    qos, retain, dup = dice.throw(2), bool(dice.throw(2)), False
    dup = bool(qos and dice.throw(2))
    raw = mqtt.publish(topic, payload, mid if qos else None, retain, dup)
    return raw, kind, mid if qos else 0, topic, payload, qos, retain, dup, b"", 0, False


def facts(packet) -> tuple:
    """What was read, in the order of from_broker()."""
    p = packet
    return (
        p.kind, p.mid, p.topic, p.payload, p.qos, p.retain, p.dup, p.codes, p.code, p.session_present,
    )  # fmt: skip


def feed_in_pieces(stream: bytes, dice: Dice) -> list:
    """What a reader makes of a stream that comes in pieces of any size."""
    reader, packets = mqtt.Reader(), []
    while stream:
        size = dice.throw(40) + 1
        packets += reader.feed(stream[:size])
        stream = stream[size:]
    return packets


def round_trips(seed: int, count: int) -> int:
    """Legal packets come back as they were, however the stream is cut. Returns how many there were."""
    dice = Dice(seed)
    wanted = [from_broker(dice) for _ in range(count)]
    got = feed_in_pieces(b"".join([packet[0] for packet in wanted]), dice)
    assert [facts(packet) for packet in got] == [packet[1:] for packet in wanted]
    return len(got)


def damaged(seed: int, count: int) -> int:
    """A number that stands for every verdict on `count` damaged packets: nothing but PacketError may come of them."""
    dice, total = Dice(seed), 0
    for _ in range(count):
        raw = bytearray(from_broker(dice)[0])
        for _ in range(dice.throw(3) + 1):
            raw[dice.throw(min(len(raw), 12))] = dice.throw(256)
        raw = bytes(raw[: dice.throw(len(raw)) + 1]) if dice.throw(4) == 0 else bytes(raw)
        verdict = reason_of(lambda: [facts(packet) for packet in mqtt.Reader().feed(raw)])  # noqa: B023 - called here
        for byte in verdict.encode() + b".":
            total = (total * 31 + byte) % 1000000007
    return total


def run(seed: int) -> str:
    """Everything above in one line that must be the same on both interpreters."""
    for rule, raw, reason in MALFORMED:
        assert reason_of(mqtt.Reader().feed, raw) == reason, (rule, reason_of(mqtt.Reader().feed, raw))
    for reason, call, args in NOT_SENT:
        assert reason_of(call, *args) == reason, (reason, args[:2])
    for text in TEXTS:
        assert reason_of(mqtt.publish, text, b"") == "", text
    return f"{len(MALFORMED)} rules, {round_trips(seed, 60)} read, verdicts {damaged(seed, 300)}"


if __name__ == "__main__":
    print(run(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
