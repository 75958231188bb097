"""`gridwhistle flash`: the command line of the technician's kit. Everything heavy is imported when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from firmware.kit.desk import Order

app = typer.Typer(
    help="The technician's kit: write, prove and label endpoints. 技术员工具箱：写入、验证、贴标签。",
    no_args_is_help=True,
)

PlanFile = Annotated[Path, typer.Option("--plan", help="site and boards, TOML. 站点与清单。", exists=True)]
Listing = Annotated[Path | None, typer.Option("--list", help="boards as CSV instead. CSV 清单。", exists=True)]
Folder = Annotated[Path, typer.Option("--folder", help="working folder: keys, journal, report, labels. 工作目录。")]
Stick = Annotated[Path, typer.Option("--stick", help="what `pack` made. 离线包目录。")]
Keys = Annotated[Path | None, typer.Option("--keys", help="public keys you trust (32 bytes each). 信任的公钥。")]
Ports = Annotated[list[str], typer.Option("--port", help="serial port, may be repeated. 串口，可多次给出。")]
Device = Annotated[str, typer.Option("--device", help="id in the plan. 清单中的编号。")]
Replace = Annotated[bool, typer.Option("--replace", help="overwrite another identity. 允许覆盖别的身份。")]
Erase = Annotated[bool, typer.Option("--erase", help="empty the board first. 先清空板子。")]
Rewrite = Annotated[bool, typer.Option("--rewrite", help="write MicroPython, even to a silent board. 重写镜像。")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would be done, change nothing. 只看不写。")]
Prove = Annotated[bool, typer.Option("--prove/--no-prove", help="wait for the gateway. 等网关确认。")]
FOLDER, STICK = Path("kit"), Path("stick")
NO_PORTS: list[str] = []


def _order(plan: Path, folder: Path, listing: Path | None = None, device: str = "") -> Order:
    from firmware.kit.desk import Order

    return Order(plan=plan, folder=folder, stick=STICK, listing=listing, device=device)


def _run(job: Callable[[Console], int]) -> None:
    """Do it, and end with its exit code; a failure is told with what to do."""
    from rich.console import Console

    from firmware.kit import desk

    console = Console()
    with desk.failures(console):
        raise typer.Exit(job(console))


@app.command("list")
def list_boards(ports: Ports = NO_PORTS) -> None:
    """Which boards are connected, and what they say about themselves. 列出板子。"""
    from firmware.kit import desk

    _run(lambda console: desk.list_boards(console, tuple(ports)))


@app.command()
def keys(plan: PlanFile, listing: Listing = None, folder: Folder = FOLDER) -> None:
    """Make the passwords of a plan and the inventory for the gateway. 生成口令与网关清单。"""
    from firmware.kit import desk

    _run(lambda console: desk.make_keys(console, _order(plan, folder, listing)))


@app.command()
def one(  # noqa: PLR0913 - what a technician may say
    device: Annotated[str, typer.Argument(help="id in the plan. 清单中的编号。")],
    *,
    plan: PlanFile,
    listing: Listing = None,
    folder: Folder = FOLDER,
    stick: Stick = STICK,
    keys: Keys = None,
    port: Annotated[str, typer.Option("--port", help="serial port. 串口。")] = "",
    confirm: Annotated[str, typer.Option(help="last four of the chip id, instead of being asked. 芯片号末四位。")] = "",
    replace: Replace = False,
    erase: Erase = False,
    rewrite: Rewrite = False,
    dry_run: DryRun = False,
    prove: Prove = True,
) -> None:
    """One board: write, read back, self-test, start, wait for the gateway, label. 写一块板子。"""
    from firmware.kit import desk
    from firmware.kit.worker import Options

    order = desk.Order(
        plan=plan,
        folder=folder,
        stick=stick,
        listing=listing,
        keys=keys,
        ports=(port,) if port else (),
        device=device,
        confirm=confirm,
        prove=prove,
    )
    options = Options(replace=replace, erase=erase, rewrite=rewrite, dry_run=dry_run)
    _run(lambda console: desk.work(console, order, options, typer.prompt))


@app.command("batch")
def many(  # noqa: PLR0913 - what a technician may say
    *,
    plan: PlanFile,
    listing: Listing = None,
    folder: Folder = FOLDER,
    stick: Stick = STICK,
    keys: Keys = None,
    ports: Ports = NO_PORTS,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask. 不再询问。")] = False,
    replace: Replace = False,
    erase: Erase = False,
    rewrite: Rewrite = False,
    dry_run: DryRun = False,
    prove: Prove = True,
) -> None:
    """All boards of a plan at once; run it again to go on where it stopped. 按清单同时写多块，可续做。"""
    from firmware.kit import desk
    from firmware.kit.worker import Options

    order = desk.Order(
        plan=plan, folder=folder, stick=stick, listing=listing, keys=keys, ports=tuple(ports), yes=yes, prove=prove
    )
    options = Options(replace=replace, erase=erase, rewrite=rewrite, dry_run=dry_run)
    _run(lambda console: desk.work(console, order, options, typer.prompt))


@app.command()
def status(plan: PlanFile, listing: Listing = None, folder: Folder = FOLDER) -> None:
    """How far a plan is. 清单的进度。"""
    from firmware.kit import desk

    _run(lambda console: desk.progress_of(console, _order(plan, folder, listing)))


@app.command()
def label(plan: PlanFile, listing: Listing = None, folder: Folder = FOLDER, device: Device = "") -> None:
    """Labels of a plan again, SVG and PDF. 重印标签。"""
    from firmware.kit import desk

    _run(lambda console: desk.print_labels(console, _order(plan, folder, listing, device)))


@app.command()
def release(device: Annotated[str, typer.Argument(help="id. 编号。")], folder: Folder = FOLDER) -> None:
    """An endpoint gets another board: its chip broke. 换一块板子顶替。"""
    from firmware.kit import desk

    _run(lambda console: desk.release(console, folder, device))


@app.command()
def pico(stick: Stick = STICK) -> None:
    """MicroPython onto a new Pico W that was plugged in with BOOTSEL held. 给新的 Pico W 写 MicroPython。"""
    from firmware.kit import desk

    _run(lambda console: desk.wake_pico(console, stick, typer.prompt))


@app.command("worker-pin")
def worker_pin() -> None:
    """Ask for a worker's PIN, print the line for the site file; it does not hold the PIN. 生成网格员密码设置。"""
    import secrets

    from firmware.kit import worker_pin as pins

    try:
        pin = typer.prompt("PIN", hide_input=True, confirmation_prompt=True)
        typer.echo(pins.line_of(pin, secrets.token_bytes(pins.SALT_BYTES)))
    except pins.PinError as error:
        raise typer.BadParameter(str(error)) from None


