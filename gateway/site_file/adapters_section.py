"""`[[adapters]]` of the site file: foreign devices, by protocol."""

from __future__ import annotations

from collections.abc import Collection

from gateway.site_file import gb26875_section as gb26875
from gateway.site_file.reader import Reader

Config = gb26875.Config  # of whichever protocol
KINDS = {gb26875.KIND: gb26875.read}


def read(reader: Reader, value: object, where: str) -> tuple[Config, ...]:
    """The checked section. Raises SiteError."""
    found: dict[str, Config] = {}
    for place, entry in reader.entries(value, where):
        config = reader.attempt(None, _one, reader, entry, place)
        if config is None:
            continue
        if config.kind in found:
            reader.note(f"{place}.kind", f"{config.kind!r} stands there twice", "put all into one", "重复，请合并")
        found[config.kind] = config
    return tuple(found.values())


def _one(reader: Reader, entry: object, where: str) -> Config | None:
    table = reader.table(entry, where)
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        known = ", ".join(KINDS)
        raise reader.error(f"{where}.kind", f"cannot be {kind!r}", f"known: {known}", f"应为其一：{known}")
    return KINDS[kind](reader, table, where)


def check_names(reader: Reader, configs: tuple[Config, ...], taken: Collection[str]) -> None:
    """Every device of a site needs its own name."""
    for config in configs:
        for number, device in enumerate(config.panels, 1):
            if device in taken:
                where = f"adapters[1].panels[{number}].device"
                reader.note(where, f"{device!r} is the name of an endpoint", "give it another", "与终端同名，请另取")
