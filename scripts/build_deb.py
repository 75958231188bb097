"""Build the Debian package of the gateway: `python scripts/build_deb.py FOLDER` (make deb). Needs dpkg-deb.

Inside are the Python parts that this environment runs the tests with, file by file: what is tested is what is shipped.
"""

from __future__ import annotations

import argparse
import compileall
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
DEBIAN = ROOT / "deploy" / "debian"
PACKAGE = "gridwhistle-gateway"
ROOMS = ("protocol", "domain", "runtime", "gateway", "hardware", "firmware")
DATA = (".py", ".sql", ".toml", ".html", ".css", ".json", ".txt")
DOCS = (  # and what they lead to
    "gateway.md", "operations.md", "security.md", "rules.md", "panels.md", "home-assistant.md", "updates.md",
    "incidents.md",
)  # fmt: skip
SCRIPTS = ("postinst", "prerm", "postrm")
HOME = Path("opt/gridwhistle/package")
NOT_SHIPPED = ("tests", "__pycache__")  # of the parts: nobody runs them on a box


def closure(extra: str = "gateway") -> dict[str, metadata.Distribution]:
    """Every installed distribution that the extra of pyproject.toml needs, directly or not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, metadata.Distribution] = {}
    seen = set()
    waiting = list(_needs([*project["dependencies"], *project["optional-dependencies"][extra]], frozenset()))
    while waiting:
        one, extras = waiting.pop()
        if (one, extras) in seen:
            continue
        seen.add((one, extras))
        found[one] = metadata.distribution(one)
        waiting += list(_needs(found[one].requires or (), extras))
    return found


def _needs(requires: Iterable[str], extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for text in requires:
        requirement = Requirement(text)
        wanted = [{"extra": extra} for extra in (*extras, "")]
        if requirement.marker is None or any(requirement.marker.evaluate(env) for env in wanted):
            yield canonicalize_name(requirement.name), frozenset(requirement.extras)


def copy_parts(lib: Path) -> None:
    """The third-party parts."""
    for distribution in closure().values():
        for file in distribution.files or ():
            if ".." in file.parts or set(file.parts) & set(NOT_SHIPPED) or file.suffix == ".pyc":
                continue
            source, target = Path(str(distribution.locate_file(file))), lib / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def copy_rooms(lib: Path) -> None:
    """Our own code and the data beside it."""
    shutil.copy2(ROOT / "gridwhistle.py", lib)
    for room in ROOMS:
        for source in sorted((ROOT / room).rglob("*")):
            if source.is_file() and source.suffix in DATA and "__pycache__" not in source.parts:
                target = lib / source.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)


def stage(root: Path, version: str, *, bytecode: bool) -> None:
    """Everything that the package puts on a box."""
    home = root / HOME
    lib = home / "lib"
    lib.mkdir(parents=True)
    copy_parts(lib)
    copy_rooms(lib)
    if bytecode:  # a read-only system would compile at every start
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(str(lib), quiet=2, invalidation_mode=mode, stripdir=str(lib))
    (home / "RELEASE").write_text(version + "\n")
    _install(DEBIAN / "run", home / "bin" / "gridwhistle", 0o755)
    _install(DEBIAN / "choose-release", home / "choose-release", 0o755)
    _install(DEBIAN / "gridwhistle", root / "usr/bin/gridwhistle", 0o755)
    _install(DEBIAN / "gateway.env", root / "etc/gridwhistle/gateway.env", 0o644)
    _install(DEBIAN / "sysusers.conf", root / "usr/lib/sysusers.d/gridwhistle.conf", 0o644)
    units = [*(ROOT / "deploy" / "systemd").glob("gridwhistle-gateway*"), *(ROOT / "deploy" / "mosquitto").glob("*@.*")]
    for unit in units:
        _install(unit, root / "lib/systemd/system" / unit.name, 0o644)
    documents = root / "usr/share/doc" / PACKAGE
    for page in (ROOT / "LICENSE", ROOT / "CHANGELOG.md", ROOT / "README.md", *(ROOT / "docs" / name for name in DOCS)):
        _install(page, documents / page.name, 0o644)


def _install(source: Path, target: Path, mode: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def write_control(root: Path, version: str) -> None:
    """The package's own files."""
    folder = root / "DEBIAN"
    folder.mkdir()
    architecture = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True)
    size = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file())
    major, minor = sys.version_info[:2]
    filled = (DEBIAN / "control").read_text(encoding="utf-8")
    for name, value in {
        "VERSION": version,
        "ARCHITECTURE": architecture.stdout.strip(),
        "SIZE": str(size // 1024),
        "PYTHON": f"{major}.{minor}",
        "NEXT_PYTHON": f"{major}.{minor + 1}",
    }.items():
        filled = filled.replace(f"@{name}@", value)
    (folder / "control").write_text(filled, encoding="utf-8")
    shutil.copyfile(DEBIAN / "conffiles", folder / "conffiles")
    for script in SCRIPTS:
        _install(DEBIAN / script, folder / script, 0o755)


def build(folder: Path, version: str, *, compression: str = "zstd", bytecode: bool = True) -> Path:
    """The package file."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".deb-") as work:
        root = Path(work) / "root"
        root.mkdir(mode=0o755)
        previous = os.umask(0o022)
        try:
            stage(root, version, bytecode=bytecode)
            write_control(root, version)
        finally:
            os.umask(previous)
        options = ["--root-owner-group", f"-Z{compression}", "--build", str(root), str(folder)]
        subprocess.run(["dpkg-deb", *options], check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob(f"{PACKAGE}_{version}_*.deb"))


def main() -> int:
    """Build one; 0."""
    parser = argparse.ArgumentParser(description="Build the Debian package of the gateway.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--version", default=metadata.version("gridwhistle"))
    options = parser.parse_args()
    path = build(options.folder, options.version)
    print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
