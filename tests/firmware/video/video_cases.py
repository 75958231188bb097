# ruff: noqa: PT018, PTH102, PTH123, PTH208 - runs under MicroPython too
"""Cases of the video endpoint that hold on CPython and on MicroPython: plain asserts, run by both."""

import asyncio
import json
import os

from firmware.device import video_flags, video_rules
from firmware.device.drivers import SensorError
from firmware.device.drivers.frame_files import FrameFiles
from firmware.device.video_flags import Judge
from firmware.device.video_scene import CELLS, COLUMNS, MASKED, Scene, isqrt
from firmware.device.video_sender import SnapshotSender
from firmware.device.video_store import Snapshots
from protocol import pieces, reports

W, H = 64, 48


def frame(shift: int = 0, level: int = 0, body: int = -1, noise: int = 0) -> bytearray:
    """Blocks of greys, moved aside by `shift`, brighter by `level`; a bright body from column `body` on."""
    made = bytearray(W * H)
    for y in range(H):
        for x in range(W):
            block = (x + shift) // 7 * 31 + y // 6 * 17
            made[y * W + x] = max(0, min(255, 40 + block * block % 151 + level + (x * 7 + y * 13 + noise) % 3))
    for y in range(16, 40):
        for x in range(body, body + 8):
            if body >= 0 and x < W:
                made[y * W + x] = 255
    return made


def taught() -> Scene:
    """A scene that has learnt."""
    scene = Scene()
    for number in range(8):
        scene.look(frame(noise=number), W, 12)
    return scene


def square_roots(folder: str) -> None:
    """Whole square roots, also beyond small integers."""
    for number in (0, 1, 2, 3, 4, 15, 16, 17, 255, 65025, 10**9, 2**31 - 1, 2**40 + 1):
        root = isqrt(number)
        assert root * root <= number < (root + 1) * (root + 1), number


def a_scene_is_known_again(folder: str) -> None:
    """The same scene is no difference, also brighter; another one is, and after a reboot as well."""
    scene = taught()
    scene.look(frame(noise=5), W, 12)
    assert scene.difference < 30 and scene.restless == 0 and not scene.blank
    scene.look(frame(level=40), W, 12)
    assert scene.difference < 60
    scene.look(frame(shift=25), W, 12)
    assert scene.difference > 300
    again = Scene(scene.learnt())
    again.look(frame(noise=2), W, 12)
    assert again.difference < 30 and again.learnt_sharpness == scene.learnt_sharpness
    again.look(frame(shift=25), W, 12)
    assert again.difference > 300
    again.look(bytearray(W * H), W, 12)
    assert again.blank and again.difference == 1000


def motion_counts_in_its_zone(folder: str) -> None:
    """A body moves cells of the zone where it is, and none that are masked; a lamp moves nothing."""
    scene = taught()
    for cell in range(CELLS):
        if cell % COLUMNS >= 8:
            scene.zones[cell] |= 1
        else:
            scene.zones[cell] |= 2
    for number in range(3):
        scene.look(frame(noise=number), W, 12)
    scene.counts = [0] * 7
    scene.look(frame(body=44), W, 12)
    assert scene.counts[0] >= 6 and scene.counts[1] == 0 and scene.counts[2] == 0
    scene.counts = [0] * 7
    for number in range(40):
        scene.look(frame(noise=number), W, 12)
    scene.counts = [0] * 7
    scene.look(frame(level=60), W, 12)
    assert scene.counts[0] < 4
    for cell in range(CELLS):
        if cell % COLUMNS >= 8:
            scene.zones[cell] |= MASKED
    for number in range(40):
        scene.look(frame(noise=number), W, 12)
    scene.counts = [0] * 7
    scene.look(frame(body=44), W, 12)
    assert scene.restless == 0 and scene.counts == [0] * 7


def flags_follow_the_picture(folder: str) -> None:
    """Covered after its delay, and over after its other delay; a turned camera is moved and not covered."""
    scene = taught()
    judge = Judge(video_rules.parse({"covered": [333, 2000, 2000, 60000], "moved": [300, 2000, 2000, 60000]}))
    at_ms = 0
    values: dict = {}
    raised: list = []
    shown = [frame(noise=n) for n in range(3)] + [bytearray([20 + n % 2 for n in range(W * H)])] * 4
    shown += [frame(noise=n) for n in range(4)] + [frame(shift=25, noise=n) for n in range(4)]
    said = []
    for picture in shown:
        scene.look(picture, W, 12)
        raised += judge.feed(scene, False, False, None, values, at_ms)
        said.append((values["covered"], values["moved"]))
        at_ms += 1000
    assert raised == ["covered", "moved"], raised
    assert said[:5] == [(False, False)] * 5 and said[5] == (True, False)
    assert said[9] == (False, False) and said[-1] == (False, True), said


