"""Checks what `sayembara audit export` and `audit prove` wrote, without Sayembara.

    python verify_bundle.py FILE [--key KEY] [--older CHECKPOINT-FILE ...] [--witness KEY ...]

It needs Python 3.11 and the package `cryptography`, and shares no code with what made the file:
it is a second reading of the same rules. Exit code 0 when nothing is wrong. Give the log's public
KEY as you know it from elsewhere, and checkpoints that you kept: without them a file that was made
anew from the first line on looks right.
"""

import argparse
import ast
import copy
import json
import re
import sys
from base64 import b64decode
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DEFAULT_STEPS = [{"id": "score", "formula": "round(mean(weighted(mark), juror), 2)"}]

Line = dict[str, Any]
Cell = frozenset[tuple[str, str]]
"""What a number is of: ("juror", "a") and ("criterion", "idea"), or nothing where it is alone."""
Value = dict[Cell, Fraction]
ALONE: Cell = frozenset()
Work = Callable[[Fraction, Fraction], Fraction | None]
Steps = dict[str, dict[str, Value]]
"""For each proposal, what each step of a stage comes to, by its full name `stage.desk.score`."""
SIGNS, COSIGNS = 1, 4
"""The two kinds of Ed25519 keys of signed notes: of the log itself, and of a witness."""
UNREADABLE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    StopIteration,
    SyntaxError,
    RecursionError,
)
"""What reading a file may raise that nobody wrote in good faith."""


BOOKS = ("edition.opened", "rulebook.amended")
SET_ASIDE = ("message.parked", "message.retried", "message.discarded")
"""What a service says of a message that it could not take."""


SAID_BY = {
    **dict.fromkeys(BOOKS, "submission"),
    "proposal.admitted": "submission",
    "proposal.withdrawn": "submission",
    "proposal.disqualified": "submission",
    "juror.seated": "evaluation",
    "juror.recused": "evaluation",
    "sheet.submitted": "evaluation",
    "sheet.amended": "evaluation",
    "stage.decided": "ranking",
    "stage.ranked": "ranking",
    "proposal.advanced": "ranking",
    "proposal.eliminated": "ranking",
    "proposal.awarded": "ranking",
}
"""Whose word it is from which the results are worked out here."""


class Broken(Exception):
    """What is wrong with one thing; the rest is still looked at."""


class NotKnown(Exception):
    """What a stage asks for and this file does not work out."""


def canonical(value: Any) -> str:
    """RFC 8785, for what an event holds: no number of it is a fraction."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(key)}:{canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float):
        raise Broken(f"{value} is a binary fraction, which no event holds")
    return json.dumps(value, ensure_ascii=False)


def digest(value: Any) -> str:
    """How Sayembara names content: the SHA-256 of its canonical form."""
    return "sha256:" + sha256(canonical(value).encode()).hexdigest()


def leaf_hash(line: Line) -> bytes:
    """The hash of a message as a leaf (RFC 6962): its place, its headers, its body's hash."""
    facts = {name: line[name] for name in ("position", "subject", "headers")}
    body = body_of(line)
    facts["sha256"] = line["sha256"] if body is None else sha256(body).hexdigest()
    return sha256(b"\0" + canonical(facts).encode()).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\1" + left + right).digest()


def body_of(line: Line) -> bytes | None:
    """The body of a message; None where only its hash is told."""
    if "body64" in line:
        return b64decode(line["body64"], validate=True)
    return line["body"].encode() if "body" in line else None


def left_of(size: int) -> int:
    """How many leaves stand on the left: the greatest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)


def root_by(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root to which an inclusion proof leads (RFC 6962, 2.1.1, read backwards)."""
    if size == 1:
        return leaf if not proof else b""
    if not proof:
        return b""
    left, beside = left_of(size), proof[-1]
    if index < left:
        return node_hash(root_by(leaf, index, left, proof[:-1]), beside)
    return node_hash(beside, root_by(leaf, index - left, size - left, proof[:-1]))


def roots_by(
    old: int, size: int, old_root: bytes, proof: list[bytes], whole: bool = True
) -> tuple[bytes, bytes]:
    """The two roots to which a consistency proof leads (2.1.2); takes from the proof."""
    if old == size:
        known = old_root if whole else proof.pop()
        return known, known
    left, beside = left_of(size), proof.pop()
    if old <= left:
        before, after = roots_by(old, left, old_root, proof, whole)
        return before, node_hash(after, beside)
    before, after = roots_by(old - left, size - left, old_root, proof, False)
    return node_hash(beside, before), node_hash(beside, after)


