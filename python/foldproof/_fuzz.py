# SPDX-License-Identifier: BSD-3-Clause
"""`foldproof fuzz` on a pass of this process, or on a command."""
from __future__ import annotations

import dataclasses
import html
import json
import os
import pathlib
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
import warnings
from typing import IO, Any, NoReturn, Union

from foldproof._keywords import hinted
from foldproof._program import check, environment, program
from foldproof._worker import Pass, serve


@dataclasses.dataclass(frozen=True)
class FuzzFailure:
    """One cause: a rule, what the plainest program needs to show it, and the folder of that case."""

    rule: str
    count: int
    needs: tuple[str, ...]
    node: str
    detail: str
    case: str | None


@dataclasses.dataclass(frozen=True, repr=False)
class FuzzReport:
    """What became of the cases. `json` is the whole report, with the coverage of the dimensions."""

    cases: int
    proved: int
    refused: int
    unproved: int
    failed: int
    internal_errors: int
    seconds: float
    failures: tuple[FuzzFailure, ...]
    summary: str
    json: dict[str, Any] = dataclasses.field(repr=False)

    @property
    def holds(self) -> bool:
        """Whether there was a case, none failed, and foldproof itself did not either."""
        return self.cases > 0 and self.failed == 0 and not self.internal_errors

    def __bool__(self) -> bool:
        """The same, so that `assert foldproof.fuzz(my_pass)` fails where a case does."""
        return self.holds

    def _headline(self) -> str:
        said = f"{self.cases} cases: {self.proved} proved, {self.refused} refused, {self.unproved} unproved, {self.failed} failed"
        return said + (f", {self.internal_errors} internal errors" if self.internal_errors else "")

    def __repr__(self) -> str:
        """The counts in a line."""
        return f"<foldproof.FuzzReport {self._headline()}>"

    def __str__(self) -> str:
        return self.summary or self._headline()

    def _repr_html_(self) -> str:
        """The report in a notebook: a row for each cause."""
        rows = [(failure.rule, str(failure.count), ", ".join(failure.needs), failure.node, failure.detail, failure.case or "")
                for failure in self.failures]
        head = "".join(f"<th>{name}</th>" for name in ("Rule", "Cases", "Needs", "Node", "Detail", "Kept in"))
        body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if rows else ""
        return f"<div><b>{html.escape(self._headline())}</b>{table}</div>"

    @classmethod
    def of(cls, report: dict[str, Any], summary: str = "") -> FuzzReport:
        """The FuzzReport of what `foldproof fuzz --json` wrote."""
        failures = tuple(FuzzFailure(f["rule"], f["count"], tuple(f["needs"]), f["node"], f["detail"], f["case"])
                         for f in report["failures"])
        counts = {name: report[name] for name in ("cases", "proved", "refused", "unproved", "failed")}
        return cls(**counts, internal_errors=report.get("internal_errors", 0), seconds=report["run"]["seconds"], failures=failures, summary=summary, json=report)


