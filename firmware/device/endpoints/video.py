"""The video endpoint: companion of a camera. The picture stays here; what leaves is what can be said about it."""

import os
import sys
from binascii import crc32

from firmware.device import const
from firmware.device.drivers import SensorError
from firmware.device.drivers.battery import Battery
from firmware.device.drivers.camera import Camera
from firmware.device.drivers.contact import Contact
from firmware.device.drivers.sd_card import SDCard, open_card
from firmware.device.video_flags import Judge
from firmware.device.video_scene import MASKED, Scene
from firmware.device.video_sender import SnapshotSender
from firmware.device.video_store import Snapshots
from protocol.channel_tables import video

CHANNELS = video.CHANNELS
DIGITS = {"luminance": 3, "sharpness": 3, "scene_difference": 3, "battery": 0}
PERIOD_MS = 1000
_ALIVE_MS = const(5000)  # a camera whose last frame is older is dead
_LEARN_MS = const(10_000)
_KEEP_MS = const(21_600_000)  # the learnt scene goes to flash every six hours: it is needed after a power cut only
_PROBE_MS = const(60_000)
_CODE_BYTES = const(655360)  # as store.py reserves; nine tenths of what is left are for reports and samples
_SNAPS_MIN = const(65536)
_TOKENS = const(3)  # snapshots in a row
_SCENE = "/scene"
_SNAPS = "/snaps"


def rules_of(limits: dict, settings: dict) -> dict:
    """Checked rules; their parser leaves the heap again (7 kB). Raises ValueError naming the field."""
    from firmware.device import video_rules

    merged = dict(limits)
    merged.update(settings.get("limits") or {})
    rules = video_rules.parse(merged)
    sys.modules.pop("firmware.device.video_rules", None)
    del sys.modules["firmware.device"].video_rules
    return rules