class Roots:
    """The root over all leaves so far, and over as many as were asked for beforehand."""

    def __init__(self, sizes: Iterable[int]) -> None:
        self.size, self.wanted = 0, set(sizes)
        self.peaks: list[tuple[int, bytes]] = []
        self.at: dict[int, bytes] = {0: sha256().digest()}

    def add(self, leaf: bytes) -> None:
        """One more leaf."""
        height = 0
        while self.peaks and self.peaks[-1][0] == height:
            leaf, height = node_hash(self.peaks.pop()[1], leaf), height + 1
        self.peaks.append((height, leaf))
        self.size += 1
        if self.size in self.wanted:
            found = self.peaks[-1][1]
            for _, peak in reversed(self.peaks[:-1]):
                found = node_hash(peak, found)
            self.at[self.size] = found


def checkpoint(note: str, key: str) -> tuple[str, int, bytes]:
    """The name, size and root that were signed with this key; Broken when they were not."""
    text, _ = signature(note, key, SIGNS)
    try:
        origin, size, root = text.split("\n")[:3]
        return origin, int(size), b64decode(root, validate=True)
    except ValueError as error:
        raise Broken(f"the checkpoint cannot be read: {error}") from None


def signature(note: str, key: str, kind: int) -> tuple[str, int]:
    """What was signed with this key of that kind, and when: 0 if that is not said. Else Broken."""
    name, key_id, public = key_of(key)
    try:
        text, below = note.rstrip("\n").rsplit("\n\n", 1)
        text += "\n"
        expected = sha256(f"{name}\n".encode() + public).digest()[:4]
        if expected.hex() != key_id or public[0] != kind:
            whose = "the log" if kind == SIGNS else "a witness"
            raise Broken(f"{key} is no key of {whose}, or its id is not {key_id}")
        for line in below.split("\n"):
            _, signer, blob = line.split(" ")
            signed = b64decode(blob, validate=True)
            if (signer, signed[:4]) == (name, expected):
                return text, _verified(text, signed[4:], public)
    except (ValueError, IndexError):
        raise Broken("the checkpoint cannot be read: it is no signed note") from None
    except InvalidSignature:
        raise Broken(
            f"the signature of the checkpoint is not of this key: forged? ({key})"
        ) from None
    raise Broken(f"the checkpoint is not signed with the key {key}")


def key_of(key: str) -> tuple[str, str, bytes]:
    """The name, the id and the bytes of a public key; Broken when it is none."""
    try:
        name, key_id, material = key.strip().split("+", 2)
        return name, key_id, b64decode(material, validate=True)
    except ValueError:
        raise Broken(f"{key} is no public key: name+id+base64") from None


def _verified(text: str, signed: bytes, public: bytes) -> int:
    known = Ed25519PublicKey.from_public_bytes(public[1:])
    if public[0] == SIGNS:
        known.verify(signed, text.encode())
        return 0
    # cosignature/v1: a witness signs the time with the text.
    time = int.from_bytes(signed[:8], "big")
    known.verify(signed[8:], f"cosignature/v1\ntime {time}\n{text}".encode())
    return time


class Report:
    """What was found, one line each."""

    def __init__(self) -> None:
        self.wrong = 0

    def good(self, text: str) -> None:
        """Checked, and right."""
        self.say("ok    ", text)

    def said(self, text: str) -> None:
        """Not checked, or not here."""
        self.say("note  ", text)

    def bad(self, text: str) -> None:
        """Wrong."""
        self.wrong += 1
        self.say("WRONG ", text)

    def say(self, mark: str, text: str) -> None:
        """One line, whatever the file holds: nothing in it may move the cursor or add a line."""
        print(mark, "".join(each if each.isprintable() else "?" for each in text))

    def check(self, right: bool, good: str, bad: str) -> None:
        """One or the other."""
        (self.good if right else self.bad)(good if right else bad)