def _serve_child(fold: Pass, connection: socket.socket) -> NoReturn:
    """In a process of its own: serves one connection, and ends with it."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        with connection.makefile("r", encoding="utf-8") as requests, \
                connection.makefile("w", encoding="utf-8") as answers:
            serve(fold, requests, answers, str(getattr(fold, "__name__", "pass")))
        code = 0
    except (BrokenPipeError, ConnectionResetError):
        code = 0  # the program has what it wants
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


class _Host:
    """Gives each worker that the program starts a fork of this process, which has the pass."""

    def __init__(self, fold: Pass, folder: pathlib.Path) -> None:
        self._fold = fold
        self._listener = socket.socket(socket.AF_UNIX)
        self._path = str(folder / "socket")
        self._listener.bind(self._path)
        self._listener.listen()
        self._children: dict[int, socket.socket] = {}

    @property
    def command(self) -> str:
        bridge = pathlib.Path(__file__).parent / "_bridge.py"
        return shlex.join([sys.executable, "-I", "-S", str(bridge), self._path])

    def attend(self, seconds: float) -> None:
        """Waits so long for a new worker; ends the processes whose worker is gone, and the reverse."""
        for child in list(self._children):
            if os.waitpid(child, os.WNOHANG)[0] == child:
                self._children.pop(child).close()  # so that its bridge sees the end
        watched: list[socket.socket] = [self._listener, *self._children.values()]
        ready, _, _ = select.select([self._listener], [], [], seconds)
        if ready:
            connection, _ = self._listener.accept()
            sys.stdout.flush()
            sys.stderr.flush()
            child = os.fork()
            if child == 0:
                for other in watched:
                    other.close()
                _serve_child(self._fold, connection)
            self._children[child] = connection
        for child, connection in list(self._children.items()):
            hung_up = select.poll()
            hung_up.register(connection, select.POLLRDHUP | select.POLLHUP)
            if any(events & select.POLLHUP for _, events in hung_up.poll(0)):
                self._end(child)

    def _end(self, child: int) -> None:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self._children.pop(child).close()

    def close(self) -> None:
        for child in list(self._children):
            self._end(child)
        self._listener.close()


def _name_of(fold: Pass) -> str:
    """What reports call a callable: "my_module.my_pass"."""
    name = getattr(fold, "__qualname__", None) or type(fold).__qualname__
    module = getattr(fold, "__module__", None)
    return f"{module}.{name}" if module else str(name)


def _warn_of_nothing_folded(name: str, report: FuzzReport) -> None:
    """A callable that forgets to return the program looks like a pass that refuses whatever it is given."""
    changed = report.proved + report.unproved + sum(failure.rule != "chain-survives" for failure in report.failures)
    if report.cases > 0 and changed == 0:
        warnings.warn(f"{name} changed none of the {report.cases} programs; a pass that works in place returns the program, for "
                      "None says that it changed nothing", stacklevel=4)


def _run(command: list[str], host: _Host | None, out: IO[str], errors: IO[str], quiet: bool) -> int:
    # In a session of its own a Ctrl-C of the terminal reaches it once, from here.
    with subprocess.Popen(command, stdout=out, stderr=errors if quiet else None, start_new_session=True,
                          env=environment()) as process:
        interrupts = 0
        while True:
            try:
                while process.poll() is None:
                    if host is None:
                        process.wait()
                    else:
                        host.attend(0.05)
                return process.returncode
            except KeyboardInterrupt:
                # The program ends with what it has found, as in a terminal; after a third time it is left alone.
                interrupts += 1
                if interrupts > 2:
                    process.kill()
                    raise
                process.send_signal(signal.SIGINT)
            except BaseException:
                process.kill()
                raise


@hinted("fuzz")
def fuzz(fold: Union[Pass, str], *, cases: int | None = None, seconds: float | None = None, seed: int = 1,
         workers: int = 1, timeout: float = 60, start_timeout: float = 120, properties: tuple[str, ...] = (),
         out: str | os.PathLike[str] | None = None, quiet: bool = True, options: tuple[str, ...] = ()) -> FuzzReport:
    """Puts drawn programs through a pass, and asks of each result what must hold of a fold.

    Args:
        fold: a callable ExportedProgram -> ExportedProgram | None, which runs in forks of this process, so that
            its crash is a finding; or a command as `foldproof fuzz --pass` takes it.
        cases, seconds: how many, how long; 200 cases where neither is given.
        seed: the same seed draws the same programs, for any number of workers.
        timeout: seconds that the pass may take for one program.
        start_timeout: seconds that a command which is a worker may take to start.
        properties: only these rules are failures; default: all.
        out: a folder for one shrunk case of each cause, with its programs and witness.

    Ctrl-C (or a notebook's stop button) ends it with a report of what was found so far.

    Raises:
        FoldproofError: an option makes no sense, or the pass cannot be started.
        ImportError: `fold` is a callable, and this Python has no torch.
    """
    if isinstance(properties, str):  # joined letter by letter it would be rules that never fail
        raise TypeError(f"properties takes several rules, as in properties=({properties!r},)")
    if not isinstance(fold, str) and not callable(fold):
        raise TypeError(f"fold is a callable or a command, not {type(fold).__name__}")
    if not isinstance(fold, str):
        import torch  # noqa: F401  what the pass is given; said once, not of each case
    with tempfile.TemporaryDirectory(prefix="foldproof_") as name:
        folder = pathlib.Path(name)
        host = None if isinstance(fold, str) else _Host(fold, folder)
        command = [program(), "fuzz", "--pass", fold if isinstance(fold, str) else host.command,  # type: ignore[union-attr]
                   "--seed", str(seed), "--workers", str(workers), "--pass-timeout", str(timeout), "--pass-start-timeout", str(start_timeout), "--json",
                   str(folder / "fuzz.json"), *options]
        if not isinstance(fold, str):
            command += ["--pass-name", _name_of(fold)]
        if cases is None and seconds is None:
            cases = 200
        for option, value in (("--cases", cases), ("--seconds", seconds), ("--out", out),
                              ("--properties", ",".join(properties) or None)):
            if value is not None:
                command += [option, str(value)]
        try:
            with open(folder / "out", "w+", encoding="utf-8") as said, \
                    open(folder / "errors", "w+", encoding="utf-8") as errors:
                code = _run(command, host, said, errors, quiet)
                said.seek(0)
                errors.seek(0)
                # Where foldproof itself failed on a case, it says so with exit code 4 and a whole report.
                if code != 4 or not (folder / "fuzz.json").is_file():
                    check(code, errors.read())
                report = json.loads((folder / "fuzz.json").read_text())
                if not isinstance(fold, str):  # the command names a socket that is gone
                    given = {"cases": cases, "seconds": seconds, "seed": seed}
                    said_again = ", ".join(f"{name}={value}" for name, value in given.items() if value is not None)
                    report["run"]["command"] = [f"foldproof.fuzz({_name_of(fold)}, {said_again})"]
                result = FuzzReport.of(report, said.read())
                if not isinstance(fold, str):
                    _warn_of_nothing_folded(_name_of(fold), result)
                return result
        finally:
            if host is not None:
                host.close()
