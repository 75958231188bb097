"""Images are told by their content; esptool and the boot drive are driven as far as that goes without a chip."""

from __future__ import annotations

import os
import struct
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.kit import esp, images, uf2
from firmware.kit.ports import no_board
from firmware.kit.texts import KitError, advices


def esp_image(chip: int = 9, size: int = 5000) -> bytes:
    """Header of an ESP image (esptool, Firmware Image Format) and a body."""
    head = struct.pack("<BBBBI", 0xE9, 4, 0, 0x4F, 0x403740FC) + struct.pack(
        "<BBBBHBHH4xB", 0, 0, 0, 0, chip, 0, 0, 99, 1
    )
    return head + bytes(size - len(head))


def uf2_image(blocks: int = 8, family: int = 0xE48BFF56, start: int = 0x10000000) -> bytes:
    """Blocks as picotool makes them."""
    made = b""
    for number in range(blocks):
        words = (0x0A324655, 0x9E5D5157, 0x2000, start + number * 256, 256, number, blocks, family)
        made += struct.pack("<8I", *words) + bytes([number & 255]) * 476 + struct.pack("<I", 0x0AB16F30)
    return made


def code_of(call: Callable[[], object]) -> str:
    """The code a call fails with."""
    with pytest.raises(KitError) as failure:
        call()
    assert failure.value.code in advices()
    return failure.value.code


def test_images_say_what_they_are_for(tmp_path: Path) -> None:
    """Chip by content, version by name."""
    path = tmp_path / "ESP32_GENERIC_S3-20251209-v1.27.0.bin"
    path.write_bytes(esp_image())
    assert ("esp32s3", "1.27.0") == ((image := images.load(path)).chip, image.version)
    pico = tmp_path / "RPI_PICO_W.uf2"
    pico.write_bytes(uf2_image())
    assert ("rp2040", None, 8 * 512) == ((image := images.load(pico)).chip, image.version, image.size)
    assert "image_bad" == code_of(lambda: images.load(tmp_path / "missing.bin"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>not found</html>" * 100,
        esp_image(chip=0),
        esp_image(chip=5),
        esp_image()[:10],
        uf2_image()[:-1],
        uf2_image(family=0xE48BFF59),
        uf2_image(start=0x20000000),
        uf2_image(4) + uf2_image(4),
    ],
)
def test_what_is_no_image_of_ours_is_refused(content: bytes) -> None:
    """Web pages, other chips, cut files, other families, RAM images, two files in one."""
    assert "image_bad" == code_of(lambda: images.chip_of(content, "x"))


@given(st.integers(0, 8 * 512 - 1), st.integers(0, 7))
def test_a_flipped_bit_of_uf2_structure_is_noticed(at: int, bit: int) -> None:
    """Only the payload has no check of its own; the digest on the stick covers that."""
    content = bytearray(uf2_image())
    content[at] ^= 1 << bit
    place = at % 512
    if 32 <= place < 508:
        return
    try:
        assert images.chip_of(bytes(content), "x") == "rp2040"
    except KitError:
        return
    word = place // 4
    # another flag, an address inside the flash, a smaller block: allowed by the format
    assert word in (2, 3, 4)


def test_esptool_takes_our_words(tmp_path: Path) -> None:
    """The real esptool reads the command lines and says that there is no such port."""
    path = tmp_path / "s3.bin"
    path.write_bytes(esp_image())
    image = images.load(path)
    seen: list[float] = []
    for argv in (esp.write_argv("/dev/ttyACM99", image, 115_200), esp.verify_argv("/dev/ttyACM99", image, 115_200)):
        assert "no_board" == code_of(lambda argv=argv: esp.run_tool(argv, seen.append))  # type: ignore[misc]
    assert "no_board" == code_of(lambda: esp.ask("/dev/ttyACM99"))


def test_esptool_on_a_line_where_nobody_answers(tmp_path: Path) -> None:
    """A silent line is a chip that is not in its boot loader."""
    master, slave = os.openpty()
    path = tmp_path / "s3.bin"
    path.write_bytes(esp_image())
    argv = esp.write_argv(os.ttyname(slave), images.load(path), 115_200)
    argv[argv.index("--connect-attempts") + 1] = "1"
    over = threading.Event()
    os.set_blocking(master, False)

    def swallow() -> None:
        while not over.wait(0.01):
            try:
                os.read(master, 4096)
            except BlockingIOError:
                continue

    reader = threading.Thread(target=swallow)
    reader.start()
    try:
        assert code_of(lambda: esp.run_tool(argv, lambda _share: None)) == "boot_button"
    finally:
        over.set()
        reader.join()
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("A fatal error occurred: Could not open COM3 ... PermissionError(13, 'Permission denied')", "permission"),
        ("Could not exclusively lock port /dev/ttyUSB0: [Errno 11]", "port_in_use"),
        ("A fatal error occurred: This chip is ESP32-C3, not ESP32-S3. Wrong chip argument?", "wrong_board"),
        ("A fatal error occurred: Failed to connect to ESP32-S3: No serial data received.", "boot_button"),
        ("A fatal error occurred: MD5 of file does not match data in flash!", "digest_mismatch"),
        ("device reports readiness to read but returned no data (device disconnected?)", "unplugged"),
        ("something new", "write_failed"),
    ],
)
def test_what_esptool_says_means(said: str, code: str) -> None:
    """Its words become ours."""
    assert code == esp.meaning(said)