class Log:
    """The events of the edition, in order."""

    def __init__(self, edition: str, report: Report) -> None:
        self.edition, self.report, self.next = edition, report, 1
        self.events: list[tuple[int, str, Line]] = []
        self.ids: dict[str, int] = {}
        self.versions: dict[tuple[Any, ...], int] = {}

    def take(self, position: int, subject: str, headers: dict[str, str], body: bytes) -> None:
        """One event: whoever says it may, it says what its subject says, and it is there once."""
        kind, source, name = (headers.get(f"ce-{each}", "") for each in ("type", "source", "id"))
        here = f"position {position} ({kind})"
        try:
            data = json.loads(body)
            _, service, edition, entity, _, fact = subject.split(".")
            # What any service may say, as of a message that it set aside, names the service.
            speaker = data.get("service", service) if entity == "message" else service
            said = (source, speaker, data["edition"], *kind.split(".")[:2])
        except UNREADABLE:
            self.report.bad(f"{here} cannot be read as an event")
            return
        if said != (f"/sayembara/{service}", service, edition, entity, fact):
            self.report.bad(f"{here} says other things in its headers than in its subject")
        if SAID_BY.get(f"{entity}.{fact}", service) != service:
            self.report.bad(f"{here} is said by {service}, which may not say it")
        if self.ids.setdefault(name, position) != position:
            self.report.bad(f"{here} has the id of position {self.ids[name]}")
        if entity == "sheet":
            whose = tuple(data.get(each) for each in ("stage", "proposal", "juror", "part"))
            if data["version"] != self.versions.get(whose, 0) + 1:
                self.report.bad(f"{here}: version {data['version']} of a sheet does not follow")
            self.versions[whose] = data["version"]
        self.events.append((position, f"{entity}.{fact}", data))

    def of(self, kind: str, **facts: Any) -> list[Line]:
        """The events of that kind, with these facts."""
        return [data for _, each, data in self.events if each == kind and _has(data, facts)]

    def rulebook(self) -> tuple[Line, str]:
        """The last rulebook, with its digest."""
        last = [each for kind in BOOKS for each in self.of(kind)][-1]
        return last["rulebook"], last["rulebook_digest"]

    def left_out(self, before: int) -> dict[int, Line]:
        """What ranking had not taken for good when it said its event at `before`, and why.

        By the position of the message: what the operator discarded, and what a rule had refused.
        What failed otherwise it waits for before it ranks: so that counts.
        """
        last = {
            data["position"]: {**data, "became": kind}
            for position, kind, data in self.events
            if kind in SET_ASIDE and position < before and data["service"] == "ranking"
        }
        return {at: each for at, each in last.items() if is_left_out(each)}

    def as_taken(self, until: int, before: int) -> "Log":
        """The events up to `until` that ranking had taken when it said its event at `before`."""
        found, out = copy.copy(self), self.left_out(before)
        found.events = [each for each in self.events if each[0] <= until and each[0] not in out]
        return found


def is_left_out(became: Line) -> bool:
    """Whether a message does not count of which ranking said this last."""
    said = became["became"], became.get("outcome")
    return said in (("message.discarded", None), ("message.parked", "refused"))


def _has(data: Line, facts: Line) -> bool:
    return all(data.get(name) == value for name, value in facts.items())


def read_bundle(lines: Iterator[str], key: str | None, kept: list[str], report: Report) -> Log:
    """Check every line against the checkpoint; gives the events of the edition."""
    head = json.loads(next(lines))
    if head.get("format") != "sayembara-bundle-1":
        raise Broken(f"the file is no bundle, but {head.get('format')}")
    _, size, root = signed(head, key, report)
    olders = kept_ones(kept, key or head["key"])
    roots = Roots([size, *(older for _, older, _ in olders)])
    log = Log(head["edition"], report)
    for number, text in enumerate(lines, 2):
        try:
            check_line(json.loads(text), roots, size, root, log)
        except UNREADABLE as error:
            raise Broken(f"line {number} of the file cannot be read: {_named(error)}") from None
    report.check(
        roots.size == size and roots.at.get(size) == root,
        f"all {size} messages of the log are here: none is left out, put in or changed",
        f"the {roots.size} messages here are not the {size} that were signed",
    )
    if "older" in head:
        check_grown(head["older"], key or head["key"], size, root, report)
    for _, older, old_root in olders:
        same = old_root == roots.at.get(older)
        text = f"the log begins with the {older} messages of the checkpoint that you kept"
        more = f"; this file has {size}, so ask for a newer one" if older > size else ""
        report.check(same, text, f"not so: {text}{more}")
    return log


def kept_ones(notes: list[str], key: str) -> list[tuple[str, int, bytes]]:
    """What the checkpoints say that somebody kept; Broken when one is none of this log."""
    found = []
    for number, note in enumerate(notes, 1):
        try:
            found.append(checkpoint(note, key))
        except Broken as error:
            raise Broken(f"--older, number {number}: {error}") from None
    return found


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def check_witnesses(notes: list[str], witnesses: list[str], report: Report) -> None:
    """Up to where each of these witnesses has seen the log, by whichever note it has signed.

    What was exported a moment ago no witness has seen yet; the checkpoint before, it may have.
    """
    for key in witnesses:
        name, seen, wrong = key.split("+", 1)[0], [], []
        for note in notes:
            try:
                text, time = signature(note, key, COSIGNS)
                seen.append((int(text.split("\n")[1]), time))
            except Broken as error:
                wrong.append(str(error))
        if not seen:
            report.bad(f"the witness {name}: {wrong[0]}")
            continue
        size, time = max(seen)
        when = f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC"
        report.good(f"the witness {name} has seen the log up to {size} messages, at {when}")


