"""A box under test: a folder as its root, real dpkg, and a service manager that starts what ends, as systemd does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from scripts.build_deb import HOME, PACKAGE, ROOMS, stage, write_control

PYTHON = os.path.realpath(sys.executable)  # without the environment of the tests: only what the package brings is there
FORCE = tuple(f"--force-{name}" for name in ("script-chrootless", "not-root", "depends", "unsafe-io"))


def rewrite(path: Path, text: str) -> None:
    """Another text, in a file of its own: others share the old one by hard links."""
    path.unlink()
    path.write_text(text)


class Packages:
    """Packages of several versions from one staging."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._base = folder / "base"
        self._base.mkdir(parents=True)
        previous = os.umask(0o022)
        stage(self._base, "0", bytecode=False)
        os.umask(previous)

    def make(self, version: str, change: Callable[[Path], None] = lambda _lib: None, *, whole: bool = False) -> Path:
        """A package of a version; `change` gets its folder of code. Only a whole one has the parts of others inside."""
        root = self._folder / f"root-{version}"
        parts = HOME / "lib"
        shutil.copytree(
            self._base,
            root,
            symlinks=True,
            copy_function=os.link,
            ignore=None if whole else lambda folder, names: names if Path(folder) == self._base / parts else [],
        )
        if not whole:
            self._link_parts(root / parts)
        rewrite(root / HOME / "RELEASE", version + "\n")
        change(root / parts)
        write_control(root, version)
        command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(root), str(self._folder)]
        subprocess.run(command, check=True, capture_output=True)
        shutil.rmtree(root)
        return next(self._folder.glob(f"{PACKAGE}_{version}_*.deb"))

    def _link_parts(self, lib: Path) -> None:
        """Our own code as files, what is of others as links to where it was staged."""
        for source in (self._base / HOME / "lib").iterdir():
            if source.name in ROOMS:
                shutil.copytree(source, lib / source.name, copy_function=os.link)
            elif source.name == "gridwhistle.py":
                os.link(source, lib / source.name)
            else:
                (lib / source.name).symlink_to(source)


class Box:
    """Its root, its packages, its gateway."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root / "var/lib/gridwhistle/gateway"
        self.notes = root / "var/lib/gridwhistle/update"
        self._process: subprocess.Popen[str] | None = None

    @classmethod
    def bare(cls, root: Path) -> Box:
        """A box with nothing on it."""
        (root / "var/lib/dpkg/updates").mkdir(parents=True)
        (root / "var/lib/dpkg/info").mkdir()
        for name in ("status", "available"):
            (root / "var/lib/dpkg" / name).touch()
        return cls(root)

    @property
    def release(self) -> str:
        """What would start."""
        return (self.root / "opt/gridwhistle/current").readlink().name

    def dpkg(self, *arguments: str) -> str:
        """Run the real dpkg on this root."""
        command = ["dpkg", f"--root={self.root}", *FORCE, *arguments]
        env = os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def choose(self) -> None:
        """What systemd runs before each start."""
        env = os.environ | {"GRIDWHISTLE_ROOT": str(self.root)}
        subprocess.run([self.root / "opt/gridwhistle/package/choose-release"], env=env, check=True, capture_output=True)

    def start(self, site: Path, **settings: object) -> dict[str, object]:
        """Start the gateway as the unit does; its ready line, empty where it ended before."""
        self.choose()
        self.data.mkdir(parents=True, exist_ok=True)
        told = {"data_dir": self.data, "update_dir": self.notes, "trial_well_ms": 700, "trial_limit_ms": 60_000}
        env = {f"GRIDWHISTLE_GATEWAY_{name.upper()}": str(value) for name, value in (told | settings).items()}
        program = self.root / "opt/gridwhistle/current/bin/gridwhistle"
        with (self.root / "gateway.log").open("a") as log:
            self._process = subprocess.Popen(
                [PYTHON, "-I", str(program), "gateway", "run", "--site", str(site)],
                env=env | {"PATH": os.environ["PATH"]},
                cwd=self.root,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        return json.loads(line) if line else {}

    def ended(self, timeout_s: float = 30.0) -> int:
        """Its exit status, once it ends by itself."""
        assert self._process is not None
        code = self._process.wait(timeout_s)
        self._forget()
        return code

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._forget()

    def log(self) -> str:
        """What it wrote."""
        return (self.root / "gateway.log").read_text()

    def _forget(self) -> None:
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None
