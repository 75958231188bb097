"""The drivers of a video endpoint against stand-ins of the modules they drive."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device.drivers import SensorError
from firmware.device.drivers.camera import Camera
from firmware.device.drivers.frame_files import FrameFiles, parse_pgm
from firmware.device.drivers.sd_card import SDCard, open_card
from hardware.pinmap import pins
from simulators.environments import pictures
from simulators.environments.video import VideoEnvironment

PINS = pins("esp32_s3_cam", "video")
JPEG = b"\xff\xd8" + bytes(range(256)) * 5 + b"\xff\xd9"


class Sensor:
    """Stands for camera.Camera of the MicroPython build."""

    made: ClassVar[list[Sensor]] = []
    answers = True

    def __init__(self, **wiring: Any) -> None:
        if not Sensor.answers:
            raise OSError("Camera Not Found")
        self.wiring = wiring
        self.format = wiring["pixel_format"]
        self.formats = [self.format]
        self.captured = 0
        self.ready = True
        self.picture = JPEG
        self.ended = False
        Sensor.made.append(self)

    def reconfigure(self, pixel_format: int, frame_size: int) -> None:
        """Another format from here on."""
        self.format = pixel_format
        self.formats.append(pixel_format)

    def frame_available(self) -> bool:
        """True where a frame has come."""
        return self.ready

    def capture(self) -> memoryview | None:
        """Signed bytes, as the real one gives them."""
        self.captured += 1
        frame = bytes([250]) * (160 * 120) if self.format == 3 else self.picture
        return memoryview(frame).cast("b")

    def free_buffer(self) -> None:
        """A new frame may come."""

    def deinit(self) -> None:
        """Off."""
        self.ended = True


@pytest.fixture
def module() -> Iterator[None]:
    """The board's module `camera`."""
    module = ModuleType("camera")
    module.Camera = Sensor  # type: ignore[attr-defined]
    module.PixelFormat = type("PixelFormat", (), {"GRAYSCALE": 3, "JPEG": 4})  # type: ignore[attr-defined]
    module.FrameSize = type("FrameSize", (), {"QQVGA": 1, "VGA": 10})  # type: ignore[attr-defined]
    Sensor.made, Sensor.answers = [], True
    sys.modules["camera"] = module
    yield
    del sys.modules["camera"]


async def _no_sleep(_ms: int) -> None:
    return


async def test_the_camera_is_wired_as_the_pin_map_says(module: None) -> None:
    """All eight data lines in order, clocks, and the control bus."""
    frame, width = await Camera(PINS, _no_sleep).frame()

    wiring = Sensor.made[0].wiring
    assert [PINS[f"cam_d{bit}"] for bit in range(8)] == wiring["data_pins"]
    assert (PINS["cam_xclk"], PINS["cam_pclk"]) == (wiring["xclk_pin"], wiring["pclk_pin"])
    assert (PINS["cam_vsync"], PINS["cam_href"]) == (wiring["vsync_pin"], wiring["href_pin"])
    assert (PINS["cam_sda"], PINS["cam_scl"]) == (wiring["sda_pin"], wiring["scl_pin"])
    assert (160, 160 * 120, 250) == (width, len(frame), frame[0])  # unsigned


async def test_frames_before_the_exposure_has_settled_are_not_shown(module: None) -> None:
    """After power-on and after each snapshot."""
    camera = Camera(PINS, _no_sleep)
    await camera.frame()
    assert 5 == Sensor.made[0].captured
    await camera.frame()
    assert 6 == Sensor.made[0].captured
    await camera.snapshot(lambda _: None)
    await camera.frame()
    assert 6 + 4 + 5 == Sensor.made[0].captured


async def test_a_snapshot_comes_in_pieces_and_the_camera_is_grey_again(module: None) -> None:
    """Small pieces, the whole picture, the old format."""
    camera, pieces = Camera(PINS, _no_sleep), []
    await camera.snapshot(lambda piece: pieces.append(bytes(piece)))

    assert JPEG == b"".join(pieces)
    assert max(map(len, pieces)) <= 512
    assert [3, 4, 3] == Sensor.made[0].formats


