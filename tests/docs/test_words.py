"""One word for one thing: docs/words.md is the table, and what it refuses stands nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "words.md"
ROOMS = ("cloud", "deploy", "docs", "domain", "firmware", "gateway", "hardware", "protocol", "runtime", "simulators")
KINDS = {".py", ".md", ".toml", ".html", ".js", ".yml", ".service", ".env", ".csv"}
HAN = re.compile(r"[\u3400-\u9fff]")
# what may stay, as it is written there, and why
ALLOWED = {
    "看板": {
        "docs/home-assistant.md": "a dashboard of Home Assistant, which is no board of ours",
        "docs/gateway.md": "the same",
        "docs/operations.md": "the same",
        "docs/security.md": "the same, and its login",
        "gateway/identity/cli.py": "the same",
        "runtime/brokers/listing.py": "the same",
        "docs/flashing.md": "to look at a board: 看 板子",
    },
    "平台": {
        "docs/notices.md": "a cloud platform of somebody else",
        "docs/operations.md": "lift platforms of others, whose codes differ",
    },
    "委办局": {
        "cloud/config/sample_departments.toml": "the term of the governing documents, in a comment",
        "domain/departments.py": "the same",
    },
    "掉线": {"docs/security.md": "nobody else's connection breaks"},
}
PANEL = {  # GB 26875 calls a disabled part so; and cables have a shield
    "cloud/console/texts/zh_rules.py", "docs/incidents.md", "docs/panels.md", "domain/gb26875/panel_faults.py",
    "domain/gb26875/states.py", "domain/incidents/kinds.py", "hardware/endpoints/fire.toml",
}  # fmt: skip


def rows() -> list[list[str]]:
    """The cells of every word of the table."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if row[0] != "用 word" and not set(row[0]) <= set("-: ")]


def refused() -> dict[str, str]:
    """Word that is not used -> the word that is."""
    return {word: row[0] for row in rows() for word in row[3].split("、") if word}


def texts() -> dict[str, str]:
    """Everything in which people may read Chinese."""
    found = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*"))]
    found += [*sorted(ROOT.glob("*.md")), ROOT / "gridwhistle.py"]
    read = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in found
        if path.suffix in KINDS and path.is_file() and "vendor" not in path.parts and path != TABLE
    }
    return {name: text for name, text in read.items() if HAN.search(text)}


def test_what_is_not_chosen_stands_nowhere() -> None:
    words = refused()
    wrong = [
        f"{name}:{number}: {word} → {words[word]}: {line.strip()[:100]}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        for word in words
        if word in line and name not in ALLOWED.get(word, {})
    ]
    assert not wrong, "\n".join(wrong)


def test_disabled_parts_of_panels_alone_are_called_so() -> None:
    assert {name for name, text in texts().items() if "屏蔽" in text} <= PANEL


def test_every_exception_is_needed() -> None:
    read = texts()
    assert all(word in read[name] for word, names in ALLOWED.items() for name in names)
    assert all("屏蔽" in read[name] for name in PANEL)


def test_every_word_stands_once_and_has_both_languages() -> None:
    table = rows()
    assert len(table) > 40
    assert len({row[0] for row in table}) == len(table)
    assert all(len(row) == 4 and row[1] and re.search("[a-z]", row[2]) and HAN.search(row[2]) for row in table)
    assert not set(refused()) & {row[0] for row in table}
