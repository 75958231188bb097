"""What must hold on both interpreters, second part: commands, settings, reports, pieces, tasks, channel tables."""

from protocol import commands, configuration, pieces, quantities, reports, tasks
from protocol.channel_tables import fire, handheld, lift, video
from protocol.errors import PayloadError


def _raises(reason, call, *args):
    try:
        call(*args)
    except PayloadError as error:
        assert error.reason == reason, (error.reason, reason)  # noqa: PT017 - no pytest on a board
    else:
        raise AssertionError("nothing raised, expected " + reason)


def commands_carry_an_id_and_their_details():
    for cmd in commands.COMMANDS:
        told = commands.decode_command(commands.encode_command(cmd, "c-1", minutes=5))
        assert (told["cmd"], told["id"], told["minutes"]) == (cmd, "c-1", 5)
    _raises("bad_cmd", commands.encode_command, "dance", "c-1")
    for reason, wire in (
        ("bad_id", b'{"cmd":"reboot"}'),
        ("bad_id", b'{"cmd":"reboot","id":7}'),
        ("bad_id", b'{"cmd":"reboot","id":""}'),
        ("bad_cmd", b'{"cmd":null,"id":"c"}'),
        ("bad_utc_ms", b'{"cmd":"clock","boot":1,"ticks_ms":2}'),
        ("bad_ticks_ms", b'{"cmd":"clock","boot":1,"ticks_ms":-2,"utc_ms":3}'),
        ("not_object", b'["reboot"]'),
        ("not_json", b"reboot"),
        ("not_json", b"\xff\xfe"),
        ("too_long", b" " * 1025),
    ):
        _raises(reason, commands.decode_command, wire)


def answers_say_yes_or_no():
    assert commands.decode_answer(commands.encode_answer("c-1", True, {"a": 1})) == ("c-1", True, {"a": 1})
    assert commands.decode_answer(b'{"id":"c","ok":false}') == ("c", False, {})
    for reason, wire in (
        ("bad_ok", b'{"id":"c"}'),
        ("bad_ok", b'{"id":"c","ok":1}'),
        ("bad_id", b'{"ok":true}'),
        ("bad_data", b'{"id":"c","ok":true,"data":[]}'),
        ("too_long", b" " * 4097),
    ):
        _raises(reason, commands.decode_answer, wire)


def settings_have_a_version():
    settings = {"version": 7, "limits": {"smoke": [0.02, 0.012, 2000]}}
    assert configuration.decode(configuration.encode(settings)) == settings
    assert configuration.answer_id(7) == "config-7"
    _raises("bad_version", configuration.encode, {"limits": {}})
    for reason, wire in (
        ("bad_version", b"{}"),
        ("bad_version", b'{"version":true}'),
        ("bad_version", b'{"version":"7"}'),
        ("bad_version", b'{"version":-1}'),
        ("bad_version", b'{"version":1.5}'),
        ("not_object", b"7"),
        ("too_long", b" " * 3073),
    ):
        _raises(reason, configuration.decode, wire)


def report(what="accepted"):
    return {"id": "hand-07-3-12", "boot": 3, "at_ms": 1795324297817, "what": what, "task": "t-1"}


def reports_keep_what_they_add():
    for what in reports.WHATS:
        assert reports.decode(reports.encode(report(what))) == report(what)
    undated = report()
    undated["at_ms"] = None
    _raises("bad_age_ms", reports.encode, undated)
    undated["age_ms"] = 0
    assert reports.decode(reports.encode(undated))["at_ms"] is None
    for name, value in (("id", ""), ("what", "sneezed"), ("boot", -1), ("boot", None), ("at_ms", "noon"), ("id", 12)):
        wrong = report()
        wrong[name] = value
        _raises("bad_" + name, reports.encode, wrong)
        _raises("bad_" + name, reports.check, wrong)
    _raises("too_long", reports.decode, b" " * 2049)


def receipts_name_reports_or_a_piece():
    assert reports.decode_receipt(reports.encode_receipt(["a", "b"])) == (["a", "b"], "", 0)
    assert reports.decode_receipt(reports.encode_piece_receipt("s-1", 2048)) == ([], "s-1", 2048)
    assert reports.decode_receipt(b"{}") == ([], "", 0)
    for reason, wire in (
        ("bad_reports", b'{"reports":"a"}'),
        ("bad_reports", b'{"reports":[1]}'),
        ("bad_piece", b'{"piece":7,"next":0}'),
        ("bad_next", b'{"piece":"s"}'),
        ("bad_next", b'{"piece":"s","next":-1}'),
    ):
        _raises(reason, reports.decode_receipt, wire)