class Time:
    """Stands for the board's clock."""

    def __init__(self) -> None:
        self.ms = 0

    def uptime_ms(self) -> int:
        return self.ms

    def utc_ms(self, boot: int, uptime_ms: int) -> int | None:
        return None if boot == 1 else 1795324297817 + uptime_ms

    def age_ms(self, boot: int, uptime_ms: int) -> int:
        return self.ms - uptime_ms


def keep(snapshots, size: int, why: str = "motion") -> bytes:
    """One snapshot of so many bytes."""
    picture = bytes([(size + n * n) % 251 for n in range(size)])
    snapshots.begin(70000)
    snapshots.write(picture[: size // 2])
    snapshots.write(picture[size // 2 :])
    snapshots.keep({"why": why, "uptime_ms": 700})
    return picture


def send_all(sender, time, received: dict, most: int = 1000) -> None:
    """A gateway that keeps every piece that fits and answers with what it has."""
    for _ in range(most):
        message = sender.next_message()
        if message is None:
            return
        take(sender, message[1], received)


def take(sender, payload: bytes, received: dict) -> None:
    """One piece at the gateway."""
    head, data = pieces.decode(payload, pieces.MAX_SNAPSHOT)
    have = received.setdefault(head["id"], bytearray())
    if head["offset"] == len(have):
        have.extend(data)
    sender.handlers["receipt"](reports.encode_piece_receipt(head["id"], len(have)))


def snapshots_arrive_whole(folder: str) -> None:
    """Several, one after the other; each is forgotten at its last byte; also after a reboot, from the middle on."""
    time, received = Time(), {}
    snapshots = Snapshots(folder, 1, 500000)
    sent = [keep(snapshots, size) for size in (5000, 1024, 1)]
    sender = SnapshotSender("video-a", snapshots, time)
    for _ in range(3):
        take(sender, sender.next_message()[1], received)
    assert len(received["video-a-1-1"]) == 3 * 512
    snapshots = Snapshots(folder, 2, 500000)  # the power was cut
    sent.append(keep(snapshots, 3000, "covered"))
    sender = SnapshotSender("video-a", snapshots, time)
    send_all(sender, time, received)
    names = ["video-a-1-1", "video-a-1-2", "video-a-1-3", "video-a-2-1"]
    assert [bytes(received[name]) for name in names] == sent and os.listdir(folder) == []
    assert len(received) == 4 and snapshots.dropped == 0


def torn_at_every_byte(folder: str) -> None:
    """A snapshot file that is cut off anywhere is removed at boot, and what was whole is still there."""
    snapshots = Snapshots(folder, 1, 500000)
    first = keep(snapshots, 600)
    keep(snapshots, 300)
    path = folder + "/" + sorted(os.listdir(folder))[-1]
    with open(path, "rb") as file:
        whole = file.read()
    for cut in range(0, len(whole), 7):
        with open(path, "wb") as file:
            file.write(whole[:cut])
        with open(folder + "/part", "wb") as file:
            file.write(b"x" * cut)
        again = Snapshots(folder, 2, 500000)
        assert len(again) == 1 and again.torn == 2 and len(os.listdir(folder)) == 1, cut
        about = again.oldest()
        assert again.read(about["name"], 0, 1024)[: about["size"]] == first
        assert json.dumps(about).find("motion") > 0


def every_pair_of_the_table(folder: str) -> None:
    """Six events in five states: ten pairs are known, every other one is refused and changes nothing."""
    known = 0
    for state in range(5):
        for event in range(0, 48, 8):
            flag = video_flags.Flag((1, 10, 10, 100), 5)
            flag.state = state
            allowed = event + state in video_flags.TABLE
            known += allowed
            assert flag.on(event, 7) == allowed
            assert flag.state == (video_flags.TABLE[event + state] if allowed else state)
    assert known == len(video_flags.TABLE) == 10


def frames_from_files(folder: str) -> None:
    """A folder of PGM files instead of a camera, seen by the same analysis."""
    os.mkdir(folder)
    for number in range(9):
        with open(f"{folder}/{number}.pgm", "wb") as file:
            file.write(b"P5\n64 48\n255\n")
            file.write(frame(noise=number))
    files, scene = FrameFiles(folder), Scene()

    async def look() -> str:
        for _ in range(9):
            picture, width = await files.frame()
            scene.look(picture, width, 12)
        try:
            await files.frame()
        except SensorError as error:
            return error.reason
        return ""

    assert asyncio.run(look()) == "no_frame"
    assert scene.difference is not None and scene.difference < 30


CASES = [
    frames_from_files,
    square_roots,
    a_scene_is_known_again,
    motion_counts_in_its_zone,
    flags_follow_the_picture,
    snapshots_arrive_whole,
    torn_at_every_byte,
    every_pair_of_the_table,
]
