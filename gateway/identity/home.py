"""The identity of a gateway: the broker of its site, and the letter of the centre that says how to log in there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gateway.site_file.site import Broker
from runtime.brokers import files
from runtime.brokers.errors import IdentityError
from runtime.brokers.home import BrokerHome
from runtime.brokers.letter import Letter, decode

FOLDER = "identity"
CA_FILE, LETTER_FILE = "centre-ca.pem", "centre.letter"


class Identity:
    """What lies in `<data_dir>/identity`. What is not there leaves the site file as it is."""

    def __init__(self, data_dir: Path) -> None:
        self.home = BrokerHome(data_dir / FOLDER)

    def site_broker(self, broker: Broker) -> Broker:
        """Where and as whom to connect at the site; the site file's own login goes first. Raises IdentityError."""
        if broker.username is not None or not self.home.exists:
            return broker
        owner, password = self.home.setup().owner, self.home.own_password()
        return replace(broker, username=owner, password=password, ca_file=broker.ca_file or str(self.home.ca))

    def cloud_broker(self, broker: Broker) -> Broker:
        """Where and as whom to connect at the centre. Raises IdentityError."""
        letter = self.letter()
        if broker.username is not None or letter is None:
            return broker
        ca_file = broker.ca_file or str(self.home.path / CA_FILE)
        return replace(broker, username=letter.login, password=letter.password, ca_file=ca_file)

    def letter(self) -> Letter | None:
        """What the centre wrote to this gateway. Raises IdentityError."""
        path = self.home.path / LETTER_FILE
        try:
            return decode(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise IdentityError(
                f"{path} 无法读取（{error.strerror}）：请用服务用户运行",
                f"{path} cannot be read ({error.strerror}): run this as the service's user",
            ) from None

    def keep(self, letter: Letter) -> None:
        """Take up the centre's letter; an older one is replaced."""
        files.make_folder(self.home.path, 0o711)
        files.write(self.home.path / CA_FILE, letter.ca.encode(), files.PUBLIC)
        files.write(self.home.path / LETTER_FILE, letter.encoded())

    def logins_here(self) -> bytes:
        """The list of logins as it lies there; empty where there is none."""
        return self.home.logins_file.read_bytes() if self.home.logins_file.exists() else b""

    def revoked(self) -> frozenset[str]:
        """Whom nobody listens to any more. Raises IdentityError where the list is damaged."""
        return self.home.roll().revoked() if self.home.logins_file.exists() else frozenset()
