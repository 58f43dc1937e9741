# SPDX-License-Identifier: BSD-3-Clause
"""Campaigns from Python: passes that are commands, and those that are functions."""
import os
import pathlib
import signal
import subprocess
import sys
import time

import foldproof
import pytest

COPY = "cp {in} {out}"


def test_fuzz_of_a_callable_without_torch_is_one_import_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="torch"):
        foldproof.fuzz(lambda program: None, cases=200)


def test_a_worker_that_never_starts_is_an_error_and_no_finding():
    with pytest.raises(foldproof.FoldproofError, match="cannot be started: no handshake after 0.5 seconds"):
        foldproof.fuzz("exec sleep 1000", cases=2, start_timeout=0.5)


def test_fuzz_of_a_command_that_folds_nothing():
    report = foldproof.fuzz(COPY, cases=20, properties=("pass-raises",))
    assert report.holds and report.cases == 20 and report.refused == 20


def test_fuzz_keeps_a_case_of_what_fails(tmp_path):
    report = foldproof.fuzz("echo no >&2; exit 3 # {in} {out}", cases=5, out=tmp_path / "cases")
    assert (report.failed, [failure.rule for failure in report.failures]) == (5, ["pass-raises"])
    failure = report.failures[0]
    assert failure.detail == "exit code 3: no" and failure.needs == ()
    assert (pathlib.Path(failure.case) / "case.json").is_file()


def test_reports_of_many_are_short_and_in_a_notebook_a_table():
    report = foldproof.fuzz("echo '<b>' >&2; exit 3 # {in} {out}", cases=5)
    assert repr(report) == "<foldproof.FuzzReport 5 cases: 0 proved, 0 refused, 0 unproved, 5 failed>"
    page = report._repr_html_()
    assert "<td>pass-raises</td><td>5</td>" in page and "&lt;b&gt;" in page and "<b>&" not in page
    gate = foldproof.GateReport(1, (foldproof.GatedPair("a", "holds", None, None), foldproof.GatedPair("b", "differs", None, None)), "", {})
    assert repr(gate) == "<foldproof.GateReport 2 pairs: 1 holds, 1 differs>"


def test_fuzz_of_a_callable_is_the_same_for_any_number_of_workers(torch):
    def breaks(program):
        convolutions = [node for node in program.graph.nodes if "conv" in str(node.target)]
        if len(convolutions) > 1:
            raise ValueError("two convolutions")

    found = [foldproof.fuzz(breaks, cases=70, properties=("pass-raises",), workers=workers) for workers in (1, 2)]
    assert found[0].failed > 0
    for report in found:
        assert report.failures[0].detail == "ValueError: two convolutions"
    assert [r.json["failures"] for r in found][0] == [r.json["failures"] for r in found][1]


def test_fuzz_warns_of_a_pass_that_forgets_to_return_the_program(torch):
    def forgetful(program):
        program.graph_module.recompile()

    with pytest.warns(UserWarning, match="changed none of the 20 programs; a pass that works in place returns the program") as warned:
        foldproof.fuzz(forgetful, cases=20)
    assert warned[0].filename == __file__


def test_fuzz_goes_on_when_the_pass_crashes(torch, tmp_path):
    flag = tmp_path / "crashed"

    def crashes_once(program):
        if not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGSEGV)

    report = foldproof.fuzz(crashes_once, cases=5, properties=("pass-dies",))
    assert (report.cases, report.failed) == (5, 1)
    assert "the process of the pass ended" in report.failures[0].detail


def test_fuzz_takes_rules_as_several_and_a_pass_as_a_callable():
    with pytest.raises(TypeError, match="several rules"):
        foldproof.fuzz("cp {in} {out}", cases=1, properties="saturation")
    with pytest.raises(TypeError, match="not int"):
        foldproof.fuzz(3, cases=1)
    with pytest.raises(foldproof.FoldproofError, match="did you mean 'saturation'"):
        foldproof.fuzz("cp {in} {out}", cases=1, properties=("saturaton",))


def test_a_report_of_fuzz_names_the_function(torch, tmp_path):
    def raises(program):
        raise ValueError("no")

    report = foldproof.fuzz(raises, cases=3, out=tmp_path / "cases")
    name = f"{__name__}.test_a_report_of_fuzz_names_the_function.<locals>.raises"
    assert report.json["pass"] == name and str(report).startswith(name + ": ")
    assert report.json["run"]["command"] == [f"foldproof.fuzz({name}, cases=3, seed=1)"]
    assert "_bridge" not in str(report) + str(report.json)
    from foldproof._program import program

    told = subprocess.run([program(), "replay", report.failures[0].case], capture_output=True, text=True, check=False)
    assert told.returncode == 1 and f"as it was kept of '{name}'" in told.stdout and "_bridge" not in told.stdout


def test_an_interrupt_keeps_what_was_found(tmp_path):
    # A job in the background of a script is started with SIGINT ignored, and Python leaves it so.
    script = ("import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
              "import foldproof\nprint('ready', flush=True)\n"
              "report = foldproof.fuzz('cp {in} {out}', cases=10**7, out='cases')\n"
              "print(type(report).__name__, report.cases > 0, report.holds == (report.failed == 0))\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(os.path.abspath(p) for p in sys.path if p)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment,
                          cwd=tmp_path) as running:
        assert running.stdout.readline() == "ready\n"
        time.sleep(4)
        running.send_signal(signal.SIGINT)
        try:
            said, _ = running.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            running.kill()
            raise
    assert said == "FuzzReport True True\n"
    assert (running.returncode, len(list((tmp_path / "cases").glob("*/case.json"))) > 0) == (0, True)