class Endpoint:
    """Frames come in a task of their own, at their own pace; `judge` says once a sample what they mean."""

    def __init__(self, kit, camera, card) -> None:
        board = kit.board
        self._kit = kit
        self.drivers = {
            "battery": Battery(board.adc("battery")),
            "mains": Contact(board.contact("mains"), kit.sleep_ms),
            "tamper": Contact(board.contact("tamper"), kit.sleep_ms, 1),
        }
        self._camera = camera
        self._card = card
        self._judge = Judge(rules_of(kit.config["limits"], kit.settings))
        self._scene = Scene(_read(_SCENE))
        self._scene.zones = self._judge.rules["map"]
        self._frame_ms: int | None = None  # when the newest frame came
        self._frame_crc = self._same = 0
        self._trouble = "no_frame"
        self._storage_fault: bool | None = None
        self._learnt_ms = self._kept_ms = 0
        self._wanted = ""  # why a snapshot is to be taken
        self._tokens, self._token_ms = _TOKENS, 0
        self._tampered = False
        tenth = (kit.flash[0] * kit.flash[2] - _CODE_BYTES) // 10
        self._snapshots = Snapshots(_SNAPS, kit.boot, max(_SNAPS_MIN, tenth))
        self.tasks = {"camera": self._watch, "storage": self._probe}
        self.commands = {"snapshot": self._command, "reset_alarm": self._learn_anew, "self_test": self._self_test}
        self.outgoing = [SnapshotSender(kit.config["device"], self._snapshots, kit.clock)]

    def judge(self, values: dict, faults: dict, at_ms: int) -> bool:
        """Adds what the frames mean; a sample in which something begins is urgent."""
        alive = self._frame_ms is not None and at_ms - self._frame_ms <= _ALIVE_MS
        lost = not alive or self._same >= self._judge.rules["picture_lost"][0] or self._scene.blank
        utc_ms = self._utc_ms(at_ms)
        raised = self._judge.feed(self._scene, lost, self._storage_fault, utc_ms, values, at_ms)
        if self._frame_ms is None and at_ms < _ALIVE_MS:
            faults["camera_alive"] = "learning"  # it is still starting: neither alive nor dead
        else:
            values["camera_alive"] = alive
        self._add_measures(values, faults, alive)
        if utc_ms is None and not values["motion"] and any(self._judge.rules["hours"]):
            faults["motion"] = "no_clock"  # nobody knows whether these hours are forbidden
            del values["motion"]
        if values.get("tamper") and not self._tampered:
            raised.append("tamper")
        self._tampered = bool(values.get("tamper"))
        for why in raised:
            self._want(why, at_ms)
        return bool(raised)

    def apply(self, settings: dict) -> None:
        """New settings. Raises ValueError naming the wrong field, and changes nothing then."""
        self._judge.change(rules_of(self._kit.config["limits"], settings))
        before, self._scene.zones = self._scene.zones, self._judge.rules["map"]
        if any([(before[cell] ^ self._scene.zones[cell]) & MASKED for cell in range(len(before))]):
            self._scene.forget()  # of what was masked nothing has been learnt

    def led(self) -> bool:
        """True while the picture cannot be trusted. Not for motion: the light would tell whom it sees."""
        return any([self._judge.flags[name].active() for name in ("picture_lost", "covered", "moved")])

    def _add_measures(self, values: dict, faults: dict, alive: bool) -> None:
        scene = self._scene
        for name, thousandths in (
            ("luminance", scene.luminance),
            ("sharpness", scene.sharpness),
            ("scene_difference", scene.difference),
        ):
            if not alive:
                faults[name] = self._trouble
            elif thousandths is None:
                faults[name] = "learning"
            else:
                values[name] = round(thousandths / 1000, 3)

    def _utc_ms(self, at_ms: int) -> int | None:
        return self._kit.clock.utc_ms(self._kit.boot, at_ms)

    async def _watch(self) -> None:
        clock, sleep_ms = self._kit.clock, self._kit.sleep_ms
        while True:
            began_ms = clock.uptime_ms()
            try:
                frame, width = await self._camera.frame()
                self._seen(frame, width, clock.uptime_ms())
                if self._wanted:
                    await self._take()
            except SensorError as error:
                self._trouble = error.reason
                if self._wanted and began_ms - (self._frame_ms or 0) > _ALIVE_MS:
                    self._wanted = ""  # a picture of later would be no evidence
                    self._kit.health_faults["snapshot"] = error.reason
            frame = None  # the buffer is the camera's
            await sleep_ms(max(20, self._judge.rules["frame_ms"] - (clock.uptime_ms() - began_ms)))

    def _seen(self, frame, width: int, at_ms: int) -> None:
        crc = crc32(frame)  # of masked cells too: it says whether anything changed, and not what
        self._same = self._same + 1 if crc == self._frame_crc else 0
        self._frame_crc = crc
        self._frame_ms = at_ms
        if not self._same:
            self._scene.look(frame, width, self._judge.rules["motion_grey"])
        if at_ms - self._learnt_ms >= _LEARN_MS and not self._same:
            self._learnt_ms = at_ms
            if self._scene.learn() and (not self._kept_ms or at_ms - self._kept_ms >= _KEEP_MS):
                self._kept_ms = at_ms
                _write(_SCENE, self._scene.learnt())

    async def _take(self) -> None:
        """One snapshot to flash; the link sends it from there."""
        why, self._wanted = self._wanted, ""
        uptime_ms = self._kit.clock.uptime_ms()
        try:
            self._snapshots.begin(self._judge.rules["snapshot_kb"] * 1024)
            try:
                await self._camera.snapshot(self._snapshots.write)
                self._snapshots.keep({"why": why, "uptime_ms": uptime_ms})
                self._kit.health_faults.pop("snapshot", None)
            except (OSError, ValueError, SensorError):
                self._snapshots.drop()
                raise
        except (OSError, ValueError, SensorError) as error:
            self._kit.health_faults["snapshot"] = str(error)
        if self._snapshots.dropped:
            self._kit.health_faults["snapshots"] = "dropped_%d" % self._snapshots.dropped

    async def _probe(self) -> None:
        faults = self._kit.health_faults
        while True:
            try:
                free = await self._card.read()
                reason = "full" if free < self._judge.rules["storage_fault"][0] else ""
            except SensorError as error:
                reason = error.reason
            except MemoryError:  # no hole of 4 kB for a file system now: nobody knows
                reason = None
            if reason is not None:
                self._storage_fault = bool(reason)
                faults.pop("storage", None)
            if reason:
                faults["storage"] = reason
            await self._kit.sleep_ms(_PROBE_MS)

    def _want(self, why: str, at_ms: int) -> str:
        """Ask for a snapshot; why not, where it is not to be."""
        if why not in self._judge.rules["snapshots"]:
            return "按设置不拍照 / the settings allow no snapshot"
        gap_ms = self._judge.rules["snapshot_gap_s"] * 1000
        earned = (at_ms - self._token_ms) // gap_ms
        self._tokens = min(_TOKENS, self._tokens + earned)
        self._token_ms = at_ms if self._tokens == _TOKENS else self._token_ms + earned * gap_ms
        if not self._tokens:
            return "拍照过于频繁，请稍后再试 / too many snapshots, try again later"
        self._tokens -= 1
        self._wanted = self._wanted or why
        return ""

    def _command(self, command: dict) -> dict:
        refused = self._want("command", self._kit.clock.uptime_ms())
        if refused:
            raise ValueError(refused)
        return {"state": "taken"}

    def _learn_anew(self, command: dict) -> dict:
        self._scene.forget()
        self._kept_ms = 0
        self._kit.reports.put("alarm_reset")
        return {"state": "learning"}

    def _self_test(self, command: dict) -> dict:
        failed = [name for name, flag in self._judge.flags.items() if name != "motion" and flag.active()]
        if self._frame_ms is None or self._kit.clock.uptime_ms() - self._frame_ms > _ALIVE_MS:
            failed.append("camera_alive")
        if command.get("by") == "button":
            self._kit.reports.put("self_test", passed=not failed, failed=failed)
        return {"passed": not failed, "failed": failed}


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _write(path: str, data: bytes) -> None:
    try:
        with open(path + ".new", "wb") as file:
            file.write(data)
        os.rename(path + ".new", path)  # atomic: the old scene or the new one
    except OSError as error:
        print("flash:", error)


def build(kit) -> Endpoint:
    """The endpoint of this kind."""
    pins = kit.board.pins
    return Endpoint(kit, Camera(pins, kit.sleep_ms), SDCard(lambda: open_card(pins)))