async def test_what_is_no_jpeg_is_an_error(module: None) -> None:
    """And the camera goes on with grey frames."""
    camera = Camera(PINS, _no_sleep)
    await camera.frame()
    Sensor.made[0].picture = b"\x00" * 100
    with pytest.raises(SensorError, match="no_jpeg"):
        await camera.snapshot(lambda _: None)

    assert 3 == Sensor.made[0].format


@pytest.mark.parametrize("error", [ValueError("too_large"), OSError(28, "no space")])
async def test_a_full_flash_leaves_the_camera_grey(module: None, error: Exception) -> None:
    """What the writer raises comes through as it is."""

    def full(_piece: bytes) -> None:
        raise error

    with pytest.raises(type(error), match=str(error.args[-1])):
        await Camera(PINS, _no_sleep).snapshot(full)
    assert 3 == Sensor.made[0].format


async def test_a_camera_that_cannot_change_its_format_is_started_anew(module: None) -> None:
    """An error of its own; the next frame comes from a new start."""
    camera = Camera(PINS, _no_sleep)
    await camera.frame()

    def fail(**_changes: int) -> None:
        raise OSError(5)

    Sensor.made[0].reconfigure = fail  # type: ignore[method-assign]
    with pytest.raises(SensorError, match="camera_failed"):
        await camera.snapshot(lambda _: None)
    await camera.frame()
    assert 2 == len(Sensor.made)


async def test_a_build_without_the_module_says_so() -> None:
    """An official image has no module `camera`."""
    with pytest.raises(SensorError, match="no_camera_module"):
        await Camera(PINS, _no_sleep).frame()


async def test_no_camera(module: None) -> None:
    """The ribbon is out; when it is in again, frames come."""
    camera = Camera(PINS, _no_sleep)
    Sensor.answers = False
    for _ in range(3):
        with pytest.raises(SensorError, match="no_camera"):
            await camera.frame()
    Sensor.answers = True
    await camera.frame()


async def test_a_camera_that_hangs_is_started_anew(module: None) -> None:
    """Never waits for long, and tries from the beginning after a while."""
    camera = Camera(PINS, _no_sleep)
    await camera.frame()
    Sensor.made[0].ready = False
    for _ in range(5):
        with pytest.raises(SensorError, match="no_frame"):
            await camera.frame()
    assert Sensor.made[0].ended
    await camera.frame()
    assert 2 == len(Sensor.made)


async def test_a_camera_that_fails_while_it_is_read(module: None) -> None:
    """No other error comes out of the driver, and what gives no frame is one."""
    camera = Camera(PINS, _no_sleep)
    await camera.frame()

    def fail() -> None:
        raise OSError(5)

    for capture in (fail, lambda: None):
        Sensor.made[-1].capture = capture  # type: ignore[method-assign]
        with pytest.raises(SensorError, match="no_frame"):
            await camera.frame()


async def test_frames_from_files(tmp_path: Path) -> None:
    """In the order of their names, then no more; the newest JPEG is the snapshot."""
    moments = [VideoEnvironment(), VideoEnvironment(walker=0.5)]
    for number, moment in enumerate(moments):
        (tmp_path / f"{number}.pgm").write_bytes(pictures.pgm(moment, number, 64, 48))
    (tmp_path / "a.jpg").write_bytes(b"old")
    (tmp_path / "b.jpg").write_bytes(pictures.jpeg(moments[0], 1))
    files, pieces = FrameFiles(str(tmp_path)), []
    for number, moment in enumerate(moments):
        frame, width = await files.frame()
        assert (64, pictures.grey(moment, number, 64, 48)) == (width, bytes(frame))
    with pytest.raises(SensorError, match="no_frame"):
        await files.frame()
    files.again()
    await files.frame()
    await files.snapshot(pieces.append)
    assert (tmp_path / "b.jpg").read_bytes() == b"".join(pieces)


async def test_folders_without_files(tmp_path: Path) -> None:
    """Errors with a reason, never an old frame."""
    with pytest.raises(SensorError, match="no_jpeg"):
        await FrameFiles(str(tmp_path)).snapshot(lambda _: None)
    with pytest.raises(SensorError, match="no_folder"):
        await FrameFiles(str(tmp_path / "nowhere")).frame()