def signed(head: Line, key: str | None, report: Report) -> tuple[str, int, bytes]:
    """What the checkpoint says; Broken when it is not signed."""
    found = checkpoint(head["checkpoint"], key or head["key"])
    report.good(f"the checkpoint over {found[1]} messages of {found[0]} is signed")
    if key is None:
        report.said(f"by the key in the file: compare it with the published one: {head['key']}")
    return found


def check_line(line: Line, roots: Roots, size: int, root: bytes, log: Log) -> None:
    """One message: where it stands, what was signed, and what it says of itself."""
    position, subject = line["position"], line["subject"]
    if position != log.next:
        log.report.bad(f"position {position} ({subject}) stands where {log.next} should")
    log.next = position + 1
    leaf = leaf_hash(line)
    roots.add(leaf)
    body = body_of(line)
    mine = [*subject.split("."), "", "", ""][2] == log.edition
    if mine and body is None:
        log.report.bad(f"position {position} ({subject}): an event of the edition without its body")
    if body is None:
        return
    proof = [b64decode(each) for each in line["proof"]]
    if root_by(leaf, position - 1, size, proof) != root:
        log.report.bad(f"position {position} ({subject}) is not what was signed")
    if mine:
        log.take(position, subject, line["headers"], body)


def check_grown(older: Line, key: str, size: int, root: bytes, report: Report) -> None:
    """Whether the log grew from what was signed before."""
    _, old, old_root = checkpoint(older["checkpoint"], key)
    proof = [b64decode(each) for each in older["proof"]]
    try:
        same = roots_by(old, size, old_root, proof) == (old_root, root) and not proof
    except IndexError:
        same = False
    text = f"the log grew from the {old} messages that were signed before"
    report.check(same, text, f"not so: {text}")


def check_rulebooks(log: Log) -> None:
    """Whether every rulebook has the digest that was announced with it."""
    before = None
    for each in (each for kind in BOOKS for each in log.of(kind)):
        known, found = each["rulebook_digest"], digest(each["rulebook"])
        right, wrong = f"the rulebook is {known}", f"the rulebook of {known} is in truth {found}"
        log.report.check(known == found, right, wrong)
        if each.get("before") != before:
            log.report.bad(
                f"it amends the rulebook {each.get('before')}, and {before} was in force"
            )
        before = known


def check_left_out(log: Log) -> None:
    """Say which messages do not count in the end, who decided it, and why."""
    for position, each in sorted(log.left_out(log.next).items()):
        here = f"position {position} ({each['event_type']}) does not count"
        if each["became"] == "message.discarded":
            log.report.said(f"{here}: discarded by {each['by']}: {each['reason']}")
        else:
            text = f"{here}: ranking says that a rule refuses it: {each['reason']}"
            log.report.said(f"{text}: not worked out again")


def check_stage(log: Log, said_at: int, ranked: Line, earlier: Steps) -> None:
    """The published standings of a stage: their digest, and what the sheets come to."""
    stage = ranked["stage"]
    here = f"stage '{stage}'"
    taken = log.as_taken(ranked["position"], said_at)
    rulebook, book_digest = taken.rulebook()
    decided = bool(log.of("stage.decided", stage=stage))
    rows = published(log, stage, decided)
    content = {
        "edition": log.edition,
        "stage": stage,
        "rulebook": book_digest,
        "final": True,
        "rows": rows,
    }
    found = digest(content)
    log.report.check(
        found == ranked["digest"] and len(rows) == ranked["proposals"],
        f"{here}: the published results have the digest {found}",
        f"{here}: {ranked['digest']} was published, the results come to {found}",
    )
    rule = next(each for each in rulebook["stages"] if each["id"] == stage)
    check_awards(log, rulebook, stage, rows)
    try:
        standing = Standing(taken, rulebook, rule, earlier)
    except NotKnown as error:
        log.report.said(f"{here}: not worked out again, for this is not read here: {error}")
        return
    standing.add_to(earlier)
    compare(log, rule, rows, standing.rows(), decided)


def published(log: Log, stage: str, decided: bool) -> list[Line]:
    """The rows of the standings, from what was said of each proposal."""
    rows = []
    for advanced, kind in ((True, "proposal.advanced"), (False, "proposal.eliminated")):
        for each in log.of(kind, stage=stage):
            score = each["score"]
            row = {
                "proposal": each["proposal"],
                "rank": each["rank"],
                "score": None if score is None else format(Decimal(score), "f"),
                "advanced": advanced,
            }
            if decided:
                row["computed"] = each.get("computed_rank") or each["rank"]
            rows.append(row)
    return sorted(rows, key=_order)


