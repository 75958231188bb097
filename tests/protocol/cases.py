"""What must hold on both interpreters: plain asserts, no test library. run.py runs them under MicroPython."""

from protocol import acks, channels, commands, events, filters, mqtt_packets, sample_acks, senml, status, topics
from protocol.errors import PacketError, PayloadError, TopicError
from protocol.rise import Rise
from protocol.threshold import CLEARED, RAISED, Threshold


def _raises(kind, reason, call, *args):
    try:
        call(*args)
    except kind as error:
        assert error.reason == reason, (error.reason, reason)  # noqa: PT017 - no pytest on a board
    else:
        raise AssertionError("nothing raised, expected " + reason)


def topics_are_built_and_parsed():
    assert topics.build("s-1", "fire_a.2", "readings") == "gw/1/s-1/fire_a.2/readings"
    assert topics.parse("gw/1/s/d/status") == ("s", "d", "status")
    assert filters.every_device("s", "status") == "gw/1/s/+/status"
    assert filters.every_site("incident") == "gw/1/+/+/incident"
    for bad in ("", "gw/1/s/d", "gw/2/s/d/status", "gw/1/s/d/status/x", "xx/1/s/d/status"):
        _raises(TopicError, "not_ours", topics.parse, bad)
    for level in ("", "+", "#", "a b", "a\0", "x" * 65, "火"):
        _raises(TopicError, "bad_level", topics.build, level, "d", "status")
    _raises(TopicError, "unknown_kind", topics.parse, "gw/1/s/d/gossip")


def readings_survive_the_wire():
    pack = senml.Pack("fire-a", 3, 17, 1795324297817, values={"smoke": 0.0125, "temp": -3, "call_point": False})
    pack.faults["co"] = "timeout"
    wire = senml.encode(pack)
    assert b'"bt":1795324297.817' in wire, wire
    back = senml.decode(wire)
    assert (back.device, back.boot, back.seq, back.at_ms) == ("fire-a", 3, 17, 1795324297817)
    assert back.values == {"smoke": 0.0125, "temp": -3, "call_point": False}
    assert back.faults == {"co": "timeout"}
    assert back.backfill is False


def an_endpoint_may_speak_another_unit():
    wire = senml.encode(senml.Pack("fire-a", 1, 1, 1795324297817, values={"hydrant_pressure": 4}))
    units = {"hydrant_pressure": ("bar", 100.0, 0.0)}
    for said, value in ((b'"u":"bar"', 400.0), (b'"x":1', 400.0), (b'"u":"kPa"', 4)):
        back = senml.decode(wire.replace(b'"u":"kPa"', said), units)
        assert back.values["hydrant_pressure"] == value, (said, back.values)
    _raises(PayloadError, "bad_unit", senml.decode, wire.replace(b'"u":"kPa"', b'"u":"psi"'), units)
    _raises(PayloadError, "bad_unit", senml.decode, wire.replace(b'"u":"kPa"', b'"u":"bar"'))


def readings_without_a_clock_carry_their_age():
    pack = senml.Pack("fire-a", 3, 18, None, age_ms=3250, backfill=True, values={"smoke": 0.5})
    back = senml.decode(senml.encode(pack))
    assert back.at_ms is None
    assert back.age_ms == 3250
    assert back.backfill is True


def exact_seconds_need_no_float():
    assert senml.seconds(1795324297007) == "1795324297.007"
    assert senml.seconds(-3250) == "-3.250"
    assert senml.seconds(0) == "0.000"


def broken_readings_are_refused_by_name():
    good = '"bn":"d/","bt":0,"boot":1,"seq":1'
    for reason, text in (
        ("not_json", "{"),
        ("not_json", "\xff"),
        ("not_senml", "{}"),
        ("not_senml", "[]"),
        ("not_senml", "[1]"),
        ("bad_bn", '[{"bn":"d","bt":0,"boot":1,"seq":1}]'),
        ("bad_bt", '[{"bn":"d/","boot":1,"seq":1}]'),
        ("bad_bt", '[{"bn":"d/","bt":true,"boot":1,"seq":1}]'),
        ("bad_boot", '[{"bn":"d/","bt":0,"boot":-1,"seq":1}]'),
        ("bad_seq", '[{"bn":"d/","bt":0,"boot":1,"seq":1.5}]'),
        ("future", '[{"bn":"d/","bt":5,"boot":1,"seq":1,"n":"smoke","v":1}]'),
        ("empty", "[{" + good + "}]"),
        ("empty", "[{" + good + ',"n":"from_the_future","v":1}]'),
        ("bad_value", "[{" + good + ',"n":"smoke","v":"high"}]'),
        ("bad_value", "[{" + good + ',"n":"smoke","v":1e99}]'),
        ("bad_value", "[{" + good + ',"n":"call_point","v":1}]'),
        ("bad_unit", "[{" + good + ',"n":"temp","u":"K","v":300}]'),
        ("twice", "[{" + good + ',"n":"smoke","v":1},{"n":"smoke","v":2}]'),
        ("mixed", "[{" + good + ',"n":"smoke","v":1},{"n":"temp","v":2,"t":1}]'),
        ("mixed", "[{" + good + ',"n":"smoke","v":1},{"bn":"e/","n":"temp","v":2}]'),
        ("unsupported_label", "[{" + good + ',"bv":3,"n":"smoke","v":1}]'),
        ("unsupported_label", "[{" + good + ',"must_":3,"n":"smoke","v":1}]'),
        ("newer_senml", "[{" + good + ',"bver":11,"n":"smoke","v":1}]'),
        ("too_long", "[" + " " * 3000 + "]"),
    ):
        _raises(PayloadError, reason, senml.decode, text.encode("latin-1") if reason == "not_json" else text.encode())


