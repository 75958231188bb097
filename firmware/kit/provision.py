"""The provisioning record of a board: config.json and the certificate, as firmware/device/config.py reads them."""

from __future__ import annotations

import json
import ssl

from firmware.kit.plan_file import Entry, Plan
from firmware.kit.texts import KitError

RECORD = "/config.json"
CA = "/ca.der"


def der_of(certificate: bytes) -> bytes:
    """A certificate as boards want it. Raises KitError bad_plan where it is none."""
    if b"BEGIN CERTIFICATE" in certificate:
        try:
            return ssl.PEM_cert_to_DER_cert(certificate.decode("ascii").strip())
        except ValueError as error:
            raise KitError("bad_plan", f"broker.ca_file: {error}") from None
    if certificate[:1] != b"\x30":  # SEQUENCE, X.690
        raise KitError("bad_plan", "broker.ca_file: neither PEM nor DER")
    return certificate


def record_files(plan: Plan, entry: Entry, password: str, wifi_password: str | None) -> dict[str, bytes]:
    """Path on flash -> content. Sorted keys: the same facts give the same digest."""
    record: dict[str, object] = {
        "device": entry.device,
        "site": plan.site,
        "kind": entry.kind,
        "grid": entry.grid,
        "host": plan.broker.host,
        "port": plan.broker.port,
        "username": entry.device,
        "password": password,
    }
    for name, wishes in (("limits", entry.limits), ("channels", entry.channels)):
        if wishes:
            record[name] = dict(wishes)
    if plan.ssid:
        record["wifi"] = {"ssid": plan.ssid, "password": wifi_password or ""}
    files = {}
    if certificate := plan.ca():
        record |= {"tls": True, "ca": CA}
        files[CA] = der_of(certificate)
    return files | {RECORD: json.dumps(record, sort_keys=True, ensure_ascii=False).encode()}
