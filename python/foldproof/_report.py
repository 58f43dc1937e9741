# SPDX-License-Identifier: BSD-3-Clause
"""What `foldproof verify` found."""
from __future__ import annotations

import dataclasses
import html
import math
from typing import Any

from foldproof._program import FoldproofError


def _number(value: float | None) -> float:
    """A figure of the report, in which an infinite one is null."""
    return math.inf if value is None else value


@dataclasses.dataclass(frozen=True)
class Cause:
    """Why a tail differs: a stable name, the node where the two programs part, and the channels."""

    rule: str
    node: str
    channels: tuple[int, ...]
    share: float
    detail: str


@dataclasses.dataclass(frozen=True)
class Witness:
    """An input that shows the worst difference. `file` is None where it was not written."""

    level: str
    channel: int
    accumulator: int
    file: str | None
    confirmed: bool | None
    observed_lsb: float | None


@dataclasses.dataclass(frozen=True)
class Tail:
    """What happens to a convolution's sum up to one frontier: an output, or the operator that reads the value there
    (`place`). The figures are in LSB, steps of the quantizer there."""

    frontier: str
    verdict: str
    lsb: float
    channel: int
    accumulator: int
    reachable_lsb: float
    tolerance_lsb: float
    causes: tuple[Cause, ...]
    witness: Witness | None
    reason: str
    place: str = ""


@dataclasses.dataclass(frozen=True)
class Site:
    """A convolution before the fold and the same one after. `module` is where it comes from, as its author named
    it ("features.0"), or empty where the program does not say."""

    before_conv: str
    after_conv: str
    channels: int
    verdict: str
    tails: tuple[Tail, ...]
    module: str = ""

    @property
    def name(self) -> str:
        """The convolution for people: "conv2d (features.0)"."""
        return f"{self.before_conv} ({self.module})" if self.module else self.before_conv


@dataclasses.dataclass(frozen=True)
class Structure:
    """A fault of structure, such as a chain that survives; also what an external pass did wrong."""

    rule: str
    node: str
    detail: str
    only_after: bool


def _tail(tail: dict[str, Any], domain: str) -> Tail:
    witness = tail.get("witness")
    worst = tail.get(domain) or tail["calibrated"]
    return Tail(
        frontier=tail["frontier"], verdict=tail["verdict"], lsb=_number(worst["lsb"]),
        channel=worst["channel"], accumulator=worst["accumulator"],
        reachable_lsb=_number(tail["reachable"]["lsb"]), tolerance_lsb=_number(tail["tolerance_lsb"]),
        causes=tuple(Cause(c["rule"], c["node"], tuple(c["channels"]), c["share"], c.get("detail", ""))
                     for c in tail["causes"]),
        witness=witness and Witness(witness["level"], witness["channel"], witness["accumulator"], witness["file"],
                                    witness["confirmed"], witness["observed_lsb"]),
        reason=tail.get("reason") or "", place=tail["place"])


def _lsb(value: float) -> str:
    return f"{value:.4g}"


_STYLE = {"equal": "#1a7f37", "within": "#1a7f37", "differs": "#cf222e", "unproved": "#9a6700"}


@dataclasses.dataclass(frozen=True, repr=False)
class Report:
    """A verdict, and what it stands on.

    `verdict` is "equal", "within", "differs" or "unproved"; `holds` is True for the first two (and for an
    unproved one with allow_unproved). `json` is the whole report, with every figure of every channel.
    """

    verdict: str
    exit_code: int
    sites: tuple[Site, ...]
    structure: tuple[Structure, ...]
    summary: str
    json: dict[str, Any] = dataclasses.field(repr=False)

    @classmethod
    def of(cls, report: dict[str, Any], summary: str = "") -> Report:
        """The Report of what `foldproof verify --json` wrote, and of its summary."""
        domain = report["gate"]["domain"]
        sites = tuple(Site(s["before_conv"], s["after_conv"], s["channels"], s["verdict"],
                           tuple(_tail(t, domain) for t in s["tails"]), s.get("module", "")) for s in report["sites"])
        structure = tuple(Structure(f["rule"], f["node"], f["detail"], f["only_after"]) for f in report["structure"])
        return cls(report["verdict"], report["exit_code"], sites, structure, summary, report)

    @property
    def holds(self) -> bool:
        """Whether the fold keeps the numbers."""
        return self.exit_code == 0

    def __bool__(self) -> bool:
        """The same, so that `assert foldproof.verify(before, after)` fails where it does not."""
        return self.holds

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be read beside the verdict: that the two programs may have been swapped, or inputs hold NaN."""
        return tuple(self.json.get("notes", ()))

    @property
    def provisos(self) -> tuple[str, ...]:
        """What a verdict that holds leaves open, a clause each."""
        return tuple(self.json.get("assumptions", {}).get("provisos", ()))

    @property
    def worst(self) -> Tail:
        """The tail that is furthest over its tolerance among those of the worst verdict.

        Raises:
            FoldproofError: the report has no tail, as where `structure` alone says what is wrong.
        """
        order = ["equal", "within", "unproved", "differs"]
        tails = [tail for site in self.sites for tail in site.tails]
        if not tails:
            raise FoldproofError(f"worst: no tail was judged; the verdict is {self.verdict}")
        return max(tails, key=lambda t: (order.index(t.verdict), t.lsb - t.tolerance_lsb))

    @property
    def largest_lsb(self) -> float:
        """The largest difference of any tail over the gate's domain, in LSB.

        It is infinite where some tail is not decided, or where nothing was judged and the program does not hold.
        """
        tails = [tail for site in self.sites for tail in site.tails]
        undecided = any(tail.verdict == "unproved" for tail in tails) or (not tails and not self.holds)
        return math.inf if undecided else max((tail.lsb for tail in tails), default=0.0)

    def __repr__(self) -> str:
        """The headline: what pytest shows of `assert foldproof.verify(before, after)`."""
        return f"<foldproof.{type(self).__name__} {str(self).splitlines()[0]}>"

    def __str__(self) -> str:
        return self.summary or f"{self.verdict}: {len(self.sites)} sites"

    def _repr_html_(self) -> str:
        """The report in a notebook: a row for each tail."""
        rows = []
        for site in self.sites:
            for tail in site.tails:
                why = "; ".join(f"{cause.rule} at {cause.node}" for cause in tail.causes) or tail.reason
                witness = tail.witness.file if tail.witness and tail.witness.file else ""
                cells = [site.name, tail.place, tail.verdict, _lsb(tail.lsb), _lsb(tail.reachable_lsb),
                         _lsb(tail.tolerance_lsb), str(tail.channel), why, witness]
                rows.append("<tr>" + "".join(
                    f'<td style="color:{_STYLE.get(tail.verdict, "inherit")}">{html.escape(cell)}</td>' if i == 2
                    else f"<td>{html.escape(cell)}</td>" for i, cell in enumerate(cells)) + "</tr>")
        for fault in self.structure:
            new = "new" if fault.only_after else "before too"
            rows.append(f'<tr><td colspan="9">{html.escape(fault.rule)} at {html.escape(fault.node)} ({new}): '
                        f"{html.escape(fault.detail)}</td></tr>")
        heads = ["Site", "Frontier", "Verdict", f"LSB, {self.json['gate']['domain'] if self.json else 'gate'}",
                 "LSB, all inputs", "LSB, allowed", "Channel", "Cause", "Witness"]
        head = "".join(f"<th>{name}</th>" for name in heads)
        colour = _STYLE.get(self.verdict, "inherit")
        return (f'<div><b style="color:{colour}">{html.escape(self.verdict)}</b>, {len(self.sites)} sites'
                f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>")