@app.command("make-key")
def make_key(key: Annotated[Path, typer.Argument(help="file of the new private key. 私钥文件。")]) -> None:
    """A key to sign bundles with; its public half is written beside it. 生成签名密钥。"""
    from firmware.kit import packing

    _run(lambda console: packing.new_key(console, key))


@app.command()
def pack(
    out: Annotated[Path, typer.Argument(help="folder of the stick. U 盘目录。")],
    key: Annotated[Path, typer.Option(help="private key that signs. 签名私钥。", exists=True)],
    version: Annotated[str, typer.Option(help="of the firmware, e.g. 1.4.0. 固件版本。")],
    endpoints: Annotated[list[str], typer.Option("--for", help="board:kind, e.g. esp32_s3:fire. 板子：类型。")],
    image: Annotated[list[Path] | None, typer.Option(help="MicroPython .bin or .uf2. 镜像。", exists=True)] = None,
    more: Annotated[list[Path] | None, typer.Option(help="other files to take along. 其他文件。", exists=True)] = None,
) -> None:
    """Build, sign and pack everything for a day without internet. 打离线包。"""
    from firmware.kit import packing

    _run(lambda console: packing.pack(console, out, key, version, endpoints, [*(image or []), *(more or [])]))


@app.command("verify-stick")
def verify_stick(
    stick: Annotated[Path, typer.Argument(help="folder of the stick. U 盘目录。")], keys: Keys = None
) -> None:
    """Is every file on the stick what was packed? 核对离线包。"""
    from firmware.kit import packing

    _run(lambda console: packing.verify(console, stick, keys))
