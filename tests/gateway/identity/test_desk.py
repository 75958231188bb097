"""The person at the gateway: sets up, enrols what the kit made, revokes, joins the centre; is told what is wrong."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import gridwhistle
from firmware.kit import inventory as kit
from firmware.kit.plan_file import load as load_plan
from firmware.kit.vault import Vault
from gateway.identity import site_text
from gateway.identity.desk import Desk
from gateway.identity.home import Identity
from gateway.site_file.site import load
from runtime.brokers.desk import DONE, PARTLY, REFUSED
from runtime.brokers.letter import FORM, Letter
from runtime.brokers.logins import Role
from simulators.brokers import free_port
from tests.own_broker import NOW_MS, OwnBroker, admit, centre_home
from tests.plain_client import code_of

SITE_FILE = """\
# 春风社区 · kept by hand
site = "chunfeng"
gateway = "gw-chunfeng"

[site_broker]
host = "127.0.0.1"
port = 8884

[cloud_broker]
host = "127.0.0.1"
port = 1
"""
BOARD = '[[boards]]\ndevice = "{}"\nkind = "fire"\nboard = "esp32_s3"\ngrid = "110105001001001"\nplace = "3号楼{}层"\n'


class Office:
    """A folder with a site file, a kit, and the command line of the gateway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir()
        self.site = folder / "site.toml"
        self.site.write_text(SITE_FILE, encoding="utf-8")
        self.identity = Identity(self.data)

    def call(self, *words: str, site: bool = True) -> tuple[int, str]:
        """Exit code and everything said of `gridwhistle gateway …`."""
        options = ["--data-dir", str(self.data), *(["--site", str(self.site)] if site else [])]
        done = CliRunner().invoke(gridwhistle.app, ["gateway", *words, *options])
        return done.exit_code, done.output

    def set_up(self) -> None:
        """On free ports, run by this user."""
        ports = ("--port", str(free_port()), "--local-port", str(free_port()))
        code, said = self.call("broker-setup", "--name", "127.0.0.1", *ports, "--user", self.folder.owner())
        assert DONE == code, said

    def inventory(self, *devices: str, technician: str = "li") -> Path:
        """What the kit makes of a plan."""
        plan = self.folder / "plan.toml"
        boards = "".join(BOARD.format(device, number) for number, device in enumerate(devices, 1))
        plan.write_text(f'site = "chunfeng"\ntechnician = "{technician}"\n[broker]\nhost = "h"\n{boards}', "utf-8")
        kit.write(load_plan(plan), self.vault(), self.folder / "inventory")
        return self.folder / "inventory"

    def vault(self) -> Vault:
        """The kit's passwords."""
        return Vault(self.folder / "vault.json")


def add(office: Office, text: str) -> None:
    """Something more in the list of endpoints: it comes on a stick."""
    path = office.folder / "inventory" / kit.ENDPOINTS
    path.write_text(path.read_text() + text)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Set up."""
    office = Office(tmp_path)
    office.set_up()
    return office


@pytest.fixture
def broker(office: Office) -> Iterator[OwnBroker]:
    """The office's broker, running."""
    one = OwnBroker(office.identity.home)
    one.start()
    yield one
    one.stop()


@pytest.mark.mosquitto
def test_from_the_kit_to_the_broker(office: Office, broker: OwnBroker) -> None:
    """Enrolled by the kit's hashes, the board's password opens; the site file has it; a second run changes nothing."""
    code, said = office.call("enrol", str(office.inventory("fire-1", "fire-2")))
    assert DONE == code, said
    setup, ca = broker.home.setup(), broker.home.ca
    for login in ("fire-1", "fire-2", "kit-li"):
        assert 0 == code_of(setup.port, ca, login, office.vault().password(login))
    site = load(office.site)
    assert ["3号楼1层", "3号楼2层"] == [member.place for member in site.endpoints.values()]
    assert office.site.read_text(encoding="utf-8").startswith(SITE_FILE.rstrip())

    written = office.site.read_bytes()
    code, said = office.call("enrol", str(office.inventory("fire-1", "fire-2")))
    assert (DONE, written) == (code, office.site.read_bytes())
    assert 3 == said.count("没有变化 unchanged")