def _order(row: Line) -> tuple[bool, int, str]:
    return (row["rank"] is None, row["rank"] or 0, row["proposal"])


class Formula:
    """One formula of a rulebook, worked out exactly over what is known by name."""

    def __init__(self, text: str, known: dict[str, Value]) -> None:
        self.text, self.known = " ".join(text.split()), known

    def value(self) -> Value:
        """What it comes to; NotKnown where it asks for something else."""
        return self.of(ast.parse(self.text, mode="eval").body)

    def of(self, node: ast.expr) -> Value:
        """What a part of it comes to."""
        match node:
            case ast.Constant():
                # As it is written: Python has made a binary fraction of it.
                return {ALONE: Fraction(self.source(node))}
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return {cell: -number for cell, number in self.of(operand).items()}
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return joined(OPERATORS[type(op)], self.of(left), self.of(right))
            case ast.Name() | ast.Attribute() if self.source(node) in self.known:
                return self.known[self.source(node)]
            case ast.Call(func=ast.Name(id=name), args=[first, *more]):
                return self.called(name, self.of(first), more)
        raise NotKnown(self.source(node))

    def called(self, name: str, value: Value, more: list[ast.expr]) -> Value:
        """What a function makes of a value."""
        words = [self.source(each) for each in more]
        if name in ("mean", "median", "sum", "max", "min"):
            return {cell: OVER[name](list(found.values())) for cell, found in by(words[0], value)}
        if name == "weighted":
            return weighted(value, self.known["weight"])
        if name == "trim":
            return trimmed(value, words[0], int(words[1]), int(words[2]))
        if name == "round":
            mode = words[1] if len(words) > 1 else "half_up"
            return {cell: rounded(each, int(words[0]), mode) for cell, each in value.items()}
        if name in ("least", "greatest"):
            pick: Work = min if name == "least" else max
            return joined(pick, value, self.of(more[0]))
        raise NotKnown(f"{name}(...)")

    def source(self, node: ast.expr) -> str:
        """A part of it as it is written."""
        return ast.get_source_segment(self.text, node) or ""


def joined(work: Work, left: Value, right: Value) -> Value:
    """Cell by cell; what is not of a juror is the same for each of them, and so on."""
    found = {}
    for one, number in left.items():
        for other, beside in right.items():
            cell = one | other
            same = len({axis for axis, _ in cell}) == len(cell)
            if same and (number_found := work(number, beside)) is not None:
                found[cell] = number_found
    return found


OPERATORS: dict[type[ast.operator], Work] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right if right else None,
}


def by(axis: str, value: Value) -> Iterable[tuple[Cell, dict[str, Fraction]]]:
    """The numbers along an axis, for each cell of the others."""
    found: dict[Cell, dict[str, Fraction]] = {}
    for cell, number in value.items():
        along = dict(cell)
        index = along.pop(axis)
        found.setdefault(frozenset(along.items()), {})[index] = number
    return found.items()


def mean(numbers: list[Fraction]) -> Fraction:
    """The mean."""
    return sum(numbers, Fraction(0)) / len(numbers)


def median(numbers: list[Fraction]) -> Fraction:
    """The one in the middle; of two the mean."""
    ordered, half = sorted(numbers), len(numbers) // 2
    return ordered[half] if len(numbers) % 2 else mean(ordered[half - 1 : half + 1])


OVER: dict[str, Callable[[list[Fraction]], Fraction]] = {
    "mean": mean,
    "median": median,
    "sum": lambda numbers: sum(numbers, Fraction(0)),
    "max": max,
    "min": min,
}


def weighted(value: Value, weights: Value) -> Value:
    """The mean over the criteria that were marked, each by its weight."""
    found = {}
    for cell, marks in by("criterion", value):
        weight = {name: weights[frozenset({("criterion", name)})] for name in marks}
        whole = sum(weight.values(), Fraction(0))
        found[cell] = sum((marks[name] * weight[name] for name in marks), Fraction(0)) / whole
    return found


def trimmed(value: Value, axis: str, lowest: int, highest: int) -> Value:
    """Without so many of the smallest and of the greatest along the axis."""
    found = {}
    for cell, numbers in by(axis, value):
        order = sorted(numbers, key=lambda index: (numbers[index], index))
        for index in order[lowest : max(lowest, len(order) - highest)]:
            found[cell | {(axis, index)}] = numbers[index]
    return found