def test_progress_and_the_second_try(tmp_path: Path) -> None:
    """Percents are read as they come; a bad line is tried again, slower; a wrong chip is not."""
    path = tmp_path / "s3.bin"
    path.write_bytes(esp_image())
    image = images.load(path)
    tool = "import time\nfor n in (0, 50, 100):\n print(f'Writing at 0x0 [==>] {n:.1f}% {n}/100 bytes', flush=True)"
    seen: list[float] = []
    esp.run_tool([sys.executable, "-c", tool], seen.append)
    assert [0.0, 50.0, 100.0] == seen

    bauds: list[str] = []

    def noisy(argv: Sequence[str], _percent: esp.Percent) -> None:
        bauds.append(argv[argv.index("--baud") + 1])
        if bauds[-1] == "460800":
            raise KitError("write_failed", "noise")

    esp.write("p", image, seen.append, noisy)
    assert ["460800", "115200", "115200"] == bauds

    def other_chip(argv: Sequence[str], _percent: esp.Percent) -> None:
        bauds.append("once")
        raise KitError("wrong_board")

    assert "wrong_board" == code_of(lambda: esp.write("p", image, seen.append, other_chip))
    assert 1 == bauds.count("once")


def test_chip_and_mac_of_a_bare_board() -> None:
    """What `read-mac` prints (esptool/__init__.py, esptool/cmds.py)."""
    said = "Connected to ESP32-S3 on /dev/ttyACM0:\nChip type:          ESP32-S3 (QFN56) (revision v0.2)\n"
    assert ("ESP32-S3", "3c84279f1a2b") == esp.identity_in(said + "MAC:                3c:84:27:9f:1a:2b\n")
    assert "boot_button" == code_of(lambda: esp.identity_in("Failed to connect to Espressif device"))


def drive(folder: Path, board: str = "RPI-RP2") -> Path:
    """What a boot loader shows as a drive."""
    folder.mkdir()
    (folder / uf2.INFO).write_text(f"UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: {board}\r\n")
    return folder


def test_the_boot_drive_is_told_by_what_it_says(tmp_path: Path) -> None:
    """Not by its name; never a guess between two; the drives of other boards are left alone."""
    pico = drive(tmp_path / "NO NAME")
    other = drive(tmp_path / "FEATHER", "SAMD51-Feather")
    (tmp_path / "USB").mkdir()
    points = [pico, other, tmp_path / "USB"]
    assert pico == uf2.find_volume(lambda: points, 0.0)
    points.append(drive(tmp_path / "RPI-RP2"))
    assert "several_volumes" == code_of(lambda: uf2.find_volume(lambda: points, 0.0))
    assert "no_volume" == code_of(lambda: uf2.find_volume(lambda: [other], 0.0))
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/sda1 /media/li/RPI\\040RP2 vfat rw 0 0\n/dev/root / ext4 rw 0 0\n")
    assert [Path("/media/li/RPI RP2")] == uf2.mount_points(mounts)


def test_copying_to_the_boot_drive(tmp_path: Path) -> None:
    """Whole, to the drive that says RPI-RP2; done when the drive is gone."""
    source = tmp_path / "pico.uf2"
    source.write_bytes(uf2_image(300))
    volume = drive(tmp_path / "RPI")
    image, seen = images.load(source), []  # type: tuple[images.Image, list[float]]
    assert "write_failed" == code_of(lambda: uf2.write(volume, image, seen.append, timeout_s=0.0))
    assert source.read_bytes() == (volume / "pico.uf2").read_bytes()
    assert seen == sorted(seen)
    assert 100.0 == seen[-1]

    (volume / uf2.INFO).unlink()
    uf2.write(volume, image, seen.append, timeout_s=0.0)
    assert "unplugged" == code_of(lambda: uf2.write(tmp_path / "gone", image, seen.append))


def test_a_usb_chip_without_a_port_has_no_driver(tmp_path: Path) -> None:
    """The cable is told from the driver by what the kernel shows."""
    assert "no_board" == no_board(tmp_path).code
    chip = tmp_path / "1-2"
    (chip / "1-2:1.0").mkdir(parents=True)
    (chip / "idVendor").write_text("1a86\n")
    assert "driver" == no_board(tmp_path).code
    (chip / "1-2:1.0" / "ttyUSB0").mkdir()
    assert "no_board" == no_board(tmp_path).code
