"""Storing a new version of a section, inside the caller's transaction: whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cloud.plan import Plan, sections
from cloud.plan.errors import PlanError
from cloud.plan.sections import SECTIONS, Document, Documents, Read
from cloud.plans import versions
from cloud.plans.differences import Difference, differences
from cloud.plans.errors import FindingsOpen, PlanConflict, UnknownVersion
from cloud.plans.versions import VersionRow
from cloud.trust.account_rows import last_lost
from domain.coverage import Finding, findings, misplaced
from domain.grids import AreaError
from domain.succession import tree_of, with_former

DOCUMENT_MAX_BYTES = 32 << 20  # a district with 20,000 grids of a hundred points each
WHY_MAX, WHO_MAX = 2000, 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a document would do: the version it follows, what it changes, and what does not fit."""

    section: str
    number: int
    document: Document
    changes: tuple[Difference, ...]
    findings: tuple[Finding, ...]
    texts: tuple[str, ...]  # of the findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Trials of several documents together; they hold while the plan stands at these numbers."""

    numbers: Mapping[str, int]
    trials: tuple[Trial, ...]
    before: Read
    after: Read


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody wants a document to be the plan. `expected_number`: the version he was looking at."""

    section: str
    document: Document
    who: str
    why: str
    expected_number: int | None = None
    accept_findings: bool = False


def current(session: Session, plan: Plan) -> tuple[dict[str, Document], dict[str, int]]:
    """Documents and numbers as stored; what is not stored yet is as the plan has it."""
    numbers = versions.numbers(session)
    known = plan.read
    documents = {
        section: versions.document(session, section, numbers[section])
        if numbers.get(section, 0) != known.numbers.get(section, 0)
        else known.documents[section]
        for section in SECTIONS
    }
    return documents, numbers


def attempt(session: Session, plan: Plan, wanted: Documents) -> Attempt:
    """What documents would do together; changes nothing. Raises PlanError, UnknownVersion."""
    for section, document in wanted.items():
        _check_section(section)
        _check_size(section, document)
        sections.check_new(section, document)
    documents, numbers = current(session, plan)
    new = {section: succeeding(section, documents[section], document) for section, document in wanted.items()}
    before = read_stored(session, plan)
    read = sections.read({**documents, **new}, numbers, before=before)
    _check_kept(session, before, read)
    trials = tuple(_trial(read, section, documents[section]) for section in wanted)
    return Attempt(numbers=numbers, trials=trials, before=before, after=read)


def _check_kept(session: Session, before: Read, after: Read) -> None:
    """A roster gives the administrator's right as an account does, and takes it from the last one as little."""
    old, new = (before.roster, before.areas), (after.roster, after.areas)
    if lost := last_lost(session, old, new):
        raise PlanError(
            f"people: {', '.join(lost)} would be the last administrator to go, and nobody could keep accounts; "
            "make another administrator first · 这样就没有人能管账号了，请先另设一名管理员"
        )


def _trial(read: Read, section: str, before: Document) -> Trial:
    found = _findings(read, section)
    names = {area.id: area.name for area in read.areas.areas}
    return Trial(
        section=section,
        number=read.numbers.get(section, 0),
        document=read.documents[section],
        changes=differences(before, read.documents[section]),
        findings=found,
        texts=tuple(finding.text(names) for finding in found),
    )


def _findings(read: Read, section: str) -> tuple[Finding, ...]:
    if section == "areas":
        return findings(read.areas)
    if section == "facilities":
        return misplaced([*read.facilities.buildings, *read.facilities.facilities], read.areas)
    return ()


def prepare(session: Session, plan: Plan, wishes: Sequence[Wish]) -> Attempt:
    """What is to be stored. It takes seconds where a district is large, so nobody waits for it: no lock is held.

    Raises PlanError, PlanConflict, FindingsOpen, UnknownVersion.
    """
    for wish in wishes:
        _check_reason(wish)
    attempted = attempt(session, plan, {wish.section: wish.document for wish in wishes})
    for wish, trial in zip(wishes, attempted.trials, strict=True):
        if wish.expected_number is not None and wish.expected_number != trial.number:
            raise PlanConflict(wish.section, trial.number)
        if any(finding.open for finding in trial.findings) and not wish.accept_findings:
            raise FindingsOpen(trial.texts)
    return attempted


def store(session: Session, wishes: Sequence[Wish], attempted: Attempt, at_ms: int) -> bool:
    """Store each as its section's next version, if it changes anything; False where the plan has moved on meanwhile.

    Raises PlanError where an account was taken away meanwhile, and nobody could keep accounts any more.
    """
    if versions.numbers(session) != attempted.numbers:
        return False
    _check_kept(session, attempted.before, attempted.after)
    for wish, trial in zip(wishes, attempted.trials, strict=True):
        if trial.changes or not trial.number:
            _append(session, wish, trial, at_ms)
    return True


def _append(session: Session, wish: Wish, trial: Trial, at_ms: int) -> None:
    new = VersionRow(section=wish.section, number=trial.number + 1, at_ms=at_ms, who=wish.who, why=wish.why)
    try:
        versions.append(session, new, trial.document)
    except IntegrityError:
        raise PlanConflict(wish.section, new.number) from None


def read_current(session: Session, plan: Plan) -> Read:
    """The stored plan, read. Raises PlanError."""
    documents, numbers = current(session, plan)
    return sections.read(documents, numbers, before=plan.read)


def read_stored(session: Session, plan: Plan) -> Read:
    """The stored plan, read only where it is not the one in use; that one where it cannot be read."""
    if versions.numbers(session) == plan.read.numbers:
        return plan.read
    try:
        return read_current(session, plan)
    except PlanError:
        return plan.read


def read_section(session: Session, plan: Plan, section: str) -> tuple[int, Document]:
    """(number, document) as stored now. Raises UnknownVersion."""
    _check_section(section)
    documents, numbers = current(session, plan)
    return numbers.get(section, 0), documents[section]


def succeeding(section: str, before: Document, document: Document) -> Document:
    """The document as it follows another one: areas remember the codes they give away. Raises PlanError."""
    if section != "areas":
        return document
    try:
        old = tree_of(before)
    except AreaError:  # of another release: what cannot be read has no codes to remember
        return document
    try:
        return with_former(old, document)
    except AreaError as error:
        raise PlanError(f"areas: {error}") from None


def _check_section(section: str) -> None:
    if section not in SECTIONS:
        raise UnknownVersion(f"no section {section}; sections: {', '.join(SECTIONS)} · 没有这个部分")


def _check_size(section: str, document: Mapping[str, object]) -> None:
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError, UnicodeEncodeError) as error:
        raise PlanError(f"{section}: not a JSON document: {error} · 不是合法的 JSON 文档") from None
    if "\\u0000" in text:  # PostgreSQL keeps no text with it
        raise PlanError(f"{section}: holds the character NUL; take it out · 含有空字符")
    if not isinstance(document, dict) or size > DOCUMENT_MAX_BYTES:
        raise PlanError(f"{section}: must be a table of at most {DOCUMENT_MAX_BYTES >> 20} MB · 内容过大或不是对象")


def _check_reason(wish: Wish) -> None:
    if not wish.why.strip() or len(wish.why) > WHY_MAX or not wish.why.isprintable():
        raise PlanError(
            f"why: say in one line of 1 to {WHY_MAX} letters why it changes; it stays in the history · 请写明变更原因"
        )
    if not wish.who or len(wish.who) > WHO_MAX:
        raise PlanError("who: the change needs somebody who answers for it · 缺少操作人")