def rounded(number: Fraction, places: int, mode: str) -> Fraction:
    """With so many decimals; `half_up` takes a half away from zero."""
    size, rest = divmod(abs(number) * 10**places, 1)
    half = Fraction(1, 2)
    more = {
        "half_up": rest >= half,
        "half_even": rest > half or (rest == half and size % 2 == 1),
        "down": False,
        "up": rest > 0,
    }[mode]
    return Fraction(size + more, 10**places) * (1 if number >= 0 else -1)


def word(name: str) -> str:
    """An id as formulas write it."""
    return name.replace("-", "_")


class Standing:
    """The standings of a stage by what was taken of the log; `earlier` are steps of stages before.

    NotKnown where the stage asks for something that is not worked out here.
    """

    def __init__(self, log: Log, rulebook: Line, rule: Line, earlier: Steps) -> None:
        self.log, self.rule = log, rule
        self.first = rulebook["stages"][0]["id"] == rule["id"]
        self.score, self.breaks = rule.get("score", "score"), rule.get("tie_breaks", [])
        self.steps = {each["id"]: each["formula"] for each in rule.get("steps") or DEFAULT_STEPS}
        if rule.get("groups") or any(each.get("per") == "part" for each in rule["criteria"]):
            raise NotKnown("groups of jurors, or marks of parts")
        found = re.search(r",\s*(\d+)\s*(,\s*\w+\s*)?\)\s*$", self.steps[self.score])
        if not found:
            raise NotKnown(self.steps[self.score])
        self.places = int(found[1])
        self.sheets = self.newest_sheets()
        self.panels = {each["juror"]: each.get("panel") for each in self.events("juror.seated")}
        self.worked = {each: self.work_out(each, earlier.get(each, {})) for each in self.entrants()}

    def events(self, kind: str, **facts: Any) -> list[Line]:
        """What was said of this stage."""
        return self.log.of(kind, stage=self.rule["id"], **facts)

    def entrants(self) -> list[str]:
        """Who is in the stage: who was admitted or came on to it, and did not leave."""
        gone = self.proposals("proposal.withdrawn") | self.proposals("proposal.disqualified")
        if self.first:
            return sorted(self.proposals("proposal.admitted") - gone)
        return sorted(self.proposals("proposal.advanced", next_stage=self.rule["id"]) - gone)

    def proposals(self, kind: str, **facts: Any) -> set[str]:
        """The proposals of which that was said."""
        return {each["proposal"] for each in self.log.of(kind, **facts)}

    def newest_sheets(self) -> dict[str, dict[str, Line]]:
        """For each proposal its jurors' newest sheets, less those of jurors who stepped aside."""
        away = {(each["proposal"], each["juror"]) for each in self.events("juror.recused")}
        found: dict[str, dict[str, Line]] = defaultdict(dict)
        for kind in ("sheet.submitted", "sheet.amended"):
            for each in self.events(kind, part=None):
                proposal, juror = each["proposal"], each["juror"]
                before = found[proposal].get(juror, {"version": 0})
                if (proposal, juror) not in away and before["version"] < each["version"]:
                    found[proposal][juror] = each
        return found

    def known(self, proposal: str) -> dict[str, Value]:
        """What the first formula may name: marks and weights, and how many jurors."""
        sheets = self.sheets.get(proposal, {})
        found: dict[str, Value] = {
            "weight": {
                frozenset({("criterion", each["id"])}): Fraction(each.get("weight", "1"))
                for each in self.rule["criteria"]
            },
            "jurors": {ALONE: Fraction(len(sheets))},
        }
        panels = [None, *(each["id"] for each in self.rule.get("panels", []))]
        for panel in panels:
            prefix = "" if panel is None else f"panel.{word(panel)}."
            found[f"{prefix}mark"] = marks = {
                frozenset({("juror", juror), ("criterion", each["criterion"])}): Fraction(
                    each["value"]
                )
                for juror, sheet in sheets.items()
                if panel is None or self.panels.get(juror) == panel
                for each in sheet["marks"]
            }
            for each in self.rule["criteria"]:
                one = ("criterion", each["id"])
                found[f"{prefix}mark.{word(each['id'])}"] = {
                    cell - {one}: number for cell, number in marks.items() if one in cell
                }
        return found

    def work_out(self, proposal: str, earlier: dict[str, Value]) -> dict[str, Value]:
        """Every step for one proposal, in turn; each is known to those that follow."""
        known = {**self.known(proposal), **earlier}
        found = {}
        for name, formula in self.steps.items():
            known[name] = found[name] = Formula(formula, known).value()
        return found

    def add_to(self, earlier: Steps) -> None:
        """Keep the steps for the stages that follow."""
        prefix = f"stage.{word(self.rule['id'])}."
        for proposal, steps in self.worked.items():
            named = {f"{prefix}{name}": value for name, value in steps.items()}
            earlier.setdefault(proposal, {}).update(named)

    def rows(self) -> list[Line]:
        """Every proposal of the stage: its rank, its score, and whether it goes on by them."""
        scores = {each: steps[self.score].get(ALONE) for each, steps in self.worked.items()}
        merits = {each: self.merit(each) for each, score in scores.items() if score is not None}
        ranks = self.ranks(list(merits.values()))
        rows: list[Line] = []
        for name, score in scores.items():
            rank = None if score is None else ranks[merits[name]]
            goes = score is not None and self.goes_on(rank or 0, score, len(scores))
            text = None if score is None else self.text(score)
            rows.append({"proposal": name, "rank": rank, "score": text, "advanced": goes})
        return sorted(rows, key=_order)

    def merit(self, proposal: str) -> tuple[Fraction, ...]:
        """What a proposal is ranked by, the greatest first: its score, then what breaks ties."""
        steps = self.worked[proposal]
        score = steps[self.score][ALONE]
        breaks = [steps[each].get(ALONE, Fraction(0)) for each in self.breaks]
        return (-score if self.rule.get("first") == "smallest" else score, *breaks)

    def text(self, score: Fraction) -> str:
        """A score with all its decimals."""
        return format(Decimal(int(score * 10**self.places)).scaleb(-self.places), "f")

    def ranks(self, merits: list[tuple[Fraction, ...]]) -> dict[tuple[Fraction, ...], int]:
        """The rank of each: equal ones share it, and so does who is as close as is allowed."""
        tolerance = Fraction(self.rule.get("tolerance", "0"))
        ranks: dict[tuple[Fraction, ...], int] = {}
        best, group, rank = None, 0, 0
        for number, merit in enumerate(sorted(merits, reverse=True), 1):
            shares = best is not None and (
                best[0] - merit[0] <= tolerance if tolerance else best == merit
            )
            if not shares:
                best, group = merit, group + 1
                rank = group if self.rule.get("ties") == "dense" else number
            ranks[merit] = rank
        return ranks

    def goes_on(self, rank: int, score: Fraction, among: int) -> bool:
        """Whether rank and score let a proposal on, whatever the limits."""
        cut = self.rule.get("cut") or {}
        cut = cut if isinstance(cut, dict) else {"top": cut}
        enough = cut.get("least") is None or score >= Fraction(cut["least"])
        return enough and rank <= (cut.get("top") or among)


