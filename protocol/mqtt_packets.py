"""MQTT 3.1.1 packets of a client, without I/O: functions that build what a client sends, `Reader` for what it gets.

    sock.write(connect("fire-a", keepalive_s=10, will=Will(topic, payload)))
    for packet in reader.feed(sock.read()):
        if packet.kind == PUBLISH: ...  # .topic .payload .qos .mid .retain .dup
        elif packet.kind == PUBACK: ...  # .mid

Packet kinds are the numbers of the standard (OASIS MQTT 3.1.1, table 2.1). A PacketError means the stream can no
longer be trusted: drop the connection.
"""

from protocol.errors import PacketError

CONNECT = 1
CONNACK = 2
PUBLISH = 3
PUBACK = 4
SUBSCRIBE = 8
SUBACK = 9
PINGRESP = 13

PING = b"\xc0\x00"
BYE = b"\xe0\x00"
MAX_PACKET = 4096  # the gateway's longest command is under 300 bytes; an endpoint must not be made to reserve more
MAX_MID = 65535
SUBACK_FAILURE = 0x80
_SIZES = {CONNACK: 2, PUBACK: 2, SUBACK: 3, PINGRESP: 0}  # of the body; SUBACK has one byte or more per filter


class Will:
    """What the broker publishes, retained and at QoS 1, when the client vanishes."""

    def __init__(self, topic: str, payload: bytes) -> None:
        self.topic = topic
        self.payload = payload


class Packet:
    """One received packet. Fields that its kind does not have keep their defaults."""

    def __init__(self, kind: int) -> None:
        self.kind = kind
        self.code = 0  # CONNACK return code
        self.session_present = False
        self.mid = 0  # packet identifier
        self.codes = b""  # SUBACK: granted QoS per filter, SUBACK_FAILURE where refused
        self.topic = ""
        self.payload = b""
        self.qos = 0
        self.retain = False
        self.dup = False


def _check_text(raw: bytes, forbidden: bytes = b"\0") -> bytes:
    # RFC 3629 (1.5.3); MicroPython's own decoder takes longer forms, surrogates and what is beyond U+10FFFF
    last, good = 0, True
    for byte in raw:
        if byte in forbidden or byte in b"\xc0\xc1" or byte > 0xF4:
            good = False
        if last in b"\xe0\xf0" and byte < (0xA0 if last == 0xE0 else 0x90):
            good = False
        if last in b"\xed\xf4" and byte > (0x9F if last == 0xED else 0x8F):
            good = False
        last = byte
    try:
        raw.decode()
    except ValueError:  # UnicodeError is a ValueError on both interpreters
        good = False
    if not good:
        raise PacketError("bad_text", "not UTF-8, or a forbidden character")
    return raw


def _topic(raw: bytes) -> bytes:
    return _check_text(raw or b"#", b"\0+#")  # 4.7.3: not empty; 3.3.2: no wildcards


def _string(value: bytes) -> bytes:
    if len(value) > 65535:
        raise PacketError("too_long", "an MQTT string has at most 65535 bytes")
    return len(value).to_bytes(2, "big") + value


def _remaining_length(length: int) -> bytes:
    # 2.2.3: seven bits per byte, lowest first, top bit: more follow
    if length >> 28:
        raise PacketError("too_long", "a packet has at most 256 MB")
    out = bytearray()
    while True:
        length, digit = length >> 7, length & 0x7F
        out.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(out)


def _packet(head: int, *parts: bytes) -> bytes:
    # one allocation of the whole: a heap in pieces may not have room for a second copy
    return b"".join((bytes([head]), _remaining_length(sum([len(part) for part in parts]))) + parts)


def connect(
    client_id: str,
    keepalive_s: int,
    will: Will | None = None,
    username: str | None = None,
    password: str | None = None,
    clean: bool = True,
) -> bytes:
    """CONNECT (3.1). `clean`: the broker forgets subscriptions and queued messages of an earlier connection."""
    flags = 0x02 if clean else 0
    tail = _string(_check_text(client_id.encode()))
    if will is not None:
        flags |= 0x04 | 1 << 3 | 0x20  # will, at QoS 1, retained
        tail += _string(_topic(will.topic.encode())) + _string(will.payload)
    if username is not None:
        flags |= 0x80
        tail += _string(_check_text(username.encode()))
    if password is not None:
        if username is None:
            raise PacketError("no_username", "MQTT 3.1.1 has no password without a user name")
        flags |= 0x40
        tail += _string(password.encode())
    return _packet(CONNECT << 4, _string(b"MQTT") + bytes([4, flags]) + keepalive_s.to_bytes(2, "big") + tail)


def _mid(mid: int) -> int:
    if not 1 <= mid <= MAX_MID:
        raise PacketError("bad_mid", "a packet identifier is 1..65535")
    return mid