def pieces_fit_into_their_whole():
    head = {"id": "s-1", "offset": 1024, "size": 1500, "what": "covered"}
    for data in (b"\n", b"\xff\xd8\n{}\n", b"x" * 476):
        assert pieces.decode(pieces.encode(head, data), pieces.MAX_SNAPSHOT) == (head, data)
    _raises("too_long", pieces.encode, head, b"x" * 1025)
    _raises("too_long", pieces.encode, {"id": "s" * 512, "offset": 0, "size": 1}, b"x")
    for reason, wire in (
        ("no_head", b""),
        ("no_head", b'{"id":"s","offset":0,"size":1}'),
        ("no_head", b" " * 513 + b"\nx"),
        ("not_json", b"{\nx"),
        ("bad_id", b'{"offset":0,"size":1}\nx'),
        ("bad_length", b'{"id":"s","offset":0,"size":1}\n'),
        ("bad_length", b'{"id":"s","offset":0,"size":2000}\n' + b"x" * 1025),
        ("bad_offset", b'{"id":"s","offset":-1,"size":1}\nx'),
        ("bad_size", b'{"id":"s","offset":0}\nx'),
        ("bad_size", b'{"id":"s","offset":1,"size":1}\nx'),
        ("bad_size", b'{"id":"s","offset":0,"size":1048577}\nx'),
    ):
        _raises(reason, pieces.decode, wire, pieces.MAX_SNAPSHOT)
    _raises("bad_size", pieces.decode, pieces.encode(head, b"x"), 1499)


def a_bundle_is_asked_for_by_offset():
    digest = "ab" * 32
    assert pieces.decode_fetch(pieces.encode_fetch(digest, 4096)) == (digest, 4096)
    _raises("bad_offset", pieces.decode_fetch, b'{"id":"ab","offset":null}')
    _raises("bad_id", pieces.decode_fetch, b'{"offset":0}')


def task():
    return {
        "id": "t-1", "kind": "fire", "severity": "major", "place": "Room A", "text": "smoke", "state": "offered",
        "revision": 1, "deadline_ms": 1795324297817,
    }  # fmt: skip


def tasks_have_all_their_fields():
    for state in tasks.STATES:
        one = task()
        one["state"] = state
        assert tasks.decode(tasks.encode(one)) == one
    for name in task():
        one = task()
        del one[name]
        if name == "deadline_ms":
            assert tasks.decode(tasks.encode(one)) == one
        else:
            _raises("bad_" + name, tasks.encode, one)
    for name, value in (("state", "lost"), ("revision", 1.0), ("deadline_ms", "soon"), ("text", ""), ("place", None)):
        one = task()
        one[name] = value
        _raises("bad_" + name, tasks.encode, one)
    _raises("too_long", tasks.decode, b" " * 2049)


def tables_know_unit_and_range():
    for table in (fire.CHANNELS, lift.CHANNELS, video.CHANNELS, handheld.CHANNELS):
        for name, (unit, low, high) in table.items():
            assert low < high, name
            assert quantities.is_bool(table, name) == (unit == quantities.BOOL)
            assert quantities.unit_of(table, name) == ("" if unit == quantities.BOOL else unit)
            assert quantities.plausible(table, name, low), name
            assert quantities.plausible(table, name, high), name
            assert not quantities.plausible(table, name, high + 1), name
            assert not quantities.plausible(table, name, float("nan")), name
    assert quantities.unit_of(lift.CHANNELS, "floor") == ""
    try:
        quantities.unit_of(fire.CHANNELS, "floor")
    except KeyError:
        return
    raise AssertionError("a board must not know channels of another kind")


def damaged_messages_do_no_worse_than_payload_error():
    wires = (
        (commands.decode_command, commands.encode_command("silence", "c-1", minutes=5)),
        (commands.decode_command, commands.encode_clock(3, 55, 1795324297817)),
        (commands.decode_clock_request, commands.encode_clock_request(3, 55)),
        (commands.decode_answer, commands.encode_answer("c-1", True, {"a": [1, None]})),
        (configuration.decode, configuration.encode({"version": 7, "limits": {"smoke": [0.02, 0.012, 2000]}})),
        (reports.decode, reports.encode(report())),
        (reports.decode_receipt, reports.encode_receipt(["a", "b"])),
        (reports.decode_receipt, reports.encode_piece_receipt("s-1", 2048)),
        (pieces.decode_fetch, pieces.encode_fetch("ab" * 32, 4096)),
        (_snapshot_piece, pieces.encode({"id": "s-1", "offset": 0, "size": 9}, b"\xff\xd8 bytes")),
        (tasks.decode, tasks.encode(task())),
    )
    spare = b'"{}[]:,0-9.eE+tfn\\u \n\x00\x7f\xc0\xff'
    state, refused = 7, 0
    for decode, wire in wires:
        for _ in range(60):
            raw = bytearray(wire)
            for _ in range(3):
                state = state * 48271 % 2147483647  # the same damage on both interpreters
                raw[state % len(raw)] = spare[state // len(raw) % len(spare)]
            try:
                decode(bytes(raw))
            except PayloadError:
                refused += 1
    assert 300 < refused < 660


def _snapshot_piece(payload):
    return pieces.decode(payload, pieces.MAX_SNAPSHOT)


CASES = (
    commands_carry_an_id_and_their_details,
    answers_say_yes_or_no,
    settings_have_a_version,
    reports_keep_what_they_add,
    receipts_name_reports_or_a_piece,
    pieces_fit_into_their_whole,
    a_bundle_is_asked_for_by_offset,
    tasks_have_all_their_fields,
    tables_know_unit_and_range,
    damaged_messages_do_no_worse_than_payload_error,
)