def compare(log: Log, rule: Line, rows: list[Line], computed: list[Line], decided: bool) -> None:
    """What was published beside what the sheets come to."""
    here, cut = f"stage '{rule['id']}'", rule.get("cut")
    by_limits = decided or (isinstance(cut, dict) and bool(cut.get("limits")))
    if decided:
        log.report.said(f"{here}: a panel decided; its computed ranks are compared")
        check_decision(log, rule["id"], rows)
        rows = [{**row, "rank": row["computed"]} for row in rows]
    elif by_limits:
        log.report.said(f"{here}: who goes on by the limits of its cut is not worked out again")
    names = ("rank", "score") if by_limits else ("rank", "score", "advanced")
    said = {row["proposal"]: [row[name] for name in names] for row in rows}
    found = {row["proposal"]: [row[name] for name in names] for row in computed}
    for name in sorted(said.keys() | found.keys()):
        if said.get(name) != found.get(name):
            text = f"{here}, '{name}': published {said.get(name)}, worked out {found.get(name)}"
            log.report.bad(f"{text} ({', '.join(names)})")
    if said == found:
        text = f"worked out again from the sheets, {', '.join(names)} of all {len(said)} are right"
        log.report.good(f"{here}: {text}")


def check_decision(log: Log, stage: str, rows: list[Line]) -> None:
    """Whether what was published is what the minute says."""
    decision = log.of("stage.decided", stage=stage)[-1]
    ranks = {row["proposal"]: row["rank"] for row in rows}
    right = all(ranks.get(each["proposal"]) == each["rank"] for each in decision.get("ranks", []))
    if decision.get("advanced") is not None:
        on = {row["proposal"] for row in rows if row["advanced"]}
        right = right and on == set(decision["advanced"])
    text = f"what the minute {decision['decision']['minute']} decides was published"
    log.report.check(right, f"stage '{stage}': {text}", f"stage '{stage}': not so: {text}")