def unknown_channels_are_left_out():
    base = '[{"bn":"d/","bt":0,"boot":1,"seq":1,"n":"smoke","v":1,"colour":"red"},{"n":"radon","v":2}]'
    assert senml.decode(base.encode()).values == {"smoke": 1}


def channels_know_their_range():
    assert channels.plausible("temp", 130.0)
    assert not channels.plausible("temp", 130.1)
    assert channels.unit_of("co") == "ppm"
    assert channels.unit_of("call_point") == ""


def threshold_holds_and_has_a_band():
    limit = Threshold(10.0, 8.0, 2000)
    assert [limit.feed(v, at) for v, at in ((11, 0), (9, 1000), (11, 2000), (11, 3000))] == [None] * 4
    assert limit.feed(11, 4000) == RAISED
    assert [limit.feed(v, 5000) for v in (11, 8.5, 8.0)] == [None] * 3
    assert limit.feed(7.9, 6000) == CLEARED
    assert Threshold(1, 1).feed(1, 0) == RAISED
    assert Threshold(1, 1, 1000).feed(1, 10) is None
    for bad in ((1, 2, 0), (2, 1, -1)):
        try:
            Threshold(*bad)
        except ValueError:
            continue
        raise AssertionError(bad)


def rise_is_a_slope_per_minute():
    rise = Rise(60000)
    start_ms = 1795324297817  # an epoch: boards must not lose it in a float
    slopes = [rise.feed(20 + second * 0.2, start_ms + second * 1000) for second in range(90)]
    assert slopes[28] is None
    assert all(abs(slope - 12.0) < 0.01 for slope in slopes[30:]), slopes[30:]
    steady = Rise(60000)
    for second in range(60):
        slope = steady.feed(20.0 if second != 30 else 45.0, second * 1000)
    assert abs(slope) < 8.0, "one wild sample must not look like a fire"
    assert steady.feed(99.0, 3) == slope, "a sample out of order changes nothing"


def status_says_who_is_there():
    fields = status.decode(status.encode({"state": "online", "why": "birth", "boot": 2, "at_ms": None, "x": 1}))
    assert fields["state"] == status.ONLINE
    assert fields["x"] == 1
    assert status.decode(status.last_will(7))["why"] == status.LAST_WILL
    _raises(PayloadError, "bad_state", status.decode, b'{"state":"fine"}')
    _raises(PayloadError, "bad_state", status.encode, {"state": "asleep"})
    _raises(PayloadError, "bad_boot", status.decode, b'{"state":"online","why":"birth","boot":true}')
    _raises(PayloadError, "not_object", status.decode, b"[]")


def time_is_asked_and_told():
    assert commands.decode_clock_request(commands.encode_clock_request(3, 55)) == (3, 55)
    told = commands.decode_command(commands.encode_clock(3, 55, 1795324297817))
    assert (told["cmd"], told["utc_ms"], told["ticks_ms"]) == ("clock", 1795324297817, 55)
    _raises(PayloadError, "bad_cmd", commands.decode_command, b'{"cmd":"dance"}')


def acks_name_what_is_durable():
    assert acks.decode(acks.encode(["a", "b"], [("c", "bad_rows")])) == (["a", "b"], [("c", "bad_rows")])
    _raises(PayloadError, "bad_ids", acks.decode, b'{"ids":[1]}')
    _raises(PayloadError, "bad_rejected", acks.decode, b'{"ids":[],"rejected":[1]}')
    assert sample_acks.decode_samples(sample_acks.encode_samples(3, [(0, 4), (7, 7)])) == (3, [(0, 4), (7, 7)])
    _raises(PayloadError, "bad_seqs", sample_acks.decode_samples, b'{"boot":1,"seqs":[[1]]}')


def incident_data():
    return {
        "incident_id": "i", "revision": 1, "kind": "fire", "severity": "major", "condition": "active", "site": "s",
        "device": "d", "grid": "g", "place": "Room A", "breach_at_ms": 1, "raised_at_ms": 2, "changed_at_ms": 2,
        "cleared_at_ms": None, "evidence": {"smoke": [[1, 0.1]]},
        "signals": [{"rule": "smoke_level", "channel": "smoke", "value": 0.1, "limit": 0.02, "at_ms": 1}],
    }  # fmt: skip


