"""Sends by apprise: WeCom, DingTalk, Feishu, mail, SMS gateways and a hundred others, each by its URL."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import apprise

from cloud.notices.channel import REASON_MAX, Letter, NotDelivered, Unreachable
from cloud.notices.ways import Outside
from domain.people import CONTACTS
from runtime.settings import SettingsError

_SAMPLE = {name: "a@example.cn" if name == "mail" else "13800000000" for name in CONTACTS}
_ASSET = apprise.AppriseAsset(
    app_id="gridwhistle", app_desc="吹哨", app_url="", secure_logging=True, http_redirects=False, pgp_autogen=False,
    pem_autogen=False,
)  # fmt: skip


class ByApprise:
    """One [channels.NAME] of notices.toml."""

    def __init__(self, way: Outside) -> None:
        self._way = way
        if self._service(_SAMPLE) is None:
            raise SettingsError(
                f"[channels.{way.name}] of notices.toml: apprise does not understand its url; look the service up in "
                "the apprise documentation. apprise 无法识别该通道的地址，请对照其文档修改。"
            )

    def send(self, letter: Letter) -> None:
        """Hand it to the service. Raises NotDelivered."""
        missing = [name for name in self._way.needs if not letter.contacts.get(name)]
        if missing:
            raise Unreachable(f"no {', '.join(missing)} known")
        service = self._service(letter.contacts)
        if service is None:
            raise Unreachable("the address of this person does not fit the channel")
        sender = apprise.Apprise(asset=_ASSET)
        sender.add(service)
        result = sender.notify(body=letter.body, title=letter.title, timeout=self._way.timeout_s)
        if not result:
            raise NotDelivered(_why(result, self._way, letter))

    def _service(self, contacts: Mapping[str, str]) -> apprise.NotifyBase | None:
        url = self._way.url
        for name in self._way.needs:
            url = url.replace(f"{{{name}}}", quote(contacts.get(name, ""), safe=""))
        return apprise.Apprise.instantiate(url, asset=_ASSET, suppress_exceptions=True)


def _why(result: apprise.AppriseResult, way: Outside, letter: Letter) -> str:
    """What apprise says, without what is secret: its URL's parts and the person's contacts."""
    if result.status == apprise.AppriseResultStatus.TIMEOUT:
        return f"no answer within {way.timeout_s} s"
    lines = [entry.message for one in result.results for entry in one.logs() if entry.level in ("WARNING", "ERROR")]
    text = lines[-1] if lines else "the service refused it"
    for secret in sorted({*_parts(way.url), *letter.contacts.values()}, key=len, reverse=True):
        if len(secret) > 3:
            text = text.replace(secret, "…")
    return text[:REASON_MAX]


def _parts(url: str) -> list[str]:
    scheme, _, rest = url.partition("://")
    for mark in ":@/?&=":
        rest = rest.replace(mark, " ")
    return [part for part in rest.split() if part != scheme]