def check_awards(log: Log, rulebook: Line, stage: str, rows: list[Line]) -> None:
    """Whether awards by rank went to whom the ranks say."""
    for award in rulebook.get("awards", []):
        if award["by"] == "rank" and award["stage"] == stage:
            among = range(award.get("first", 1), award["top"] + 1)
            due = {row["proposal"] for row in rows if row["rank"] in among}
            given = {each["proposal"] for each in log.of("proposal.awarded", award=award["id"])}
            text = f"the award '{award['id']}' went to {', '.join(sorted(given)) or 'nobody'}"
            log.report.check(given == due, text, f"{text}; by rank to {', '.join(sorted(due))}")


def check_all_follow(log: Log) -> None:
    """Whether every result and every award is of something that was looked at above."""
    ranked = {each["stage"] for each in log.of("stage.ranked")}
    for kind in ("proposal.advanced", "proposal.eliminated"):
        for stage in sorted({each["stage"] for each in log.of(kind)} - ranked):
            log.report.bad(f"stage '{stage}': {kind} was said, and the stage was never ranked")
    books = [each["rulebook"] for kind in BOOKS for each in log.of(kind)]
    awards = {each["id"]: each for book in books for each in book.get("awards", [])}
    given: dict[str, set[str]] = defaultdict(set)
    for each in log.of("proposal.awarded"):
        given[each["award"]].add(each["proposal"])
    for name, proposals in sorted(given.items()):
        rule, text = awards.get(name), f"the award '{name}' went to {', '.join(sorted(proposals))}"
        if rule is None:
            log.report.bad(f"{text}, and no rulebook has it")
        elif rule["by"] != "rank":
            log.report.said(f"{text}, by {rule['by']}: not worked out again")
        elif rule["stage"] not in ranked:
            log.report.bad(f"{text}, and the stage '{rule['stage']}' was never ranked")


def check_receipt(head: Line, key: str | None, kept: list[str], report: Report) -> None:
    """One message and its proof."""
    _, size, root = signed(head, key, report)
    for _, older, old_root in kept_ones(kept, key or head["key"]):
        if older != size:
            report.said(f"a receipt has no proof from the {older} messages that you kept to {size}")
        else:
            text = f"it is the checkpoint of {older} messages that you kept"
            report.check(old_root == root, text, f"not so: {text}")
    line = head["message"]
    proof = [b64decode(each) for each in line["proof"]]
    where = f"position {line['position']} ({line['subject']})"
    report.check(
        root_by(leaf_hash(line), line["position"] - 1, size, proof) == root,
        f"{where} is on the log as it stands here",
        f"{where} is not what was signed",
    )


def verify(
    file: Path, key: str | None, kept: list[str], witnesses: list[str], report: Report
) -> None:
    """Check the whole file; what is wrong is told to the report."""
    with file.open(encoding="utf-8") as lines:
        head = json.loads(next(lines, "null"))
        if not isinstance(head, dict):
            raise Broken("the file is empty, or no bundle and no receipt")
        notes = [head.get("checkpoint", "")]
        if head.get("format") == "sayembara-receipt-1":
            check_witnesses(notes, witnesses, report)
            check_receipt(head, key, kept, report)
            return
        # Whether these are of the same log is checked further down.
        notes += [head["older"]["checkpoint"]] if "older" in head else []
        check_witnesses([*notes, *kept], witnesses, report)
        lines.seek(0)
        log = read_bundle(iter(lines), key, kept, report)
    report.check(
        bool(log.of("edition.opened")),
        f"{len(log.events)} of them are of the edition '{log.edition}'",
        f"no edition '{log.edition}' was opened on this log",
    )
    check_rulebooks(log)
    check_left_out(log)
    earlier: Steps = {}
    for position, kind, data in log.events:
        if kind == "stage.ranked":
            check_stage(log, position, data, earlier)
    if not log.of("stage.ranked"):
        report.said("no stage is ranked yet")
    check_all_follow(log)


def main() -> int:
    """The command; gives its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", help="the public key of the log: name+id+base64")
    parser.add_argument("--older", type=Path, action="append", default=[], help="a signed note")
    parser.add_argument(
        "--witness", action="append", default=[], help="the public key of a witness"
    )
    given = parser.parse_args()
    report = Report()
    try:
        kept = [each.read_text("utf-8") for each in given.older]
        verify(given.file, given.key, kept, given.witness, report)
    except Broken as error:
        report.bad(str(error))
    except OSError as error:
        report.bad(f"{error.filename} cannot be read: {error.strerror}")
    except UNREADABLE as error:
        report.bad(f"the file cannot be read further: {_named(error)}")
    print(f"{report.wrong} wrong" if report.wrong else "nothing is wrong")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