@pytest.mark.mosquitto
def test_a_lost_board(office: Office, broker: OwnBroker) -> None:
    """Revoked it is out; the same inventory does not let it in again; a new password does, where somebody says so."""
    folder = office.inventory("fire-1", "fire-2")
    office.call("enrol", str(folder))
    setup, ca, password = broker.home.setup(), broker.home.ca, office.vault().password("fire-1")

    code, said = office.call("revoke", "fire-1", "--reason", "偷走了", site=False)
    assert (DONE, 5) == (code, code_of(setup.port, ca, "fire-1", password)), said
    code, said = office.call("enrol", str(folder), "--readmit", "fire-1")
    assert PARTLY == code
    assert "will never be valid again" in said

    office.vault().put("fire-1", "another one")
    assert PARTLY == office.call("enrol", str(office.inventory("fire-1", "fire-2")))[0]
    code, said = office.call("enrol", str(office.inventory("fire-1", "fire-2")), "--readmit", "fire-1")
    assert (DONE, 0) == (code, code_of(setup.port, ca, "fire-1", "another one")), said
    assert 5 == code_of(setup.port, ca, "fire-1", password)

    code, said = office.call("devices", "--json")
    (row,) = [row for row in json.loads(said) if row["name"] == "fire-1"]
    assert ("active", "endpoint", "3号楼1层", True) == (row["state"], row["role"], row["place"], row["in_site_file"])
    history = office.identity.home.roll().logins["fire-1"].history
    assert ["enrol_new", "revoke", "readmit"] == [entry.act for entry in history]
    assert "偷走了" == history[1].reason


def test_without_a_running_broker_everything_is_ready_for_it(office: Office) -> None:
    """Nothing is refused: it works by the new files when it starts."""
    code, said = office.call("enrol", str(office.inventory("fire-1")))
    assert DONE == code
    assert "when it starts" in said
    assert "fire-1:$7$" in (office.identity.home.broker / "passwd").read_text()


def test_the_table_for_people(office: Office) -> None:
    """Names, roles and states in both languages; who stands in the site file without a login is named."""
    office.call("enrol", str(office.inventory("fire-1")))
    office.site.write_text(office.site.read_text("utf-8").replace('"fire-1"', '"fire-9"'), "utf-8")
    code, said = office.call("devices")
    assert DONE == code
    assert "fire-9" in said
    assert "有效 active" in said.replace("\n", " ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["revoke", "nobody", "--reason", "x"], "there is no such login"),
        (["revoke", "gw-chunfeng", "--reason", "x"], "is our own login"),
        (["revoke", "fire-1", "--reason", " "], "say why"),
        (["add-viewer", "a b"], "letters, digits"),
        (["add-viewer", "gw-chunfeng"], "choose another name"),
    ],
)
def test_what_is_refused_changes_nothing(office: Office, words: list[str], said: str) -> None:
    """With the reason, on the way to exit status 2."""
    office.call("enrol", str(office.inventory("fire-1")))
    before = office.identity.home.logins_file.read_bytes()
    code, output = office.call(*words, site=False)
    assert REFUSED == code
    assert said in output
    assert before == office.identity.home.logins_file.read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda o: (o.folder / "inventory" / kit.PASSWD).unlink(), "cannot be read"),
        (lambda o: (o.folder / "inventory" / kit.PASSWD).write_text(""), "without a login"),
        (lambda o: (o.folder / "inventory" / kit.PASSWD).write_text("fire-1:secret\n"), "the hash of fire-1"),
        (lambda o: (o.folder / "inventory" / kit.ENDPOINTS).write_text("[[endpoints]]\ndevice ="), "is damaged"),
        (lambda o: (o.folder / "inventory" / kit.ENDPOINTS).write_text(""), "belong to different jobs"),
        (lambda o: add(o, '[site_broker]\nhost = "elsewhere"\n'), "without a device: site_broker"),
        (lambda o: add(o, '[[endpoints]]\nkind = "fire"\n'), "without a device"),
        (lambda o: o.site.write_text(SITE_FILE.replace('"chunfeng"', '"heping"')), "the site file is of heping"),
        (lambda o: o.site.write_text(SITE_FILE + "[[rules]]\n"), "rules"),
        (lambda o: o.site.unlink(), "cannot be read"),
        (lambda o: o.site.write_text("x ="), "is not TOML"),
    ],
)
def test_what_cannot_be_enrolled(office: Office, change: object, said: str) -> None:
    """Nobody comes in and the site file stays, where anything about the papers is wrong."""
    folder = office.inventory("fire-1")
    change(office)  # type: ignore[operator]
    code, output = office.call("enrol", str(folder))
    assert REFUSED == code
    assert said in output
    assert ["gw-chunfeng"] == [login.name for login in office.identity.home.roll().active()]
    assert "fire-1" not in (office.site.read_text() if office.site.exists() else "")


