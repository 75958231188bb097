"""Whether a bundle is to be trusted, and meant for this board. Loaded for that moment of an update only."""

import gc
import json
import os
import sys

from firmware.device import const
from firmware.device.update_files import HEAD_BYTES, digest_of, files_of, size_of

_SPARE_BLOCKS = const(8)  # for directories
_COLLECT_AFTER = const(1024)  # big numbers make garbage fast, and the sampler must find room between it


async def check(folder: str, order: dict, sleep_ms, forget) -> str:
    """Why the bundle whose manifest is in this folder is refused; empty where it is good. `forget` frees modules."""
    usual = gc.threshold()
    gc.threshold(_COLLECT_AFTER)
    try:
        await _check_signature(folder, sleep_ms, forget)
        _check_manifest(folder, order)
    except MemoryError:
        return "内存不足 / not enough memory"
    except (ValueError, KeyError, OSError) as error:
        return str(error)
    finally:
        gc.threshold(usual)
    return ""


async def _check_signature(folder: str, sleep_ms, forget) -> None:
    """The manifest, by one of the keys the kit has written."""
    with open(folder + "/signature", "rb") as file:
        signature = file.read(HEAD_BYTES)[8:]
    # with these words no other signature made with this key can pass for one of a bundle
    signed = b"gwbundle1:" + await digest_of(folder + "/manifest.part", sleep_ms)
    try:
        with open("/update_keys.bin", "rb") as file:
            keys = file.read(128)
    except OSError:
        raise ValueError("没有验证密钥 / no key to verify updates with: update_keys.bin") from None
    if await _signed_by_one(keys, signed, signature, lambda: sleep_ms(0), forget):
        return
    raise ValueError("签名无效 / the signature is not valid")


async def _signed_by_one(keys: bytes, signed: bytes, signature: bytes, pause, forget) -> bool:
    """One after the other, as there is room in the heap for one."""
    from firmware.device.sha512 import sha512

    digests = []
    for key in _each(keys):
        digests.append(await sha512(signature[:32] + key + signed, pause))
    sha512 = None
    forget(["firmware.device.sha512"])
    from firmware.device.ed25519 import verify

    for key, digest in zip(_each(keys), digests):  # noqa: B905 - not on MicroPython
        if await verify(key, digest, signature, pause):
            return True
    return False


def _each(keys: bytes) -> list:
    return [keys[at : at + 32] for at in range(0, len(keys), 32)]


def _check_manifest(folder: str, order: dict) -> None:
    """It is signed; now whether it is what was ordered, for this board."""
    import __main__
    from firmware.device import pins

    with open(folder + "/manifest.part") as file:
        head = json.loads(file.readline() + "]}")
    ours = {"format": 1, "board": pins.BOARD, "kind": pins.KIND, "mpy": sys.implementation._mpy & 0xFF}  # noqa: SLF001
    ours["version"] = order["version"]
    for name, value in ours.items():
        if head[name] != value:
            raise ValueError("程序包不适用 / not for this board: %s %r, %r" % (name, head[name], value))
    if head["loader"] > getattr(__main__, "LOADER", 1):
        raise ValueError("引导程序过旧，请用工具箱重新写入 / the loader is too old, flash this board with the kit")
    _check_files(folder, order["size"])


def _check_files(folder: str, ordered: int) -> None:
    block, free = os.statvfs("/")[1], os.statvfs("/")[3]
    size = HEAD_BYTES + size_of(folder + "/manifest.part")
    blocks = _SPARE_BLOCKS
    for path, length, _ in files_of(folder):
        if not path.endswith(".mpy") or ".." in path or path[0] == "/":
            raise ValueError("程序包含有不允许的文件 / a file the bundle may not hold: " + path)
        size += length
        blocks += 0 if size_of(folder + "/" + path) == length else length // block + 1
    if size != ordered:
        raise ValueError("程序包不完整 / the bundle is not complete")
    if blocks > free:
        raise ValueError("存储空间不足 / the flash is full")
