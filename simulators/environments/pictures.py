"""Pictures of a place that does not exist: drawn by code, the same for everybody who asks with the same seed."""

from __future__ import annotations

import io
import random
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from simulators.environments.video import VideoEnvironment

WIDTH, HEIGHT = 640, 480
_NOISES = 4
_NOISE_SIZE = (160, 120)
_COVER_GREY = 14
_BLANK_GREY = 16
_WALKER_GREY = 235
_JPEG_QUALITY = 70


@lru_cache(maxsize=4)
def panorama(seed: int) -> Image.Image:
    """Two pictures wide: ground, sky, houses, windows, kerbs."""
    draw_from = random.Random(seed)
    sky = Image.linear_gradient("L").resize((2 * WIDTH, HEIGHT)).point(lambda grey: 90 + grey // 3)
    draw = ImageDraw.Draw(sky)
    for _ in range(46):
        left, top = draw_from.randrange(2 * WIDTH), draw_from.randrange(HEIGHT)
        wide, high = draw_from.randrange(30, 220), draw_from.randrange(30, 200)
        draw.rectangle((left, top, left + wide, top + high), fill=draw_from.randrange(20, 235))
    for _ in range(60):
        ends = [(draw_from.randrange(2 * WIDTH), draw_from.randrange(HEIGHT)) for _ in range(2)]
        draw.line(ends, fill=draw_from.randrange(20, 235), width=draw_from.randrange(2, 9))
    return sky


@lru_cache(maxsize=32)
def _view(seed: int, turned: float, defocused: bool, width: int, height: int) -> Image.Image:
    left = round(turned * WIDTH)
    view = panorama(seed).crop((left, 0, left + WIDTH, HEIGHT))
    if defocused:
        view = view.filter(ImageFilter.GaussianBlur(24))
    return view.resize((width, height), Image.Resampling.BOX)


@lru_cache(maxsize=16)
def _noise(sigma: float) -> tuple[Image.Image, ...]:
    """Of a small frame; a large picture gets it enlarged."""
    width, height = _NOISE_SIZE
    draw_from = random.Random(width)
    return tuple(
        Image.frombytes("L", _NOISE_SIZE, bytes(_clip(draw_from.gauss(128, sigma)) for _ in range(width * height)))
        for _ in range(_NOISES)
    )


def _clip(grey: float) -> int:
    return min(255, max(0, round(grey)))


def picture(
    moment: VideoEnvironment, number: int, width: int = WIDTH, height: int = HEIGHT, seed: int = 0
) -> Image.Image:
    """What the sensor makes of this moment; `number` of the frame turns its noise."""
    if moment.camera == "blank":
        return Image.new("L", (width, height), _BLANK_GREY)
    if moment.lens == "covered":
        view = Image.new("L", (width, height), _COVER_GREY)
    else:
        view = _view(seed, moment.turned, moment.lens == "defocused", width, height).copy()
        if moment.walker >= 0:
            middle, down = moment.walker * width, moment.walker_y * height
            body = (middle - width / 20, down - height / 6, middle + width / 20, down + height / 6)
            ImageDraw.Draw(view).rectangle(body, fill=_WALKER_GREY)
        if moment.light != 1.0:
            view = view.point(lambda grey: _clip(grey * moment.light))
    if not moment.noise or moment.camera == "frozen":
        return view
    noise = _noise(round(moment.noise * 2) / 2)[number % _NOISES]
    noise = ImageChops.offset(noise, number * 37 % _NOISE_SIZE[0], number * 101 % _NOISE_SIZE[1])
    if noise.size != (width, height):
        noise = noise.resize((width, height), Image.Resampling.NEAREST)
    return ImageChops.add(view, noise, 1.0, -128)


def grey(moment: VideoEnvironment, number: int, width: int, height: int, seed: int = 0) -> bytes:
    """A frame as the sensor sends it, line by line."""
    return picture(moment, number, width, height, seed).tobytes()


def jpeg(moment: VideoEnvironment, number: int, width: int = WIDTH, height: int = HEIGHT, seed: int = 0) -> bytes:
    """A snapshot."""
    made = io.BytesIO()
    picture(moment, number, width, height, seed).save(made, "JPEG", quality=_JPEG_QUALITY)
    return made.getvalue()


def pgm(moment: VideoEnvironment, number: int, width: int, height: int, seed: int = 0) -> bytes:
    """A frame as a file."""
    return b"P5\n%d %d\n255\n" % (width, height) + grey(moment, number, width, height, seed)