def _check_qos(flags: int) -> int:
    # 3.3.1: there is no QoS 3, and what was sent at QoS 0 is never sent again
    if flags & 0x04 or flags & 0x0A == 0x08:
        raise PacketError("bad_qos", "QoS above 1, or a repetition at QoS 0")
    return flags >> 1 & 3


def publish(
    topic: str, payload: bytes | list, mid: int | None = None, retain: bool = False, dup: bool = False
) -> bytes:
    """PUBLISH (3.3): QoS 1 with a packet identifier, QoS 0 without one. `payload` may come as a list of pieces."""
    head = PUBLISH << 4 | (0x08 if dup else 0) | (0 if mid is None else 0x02) | (0x01 if retain else 0)
    _check_qos(head)
    number = b"" if mid is None else _mid(mid).to_bytes(2, "big")
    pieces = payload if isinstance(payload, list) else [payload]
    return _packet(head, _string(_topic(topic.encode())), number, *pieces)


def puback(mid: int) -> bytes:
    """PUBACK (3.4): the message is safe here, the broker may forget it."""
    return _packet(PUBACK << 4, _mid(mid).to_bytes(2, "big"))


def subscribe(mid: int, topic_filter: str) -> bytes:
    """SUBSCRIBE (3.8) to one filter at QoS 1."""
    body = _mid(mid).to_bytes(2, "big") + _string(_check_text(topic_filter.encode())) + b"\x01"
    return _packet(SUBSCRIBE << 4 | 0x02, body)


def next_mid(mid: int) -> int:
    """The packet identifier after `mid`: 1..65535, round and round."""
    return mid % MAX_MID + 1


def _need(body: memoryview, size: int) -> None:
    if len(body) < size:
        raise PacketError("short", "the packet is shorter than its kind")


def _read_publish(packet: Packet, flags: int, body: memoryview) -> Packet:
    packet.dup = bool(flags & 0x08)
    packet.retain = bool(flags & 0x01)
    packet.qos = _check_qos(flags)
    _need(body, 2)
    start = 2 + int.from_bytes(body[:2], "big")
    _need(body, start + 2 * packet.qos)
    packet.topic = _topic(bytes(body[2:start])).decode()
    if packet.qos:
        packet.mid = _mid(int.from_bytes(body[start : start + 2], "big"))
    packet.payload = bytes(body[start + 2 * packet.qos :])
    return packet


def _read_connack(packet: Packet, body: memoryview) -> None:
    packet.session_present = body[0] == 1
    packet.code = body[1]
    if body[0] > 1 or packet.code > 5 or (packet.code and packet.session_present):  # 3.2.2
        raise PacketError("unexpected", "reserved bits or code")


def _read_ack(packet: Packet, body: memoryview) -> None:
    packet.mid = _mid(int.from_bytes(body[:2], "big"))
    packet.codes = bytes(body[2:])
    for code in packet.codes:
        if code > 2 and code != SUBACK_FAILURE:  # 3.9.3
            raise PacketError("unexpected", "reserved bits or code")


def _read(head: int, body: memoryview) -> Packet:
    packet = Packet(head >> 4)
    if packet.kind == PUBLISH:
        return _read_publish(packet, head & 0x0F, body)
    if packet.kind not in _SIZES:
        raise PacketError("unexpected", "packet type %d" % packet.kind)
    _need(body, _SIZES[packet.kind])
    if head & 0x0F or (packet.kind != SUBACK and len(body) > _SIZES[packet.kind]):  # 2.2.2
        raise PacketError("unexpected", "reserved bits, or too long")
    if packet.kind == CONNACK:
        _read_connack(packet, body)
    elif packet.kind != PINGRESP:
        _read_ack(packet, body)
    return packet


class Reader:
    """Cuts a byte stream into packets, whatever pieces it comes in."""

    def __init__(self, max_packet: int = MAX_PACKET) -> None:
        self._max_packet = max_packet
        self._buffer = bytearray()  # grows where it lies; bytes would be copied with every piece

    def _length(self) -> tuple[int, int] | None:
        """(size of the fixed header, remaining length), None while it is incomplete."""
        length = 0
        for index in range(1, 5):
            if index >= len(self._buffer):
                return None
            digit = self._buffer[index]
            length |= (digit & 0x7F) << 7 * (index - 1)
            if not digit & 0x80:
                if length > self._max_packet:
                    raise PacketError("too_long", "%d bytes; at most %d" % (length, self._max_packet))
                return index + 1, length
        raise PacketError("bad_length", "the remaining length has at most four bytes")

    def feed(self, data: bytes) -> list:
        """The packets that are complete with these bytes. Raises PacketError."""
        self._buffer.extend(data)
        packets = []
        while len(self._buffer) >= 2:
            size = self._length()
            if size is None or len(self._buffer) < sum(size):
                break
            end = sum(size)
            packets.append(_read(self._buffer[0], memoryview(self._buffer)[size[0] : end]))
            self._buffer = self._buffer[end:]
        return packets