def test_a_site_file_that_cannot_be_written_is_printed(office: Office) -> None:
    """The logins are in; the person adds the lines himself."""
    folder = office.inventory("fire-1")
    said: list[str] = []
    desk = Desk(identity=office.identity, home=office.identity.home, now_ms=NOW_MS, say=said.append, by="li")
    office.site.with_name(office.site.name + ".new").mkdir()  # something is in the way
    assert PARTLY == desk.enrol(folder, office.site)
    assert any('device = "fire-1"' in line for line in said)


def test_the_site_file_is_never_open_to_others_on_the_way(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords may stand in it: neither the trial nor the new one may be read by everybody, not for a moment."""
    modes: list[int] = []
    fsync = os.fsync

    def noted(number: int) -> None:
        modes.append(os.fstat(number).st_mode & 0o777)
        fsync(number)

    office.site.chmod(0o640)
    blocks = {"fire-1": '[[endpoints]]\ndevice = "fire-1"\nkind = "fire"\nplace = "p"\ngrid = "1"\n'}
    monkeypatch.setattr(os, "fsync", noted)
    site_text.replace(office.site, site_text.with_endpoints(office.site, blocks))
    assert modes == [0o600, 0o600]
    assert office.site.stat().st_mode & 0o777 == 0o640


def test_one_folder_belongs_to_one_gateway(office: Office) -> None:
    """Another site file would turn the identity of this one over."""
    office.site.write_text(SITE_FILE.replace('"gw-chunfeng"', '"gw-heping"'))
    code, said = office.call("broker-setup")
    assert REFUSED == code
    assert "give another data folder" in said


def test_an_unknown_user_is_told(office: Office) -> None:
    """mosquitto is not installed, or the name is misspelt."""
    code, said = office.call("broker-setup", "--user", "no-such-user")
    assert REFUSED == code
    assert "install mosquitto first" in said


def test_set_up_again_keeps_what_is_not_given(office: Office) -> None:
    """A new address only; ports and authority stay."""
    before = office.identity.home.setup()
    assert DONE == office.call("broker-setup", "--name", "192.168.10.2", "--name", "broker.local")[0]
    after = office.identity.home.setup()
    assert (before.port, before.local_port, before.run_as) == (after.port, after.local_port, after.run_as)
    assert ("192.168.10.2", "broker.local", "localhost", "127.0.0.1") == office.identity.home.server_facts().names


@pytest.mark.mosquitto
def test_a_dashboard_gets_a_login_once(office: Office, broker: OwnBroker) -> None:
    """The password is shown once, and opens; asked for again it is another one."""
    code, said = office.call("add-viewer", "home-assistant", site=False)
    password = said.split("home-assistant: ")[1].split()[0]
    port, ca = broker.home.setup().port, broker.home.ca
    assert (DONE, 0) == (code, code_of(port, ca, "home-assistant", password))
    office.call("add-viewer", "home-assistant", site=False)
    assert 5 == code_of(port, ca, "home-assistant", password)


@pytest.mark.mosquitto
def test_the_letter_of_the_centre(office: Office, tmp_path: Path) -> None:
    """For this gateway, and it opens; for another one, or no letter at all, it is refused."""
    centre = OwnBroker(centre_home(tmp_path / "centre"))
    admit(centre.home, "gw-chunfeng", Role.GATEWAY, "chunfeng", "of-the-centre")
    letter = Letter(
        form=FORM,
        site="chunfeng",
        login="gw-chunfeng",
        password="of-the-centre",
        host="127.0.0.1",
        port=centre.home.setup().port,
        ca=centre.home.ca.read_text(),
    )
    path = tmp_path / "letter"
    path.write_bytes(letter.encoded())
    code, said = office.call("join", str(path))
    assert PARTLY == code, said  # taken up, but the centre does not answer
    assert "away" in said
    centre.start()
    code, said = office.call("join", str(path))
    centre.stop()
    assert DONE == code, said
    broker = office.identity.cloud_broker(load_with(office).cloud_broker)
    assert ("gw-chunfeng", "of-the-centre") == (broker.username, broker.password)

    for content in (b"{}", letter.encoded().replace(b"letter-1", b"letter-9"), letter.encoded().replace(b"gw-", b"x-")):
        path.write_bytes(content)
        assert REFUSED == office.call("join", str(path))[0]


def load_with(office: Office) -> object:
    """The site, once an endpoint stands in its file."""
    office.call("enrol", str(office.inventory("fire-1")))
    return load(office.site)
