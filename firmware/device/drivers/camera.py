"""OV2640 (or another DVP sensor) through the module `camera` of MicroPython builds with the esp32-camera component.

The API is that of github.com/cnadler86/micropython-camera-API (read in November 2026); official MicroPython images do
not have the module, and then every frame is the error "no_camera_module". The sensor gives small grey frames; for a
snapshot it is switched to JPEG and back, which takes it about a second, and its exposure has to settle again.
"""

from firmware.device import const
from firmware.device.drivers import SensorError

WIDTH = 160  # QQVGA, 160 x 120; the smallest that the sensor scales to
_LINES = const(("pclk", "vsync", "href", "sda", "scl", "xclk"))
_XCLK_HZ = const(20_000_000)
_QUALITY = const(70)  # per cent
_SETTLE = const(4)  # frames after a change of format that are not looked at; ours
_WAIT_MS = const(2000)  # for one frame; the sensor makes 12 a second
_LOOK_MS = const(20)
_PATIENCE = const(5)  # frames missed before the sensor is started anew
_CHUNK = const(512)


class Camera:
    """`frame` and `snapshot`, one at a time. The buffer is the camera's: it holds until the next call."""

    def __init__(self, pins: dict, sleep_ms) -> None:
        self._pins = pins
        self._sleep_ms = sleep_ms
        self._part = None
        self._skip = self._missed = 0

    async def frame(self) -> tuple:
        """(grey bytes, width) of the next frame. Raises SensorError."""
        part = self._open()
        while True:
            frame = await self._next(part)
            if not self._skip:
                return frame, WIDTH
            self._skip -= 1

    async def snapshot(self, write) -> None:
        """Hand a JPEG to `write`, piece by piece. Raises SensorError, and what `write` raises."""
        part = self._open()
        import camera

        try:
            try:
                part.reconfigure(pixel_format=camera.PixelFormat.JPEG, frame_size=camera.FrameSize.VGA)
            except OSError:
                raise SensorError("camera_failed") from None
            for _ in range(_SETTLE):
                picture = await self._next(part)
            if bytes(picture[:2]) != b"\xff\xd8":
                raise SensorError("no_jpeg")
            for start in range(0, len(picture), _CHUNK):
                write(picture[start : start + _CHUNK])
        finally:
            self._skip = _SETTLE
            try:
                part.reconfigure(pixel_format=camera.PixelFormat.GRAYSCALE, frame_size=camera.FrameSize.QQVGA)
            except OSError:
                self._end(part)

    def _open(self):
        if self._part is None:
            pins = {
                name + "_pin": self._pins["cam_" + name] for name in ("pclk", "vsync", "href", "sda", "scl", "xclk")
            }
            data = [self._pins["cam_d%d" % bit] for bit in range(8)]
            try:
                import camera

                grey, small = camera.PixelFormat.GRAYSCALE, camera.FrameSize.QQVGA
                self._part = camera.Camera(
                    data_pins=data,
                    xclk_freq=_XCLK_HZ,
                    pixel_format=grey,
                    frame_size=small,
                    jpeg_quality=_QUALITY,
                    **pins,
                )
            except ImportError:
                raise SensorError("no_camera_module") from None
            except (OSError, RuntimeError):
                raise SensorError("no_camera") from None
            self._skip = _SETTLE
        return self._part

    async def _next(self, part):
        """A frame that was not there before. Never blocks for long, as `capture` alone would."""
        picture = None
        try:
            part.free_buffer()
            for _ in range(_WAIT_MS // _LOOK_MS):
                if part.frame_available():
                    picture = part.capture()
                    break
                await self._sleep_ms(_LOOK_MS)
        except OSError:
            pass  # it failed between the two
        if picture is None:
            self._give_up(part)
            raise SensorError("no_frame")
        self._missed = 0
        return _unsigned(picture)

    def _give_up(self, part) -> None:
        """A sensor that hangs starts anew."""
        self._missed += 1
        if self._missed >= _PATIENCE:
            self._end(part)

    def _end(self, part) -> None:
        """The next frame starts the sensor anew."""
        self._missed = 0
        self._part = None
        try:
            part.deinit()
        except OSError:
            pass  # it hangs


def _unsigned(picture):
    """The module gives its buffer as signed bytes; the same memory, seen as unsigned ones."""
    try:
        from uctypes import addressof, bytearray_at
    except ImportError:
        return picture.cast("B")
    return bytearray_at(addressof(picture), len(picture))
