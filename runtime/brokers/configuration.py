"""mosquitto.conf of a broker of ours."""

from __future__ import annotations

from dataclasses import dataclass, replace

_HEAD = """\
# Written by gridwhistle; the next change of a login or certificate writes it anew.
per_listener_settings false
allow_anonymous false
password_file {folder}/passwd
acl_file {folder}/acl
pid_file {pid_file}
log_dest stderr
log_type error
log_type warning
log_type notice

# Whoever is away for minutes must find everything when he returns. mosquitto's own limit of 1,000 messages is 20 s of
# 50 endpoints, and what is above it is dropped without a word.
persistence true
persistence_location {state}/
autosave_interval 1
max_queued_messages 100000
# whatever their size: an endpoint that went mad must not take the memory of the box. It keeps what nobody confirmed.
max_queued_bytes 256000000
max_inflight_messages 200
persistent_client_expiration 1m
# a message is not worth 40 ms of waiting for more to send with it
set_tcp_nodelay true
# the longest message of the contract, and its head
max_packet_size 263168
"""
# On the network the login is the client id: nobody can take over another one's session by using its client id.
_NETWORK = "\nlistener {port} {bind}\nuse_username_as_clientid true\n"
# Our own processes use several connections of one login.
_LOCAL = "\nlistener {port} 127.0.0.1\n"
_TLS = "certfile {folder}/server.pem\nkeyfile {folder}/server.key\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a person decided when the broker was set up. `names`: host names and addresses by which it is reached."""

    role: str  # site or centre
    owner: str  # login of our own process: the gateway, or the service of the centre
    site: str  # of a site's broker; empty at the centre
    names: tuple[str, ...]
    port: int = 8883  # IANA: secure-mqtt
    local_port: int = 8884
    bind: str = "0.0.0.0"  # noqa: S104 - endpoints come from the network
    run_as: str = ""  # mosquitto's user; empty: the one who runs this
    state_dir: str = ""  # where mosquitto keeps its sessions; empty: beside its configuration
    pid_file: str = ""

    def certificate_names(self) -> tuple[str, ...]:
        """What the certificate must stand for: what is given, and this machine itself."""
        return tuple(dict.fromkeys((*self.names, "localhost", "127.0.0.1")))


def merged(known: Setup | None, new: Setup, **given: object) -> Setup:
    """`new`, with what was decided before, with what is given now; None and an empty tuple are not given."""
    base = new if known is None else replace(known, role=new.role, owner=new.owner, site=new.site)
    return replace(base, **{name: value for name, value in given.items() if value is not None and value != ()})  # type: ignore[arg-type]


def text(setup: Setup, folder: str) -> str:
    """The configuration; `folder` holds the files it names."""
    tls = _TLS.format(folder=folder)
    parts = [
        _HEAD.format(folder=folder, state=setup.state_dir, pid_file=setup.pid_file),
        f"user {setup.run_as}\n" if setup.run_as else "",
        _NETWORK.format(port=setup.port, bind=setup.bind) + tls,
        _LOCAL.format(port=setup.local_port) + tls,
    ]
    return "".join(parts)