def events_are_cloudevents():
    event = events.Event("m", "/sites/s/gateways/g", events.RAISED, "i", "2026-11-22T05:31:37.817Z", incident_data())
    back = events.decode(events.encode(event))
    assert (back.id, back.type, back.subject, back.data) == ("m", events.RAISED, "i", incident_data())
    for name in incident_data():
        if name in ("cleared_at_ms", "evidence", "signals"):
            continue
        data = incident_data()
        del data[name]
        _raises(PayloadError, "bad_" + name, events.check_incident, data)
    events.check_incident(dict(incident_data(), parent=None))
    events.check_incident(dict(incident_data(), parent="p"))
    _raises(PayloadError, "bad_parent", events.check_incident, dict(incident_data(), parent=3))
    row = {"device": "d", "boot": 1, "seq": 2, "at_ms": 3, "received_ms": 4, "quality": "good", "values": {"smoke": 1}}
    events.check_rows({"rows": [row]})
    _raises(PayloadError, "bad_rows", events.check_rows, {"rows": []})
    row["values"] = {"smoke": "much"}
    _raises(PayloadError, "bad_rows", events.check_rows, {"rows": [row]})


def mqtt_packets_match_the_standard():
    # the example of OASIS MQTT 3.1.1, figure 3.6, without its QoS 1 and with our will flags
    packet = mqtt_packets.connect("a", 10, mqtt_packets.Will("t", b"w"), "u", "p")
    assert packet == b"\x10\x19\x00\x04MQTT\x04\xee\x00\x0a\x00\x01a\x00\x01t\x00\x01w\x00\x01u\x00\x01p", packet
    assert mqtt_packets.subscribe(10, "a/b") == b"\x82\x08\x00\x0a\x00\x03a/b\x01"
    assert mqtt_packets.puback(258) == b"\x40\x02\x01\x02"
    assert mqtt_packets.publish("a/b", b"x") == b"\x30\x06\x00\x03a/bx"
    assert mqtt_packets.publish("a/b", b"x", 10, True, True) == b"\x3b\x08\x00\x03a/b\x00\x0ax"
    assert len(mqtt_packets.publish("t", b"x" * 200)) == 1 + 2 + 3 + 200
    assert [mqtt_packets.next_mid(m) for m in (0, 1, 65535)] == [1, 2, 1]


def mqtt_reader_takes_any_pieces():
    stream = (
        b"\x20\x02\x01\x00" + b"\x40\x02\x00\x07" + b"\x90\x03\x00\x08\x80" + b"\xd0\x00"
        + mqtt_packets.publish("a/b", b"x" * 300, 9)
    )  # fmt: skip
    for size in (1, 2, 3, 7, len(stream)):
        reader = mqtt_packets.Reader()
        got = []
        for start in range(0, len(stream), size):
            got += reader.feed(stream[start : start + size])
        assert [p.kind for p in got] == [2, 4, 9, 13, 3], size
        assert got[0].session_present
        assert got[1].mid == 7
        assert got[2].codes == b"\x80"
        assert (got[4].topic, len(got[4].payload), got[4].qos, got[4].mid) == ("a/b", 300, 1, 9)


def mqtt_reader_refuses_garbage():
    for reason, data in (
        ("bad_length", b"\x30\xff\xff\xff\xff"),
        ("too_long", b"\x30\xff\xff\x7f"),
        ("unexpected", b"\x10\x00"),
        ("short", b"\x20\x01\x00"),
        ("short", b"\x30\x03\x00\x09a"),
        ("bad_qos", b"\x34\x05\x00\x01a\x00\x01"),
        ("bad_text", b"\x30\x03\x00\x01\xff"),
        ("bad_mid", b"\x32\x05\x00\x01a\x00\x00"),
    ):
        _raises(PacketError, reason, mqtt_packets.Reader().feed, data)
    _raises(PacketError, "bad_mid", mqtt_packets.puback, 0)
    _raises(PacketError, "no_username", mqtt_packets.connect, "a", 1, None, None, "p")


CASES = (
    topics_are_built_and_parsed,
    readings_survive_the_wire,
    an_endpoint_may_speak_another_unit,
    readings_without_a_clock_carry_their_age,
    exact_seconds_need_no_float,
    broken_readings_are_refused_by_name,
    unknown_channels_are_left_out,
    channels_know_their_range,
    threshold_holds_and_has_a_band,
    rise_is_a_slope_per_minute,
    status_says_who_is_there,
    time_is_asked_and_told,
    acks_name_what_is_durable,
    events_are_cloudevents,
    mqtt_packets_match_the_standard,
    mqtt_reader_takes_any_pieces,
    mqtt_reader_refuses_garbage,
)