@pytest.mark.parametrize(
    "data", [b"", b"P5", b"P5\n2 2\n255\n123", b"P6\n1 1\n255\n1", b"P5\n1 1\n15\n1", b"P5\nx 1\n255\n1"]
)
def test_what_is_no_pgm(data: bytes) -> None:
    """Refused."""
    with pytest.raises(SensorError, match="not_pgm"):
        parse_pgm(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_pgm_or_refused(data: bytes) -> None:
    """Nothing else happens."""
    try:
        at, width, height = parse_pgm(data)
    except SensorError:
        return
    assert width * height == len(data) - at


class Volumes:
    """Stands for the module vfs over one folder; `forgets`: what was written is not there after the next mount."""

    def __init__(self) -> None:
        self.mounted = 0
        self.forgets = False
        self.missing = False
        self.written: dict[str, bytes] = {}

    def mount(self, card: object, folder: str) -> None:
        """Raises OSError where no card is there."""
        if self.missing:
            raise OSError(19)
        self.mounted += 1

    def umount(self, folder: str) -> None:
        """Raises OSError where it is not mounted."""
        if not self.mounted:
            raise OSError(22)
        self.mounted -= 1


class Card:
    """Stands for machine.SDCard."""

    def __init__(self, **wiring: Any) -> None:
        self.wiring = wiring
        self.ended = False

    def deinit(self) -> None:
        """Out."""
        self.ended = True


async def _probe(monkeypatch: pytest.MonkeyPatch, folder: Path, volumes: Volumes, cards: list[Card]) -> SDCard:
    monkeypatch.setattr("firmware.device.drivers.sd_card._PROBE", str(folder / "probe.bin"))
    monkeypatch.setattr("firmware.device.drivers.sd_card._FOLDER", str(folder))

    def make() -> Card:
        cards.append(Card())
        return cards[-1]

    return SDCard(make, volumes)


async def test_a_good_card(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Says how much is free, leaves nothing behind, and stays out of the way."""
    volumes, cards = Volumes(), []
    card = await _probe(monkeypatch, tmp_path, volumes, cards)
    space = os.statvfs(tmp_path)
    for _ in range(3):
        assert abs(await card.read() - space.f_bfree * 1000 // space.f_blocks) <= 1

    assert ([], 0, 1) == (list(tmp_path.iterdir()), volumes.mounted, len(cards))


async def test_no_card(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The slot is asked anew each time."""
    volumes, cards = Volumes(), []
    card = await _probe(monkeypatch, tmp_path, volumes, cards)
    volumes.missing = True
    for _ in range(2):
        with pytest.raises(SensorError, match="no_card"):
            await card.read()
    assert [True, True] == [made.ended for made in cards]
    volumes.missing = False
    await card.read()


async def test_a_card_that_forgets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The write went well; what is read after the next mount is something else."""
    volumes = Volumes()
    card = await _probe(monkeypatch, tmp_path, volumes, [])
    plain = volumes.mount

    def forget(made: object, folder: str) -> None:
        plain(made, folder)
        if (tmp_path / "probe.bin").exists():
            (tmp_path / "probe.bin").write_bytes(b"\xff" * 64)

    monkeypatch.setattr(volumes, "mount", forget)
    with pytest.raises(SensorError, match="read_back"):
        await card.read()
    assert 0 == volumes.mounted


async def test_a_card_that_takes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The folder cannot be written."""
    volumes = Volumes()
    card = await _probe(monkeypatch, tmp_path / "nowhere", volumes, [])
    with pytest.raises(SensorError, match="write_failed"):
        await card.read()
    assert 0 == volumes.mounted


def test_the_card_is_wired_as_the_pin_map_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """SDMMC, one data line."""
    module = ModuleType("machine")
    module.SDCard = Card  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "machine", module)
    wiring = open_card(PINS).wiring

    assert {"slot": 0, "width": 1, "sck": 39, "cmd": 38, "data": (40,)} == wiring
