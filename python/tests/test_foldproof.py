# SPDX-License-Identifier: BSD-3-Clause
"""The package against the program: FOLDPROOF names it. What needs PyTorch skips aloud without it."""
import copy
import dataclasses
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time

import foldproof
import pytest

pytest_plugins = ["pytester"]
ROOT = pathlib.Path(__file__).parents[2]
GOLDEN = ROOT / "golden" / "pt2"
LOST = (GOLDEN / "default_conv2d_nobias.before.pt2", GOLDEN / "default_conv2d_nobias.after.pt2")
KEPT = (GOLDEN / "fused_conv2d_bias_relu.torchao_before.pt2", GOLDEN / "fused_conv2d_bias_relu.torchao_after.pt2")
COPY = "cp {in} {out}"


@pytest.fixture
def torch():
    module = pytest.importorskip("torch", reason="this Python has no PyTorch")
    import torch.ao.quantization.fx._decomposed  # noqa: F401  registers the operators
    return module


def test_verify_tells_cause_channel_and_lsb():
    report = foldproof.verify(*LOST)
    assert (report.verdict, report.holds, report.exit_code) == ("differs", False, 1)
    (site,) = report.sites
    (tail,) = site.tails
    assert (site.before_conv, site.channels) == ("conv2d", 8)
    assert round(tail.lsb, 2) == 51.45 and round(tail.tolerance_lsb, 3) == 1.002
    assert tail.channel == 0 and tail.accumulator == -39544
    assert [cause.rule for cause in tail.causes] == ["saturation"]
    assert report.worst is tail
    assert str(report).startswith("DIFFERS")


def test_python_m_is_the_program():
    said = subprocess.run([sys.executable, "-m", "foldproof", "verify", *map(str, LOST)], capture_output=True,
                          text=True, check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert (said.returncode, said.stdout.splitlines()[0].split(":")[0]) == (1, "DIFFERS")
    lost = subprocess.run([sys.executable, "-m", "foldproof"], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "FOLDPROOF": "/nowhere"})
    assert lost.returncode == 3 and "/nowhere" in lost.stderr and "Traceback" not in lost.stderr


def test_verify_holds_and_takes_a_tolerance():
    assert foldproof.verify(*KEPT).verdict == "within"
    assert foldproof.verify(*KEPT, tolerance=0.5).verdict == "differs"
    assert foldproof.verify(*LOST, tolerance=60, ideal_gap="off").holds


def test_a_report_is_true_where_the_fold_holds():
    assert foldproof.verify(*KEPT)
    with pytest.raises(AssertionError):
        assert foldproof.verify(*LOST)
    assert foldproof.fuzz(COPY, cases=5, properties=("pass-raises",))
    assert not foldproof.fuzz("exit 3 # {in} {out}", cases=2)


def test_fuzz_of_a_callable_without_torch_is_one_import_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="torch"):
        foldproof.fuzz(lambda program: None, cases=200)


def test_verify_writes_the_witness(tmp_path):
    report = foldproof.verify(*LOST, witness=tmp_path / "w")
    witness = report.sites[0].tails[0].witness
    assert witness.confirmed and pathlib.Path(witness.file).is_file()
    assert round(witness.observed_lsb, 2) == 51.45


def test_a_cache_proves_nothing_twice_and_says_the_same(tmp_path):
    without = foldproof.verify(*LOST).json
    told = [foldproof.verify(*LOST, cache=tmp_path / "proofs").json for _ in range(2)]
    assert "cached_sites" not in without["run"]
    assert [report["run"]["cached_sites"] for report in told] == [0, 1]
    assert [{**report, "run": 0} for report in told] == [{**without, "run": 0}] * 2
    (tmp_path / "key").write_text("a secret of more than 16 bytes")
    sealed = [foldproof.verify(*LOST, cache=tmp_path / "proofs", cache_key=tmp_path / "key").json for _ in range(2)]
    assert [report["run"]["cached_sites"] for report in sealed] == [0, 1]
    with pytest.raises(foldproof.FoldproofError, match="^cache_key: "):
        foldproof.verify(*LOST, cache_key=tmp_path / "key")


def test_a_kept_proof_that_is_no_good_is_said(tmp_path):
    right = foldproof.verify(*LOST, cache=tmp_path).json
    entries = [path for path in tmp_path.rglob("*") if path.is_file()]
    for entry in entries:
        entry.write_bytes(entry.read_bytes()[:-1])
    with pytest.warns(RuntimeWarning, match="is no good .it has another length than it says.; it was removed"):
        again = foldproof.verify(*LOST, cache=tmp_path).json
    assert {**again, "run": 0} == {**right, "run": 0} and again["run"]["cached_sites"] == 0


def test_inputs_are_arrays_and_tensors_too():
    numpy = pytest.importorskip("numpy")
    x = numpy.zeros(_input_shape(str(LOST[0])), numpy.float32)
    for inputs in (x, [x, x], [(x,)]):
        site = foldproof.verify(*LOST, inputs=inputs, domain="observed").json["sites"][0]
        assert site["observed_accumulators"]["runs"] == (2 if isinstance(inputs, list) and len(inputs) == 2 else 1)


def test_compare_runs_both_programs_beside_the_proof():
    numpy = pytest.importorskip("numpy")
    report = foldproof.compare(*LOST, random=20, seed=3)
    assert (report.verdict, report.holds, report.runs) == ("differs", False, 22)  # and the worst accumulators
    (tail,) = report.tails
    assert (tail.site, tail.verdict, round(tail.proved_lsb, 2)) == ("conv2d", "differs", 51.45)
    assert tail.seen.lsb <= tail.proved_lsb and tail.seen.elements > 0 and 0 < tail.share_over < 1 and not tail.why_not
    (output,) = report.outputs
    assert output.output == 0 and 0 < output.difference.p50 <= output.difference.lsb and 0 < output.cosine < 1
    assert report.findings == () and report.first_divergence == "batch_norm"
    assert str(report).startswith("DIFFERS") and repr(report).startswith("<foldproof.CompareReport DIFFERS")
    assert foldproof.compare(*KEPT, random=3)
    x = numpy.zeros(_input_shape(str(LOST[0])), numpy.float32)
    given = foldproof.compare(*LOST, inputs=[x, x])
    assert [group["kind"] for group in given.json["inputs"]["runs"]][:1] == ["recorded"] and given.runs >= 2
    x.flat[:2] = numpy.nan, numpy.inf
    assert "x0 holds 1 NaN and 1 infinite of" in foldproof.compare(*LOST, inputs=x).notes[0]


def test_compare_takes_files_and_folders_of_inputs(tmp_path):
    numpy = pytest.importorskip("numpy")
    x = numpy.zeros(_input_shape(str(LOST[0])), numpy.float32)
    for name in ("a", "b"):
        numpy.savez(tmp_path / f"{name}.npz", x0=x)
    for inputs in (tmp_path, [tmp_path / "a.npz", str(tmp_path / "b.npz")]):
        assert foldproof.compare(*LOST, inputs=inputs).json["inputs"]["files"] == 2


@pytest.mark.parametrize(("argument", "value"), [
    ("domain", "observed"), ("tolerance", "much"), ("threads", 0), ("inputs", ["x", 3]), ("inputs", []), ("random", -1),
    ("random", 1.5), ("seed", "one"), ("classes", 0), ("executor", ("integer", "torch")), ("input_range", (1,))])
def test_a_wrong_argument_of_compare_is_named(argument, value):
    with pytest.raises(foldproof.FoldproofError, match=f"^{argument}: "):
        foldproof.compare(*LOST, **{argument: value})
    with pytest.raises(foldproof.FoldproofError, match="^before: int is no ExportedProgram"):
        foldproof.compare(5, LOST[1])


def test_an_array_of_another_type_or_shape_is_named_as_it_was_given():
    numpy = pytest.importorskip("numpy")
    for judge in (foldproof.verify, foldproof.compare):
        for x in (numpy.zeros(_input_shape(str(LOST[0])), numpy.float64), numpy.zeros(3, numpy.float32)):
            with pytest.raises(foldproof.FoldproofError, match=r"inputs: x0: .*: takes float32\[.* was given"):
                judge(*LOST, inputs=x)


def test_a_keyword_that_is_not_taken_has_a_hint():
    def said(function, *arguments, **keywords):
        with pytest.raises(TypeError) as raised:
            function(*arguments, **keywords)
        return str(raised.value)

    told = said(foldproof.fuzz, fold_pass="conv-bn")
    assert told.startswith("fuzz() got an unexpected keyword argument 'fold_pass'; did you mean 'fold'?")
    assert "options=('--fold-pass', ...)" in told
    assert "did you mean 'tolerance'?" in said(foldproof.verify, *LOST, tolerence=1)
    assert "did you mean 'witness'?" in said(foldproof.verify, *LOST, witnesses="w")
    assert "options=('--ideal-distance', ...)" in said(foldproof.verify, *LOST, ideal_distance=True)
    assert "did you mean 'inputs'?" in said(foldproof.compare, *LOST, input="x.npz")
    assert said(foldproof.compare, *LOST, zzz=1).endswith("'zzz'")


def test_options_are_several_words_and_a_range_two_numbers():
    for function in (foldproof.verify, foldproof.compare):
        with pytest.raises(TypeError, match="several words, as in options=\\('--batch-norm=fma',\\)"):
            function(*LOST, options="--batch-norm=fma")
        report = function(*LOST, options=("--batch-norm=fma",), input_range=(-1, 1))
        assert report.json["assumptions"]["batch_norm"] == "fma"


def test_programs_that_may_have_been_swapped_are_asked_about():
    assert "did you swap the two?" in foldproof.verify(*reversed(LOST)).notes[0]
    assert foldproof.verify(*LOST).notes == () and foldproof.verify(*KEPT).provisos


def test_a_worker_that_never_starts_is_an_error_and_no_finding():
    with pytest.raises(foldproof.FoldproofError, match="cannot be started: no handshake after 0.5 seconds"):
        foldproof.fuzz("exec sleep 1000", cases=2, start_timeout=0.5)


def _input_shape(program):
    from foldproof._program import run

    line = next(line for line in run(["show", program]).stdout.splitlines() if "user input" in line)
    return tuple(int(size) for size in line.split("[")[1].split("]")[0].split(","))


@pytest.mark.parametrize(("argument", "value"), [
    ("domain", "everything"), ("tolerance", "much"), ("ideal_gap", "none"), ("threads", 0), ("inputs", ["x"]),
    ("domain", "observed"), ("inputs", []), ("witness", 3), ("input_range", 3)])
def test_a_wrong_argument_is_named(argument, value):
    with pytest.raises(foldproof.FoldproofError, match=f"^{argument}: "):
        foldproof.verify(*LOST, **{argument: value})
    with pytest.raises(foldproof.FoldproofError, match="^after: int is no ExportedProgram"):
        foldproof.verify(LOST[0], 5)


def test_worst_is_a_tail_or_an_error():
    odd = foldproof.Report("differs", 1, (), (), "", {})
    with pytest.raises(foldproof.FoldproofError, match="no tail was judged"):
        odd.worst


def test_the_largest_difference_is_not_always_the_one_furthest_over_its_tolerance():
    report = foldproof.verify(*LOST)
    assert round(report.largest_lsb, 2) == 51.45
    (site,) = report.sites
    near = dataclasses.replace(site.tails[0], verdict="within", lsb=4.0, tolerance_lsb=4.0)
    far = dataclasses.replace(near, lsb=5.0, tolerance_lsb=7.0)
    of = lambda *tails: dataclasses.replace(report, sites=(dataclasses.replace(site, tails=tails),))
    assert of(near, far).worst is near and of(near, far).largest_lsb == 5.0
    assert of(near, dataclasses.replace(far, verdict="unproved")).largest_lsb == float("inf")


def test_help_begins_with_the_functions():
    text = foldproof.__doc__
    names = [line.split("(")[0].strip() for line in text.splitlines() if line.startswith("    ") and "(" in line[:32]]
    assert names[:5] == ["verify", "compare", "fuzz", "worker", "version"]


def test_a_file_that_cannot_be_used_raises(tmp_path):
    broken = tmp_path / "broken.pt2"
    broken.write_bytes(b"no archive")
    with pytest.raises(foldproof.FoldproofError, match="broken.pt2"):
        foldproof.verify(broken, LOST[1])


def test_html_is_escaped_and_whole():
    report = foldproof.verify(*LOST)
    page = report._repr_html_()
    assert "saturation at quantize_per_tensor_1" in page and "51.45" in page
    fault = foldproof.Structure("rule", "<script>", "a & b", True)
    odd = foldproof.Report("differs", 1, (), (fault,), "", {})
    assert "<script>" not in odd._repr_html_() and "a &amp; b" in odd._repr_html_()


def test_verify_takes_exported_programs(torch):
    before, after = (torch.export.load(path) for path in LOST)
    assert round(foldproof.verify(before, after).worst.lsb, 2) == 51.45


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


def test_a_summary_names_no_option_of_the_command_line():
    assert "--explain" not in str(foldproof.verify(*LOST))


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


def test_sites_have_the_names_of_the_user(torch):
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.features = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 1), torch.nn.BatchNorm2d(2))

        def forward(self, x):
            return self.features(x)

    program = torch.export.export(Net().eval(), (torch.zeros(1, 1, 2, 2),))
    report = foldproof.verify(program, copy.deepcopy(program))
    assert [(site.module, site.name) for site in report.sites] == [("features.0", "conv2d (features.0)")]
    assert "conv2d (features.0)" in str(report)


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


def test_the_headline_stands_in_a_failed_assertion():
    report = foldproof.verify(*LOST)
    assert not report
    assert repr(report).startswith("<foldproof.Report DIFFERS: ")


def test_a_refusal_has_its_reason(torch, tmp_path):
    script = tmp_path / "refuses.py"
    script.write_text("import foldproof\ndef fold(program):\n    print('to nobody')\n"
                      "    raise foldproof.Refused('not today')\nfoldproof.worker(fold)\n")
    command = f"PYTHONPATH={shlex.quote(os.pathsep.join(sys.path))} {shlex.quote(sys.executable)} {script}"
    from foldproof._program import run

    assert "pass: refused: not today" in run(["verify", str(LOST[0]), "--pass", command]).stdout


def test_assert_fold_holds_fails_with_everything(pytester, monkeypatch):
    pytester.makepyfile(f"""
        def test_lost(foldproof):
            foldproof.assert_fold_holds({str(LOST[0])!r}, {str(LOST[1])!r})

        def test_kept(foldproof):
            foldproof.assert_fold_holds({str(KEPT[0])!r}, {str(KEPT[1])!r})
    """)
    plugin = [] if "foldproof" in _entry_points() else ["-p", "foldproof.pytest_plugin"]
    result = pytester.runpytest_subprocess("--foldproof-report", "reports", *plugin)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([
        "*differs: saturation at quantize_per_tensor_1; conv2d, channel 0: 51.445* LSB, a right fold may cost 1.002* LSB; "
        "witness *site0_tail0.npz"])
    assert len(list((pytester.path / "reports").glob("*.json"))) == 2


def test_the_headline_tells_a_tolerance_that_was_given():
    from foldproof.pytest_plugin import assert_fold_holds

    with pytest.raises(AssertionError, match="51.445.* LSB, allowed 2 LSB"):
        assert_fold_holds(*LOST, tolerance=2)


def test_the_plugin_keeps_proofs(pytester):
    pytester.makepyfile(f"""
        def test_kept(foldproof):
            report = foldproof.assert_fold_holds({str(KEPT[0])!r}, {str(KEPT[1])!r})
            print("known", report.json["run"].get("cached_sites"))

        def test_without(foldproof):
            report = foldproof.verify({str(KEPT[0])!r}, {str(KEPT[1])!r}, cache=None)
            print("without", report.json["run"].get("cached_sites"))
    """)
    plugin = [] if "foldproof" in _entry_points() else ["-p", "foldproof.pytest_plugin"]
    run = lambda *more: pytester.runpytest_subprocess("-s", *plugin, *more).stdout
    run().fnmatch_lines(["*known None*", "*without None*"])
    run("--foldproof-cache", "proofs").fnmatch_lines(["*known 0*", "*without None*"])
    run("--foldproof-cache", "proofs").fnmatch_lines(["*known 1*", "*without None*"])
    pytester.makeini("[pytest]\nfoldproof_cache = proofs\n")
    run().fnmatch_lines(["*known 1*", "*without None*"])
    run("--foldproof-cache", "other").fnmatch_lines(["*known 0*"])


def _entry_points():
    from importlib.metadata import entry_points

    found = entry_points()
    group = found.select(group="pytest11") if hasattr(found, "select") else found.get("pytest11", [])
    return {point.name for point in group}


def test_reports_are_whole_under_xdist(pytester):
    pytest.importorskip("xdist", reason="this Python has no pytest-xdist")
    pytester.makepyfile(f"""
        import pytest

        @pytest.mark.parametrize("name", [f"{{sign}}{{number}}" for number in range(6) for sign in "/ "])
        def test_kept(foldproof, name):
            for _ in range(3):
                foldproof.assert_fold_holds({str(KEPT[0])!r}, {str(KEPT[1])!r})

        def test_lost(foldproof):
            foldproof.assert_fold_holds({str(LOST[0])!r}, {str(LOST[1])!r})

        def test_drawn(foldproof):
            foldproof.fuzz("cp {{in}} {{out}}", cases=20, properties=("pass-raises",))
    """)
    plugin = [] if "foldproof" in _entry_points() else ["-p", "foldproof.pytest_plugin"]
    result = pytester.runpytest_subprocess("-n", "auto", "--foldproof-report", "reports", *plugin)
    result.assert_outcomes(passed=13, failed=1)
    written = sorted((pytester.path / "reports").glob("*.json"))
    assert len(written) == 12 * 3 + 2  # none lost to another of a like name
    assert {json.loads(path.read_text())["report"] for path in written} == {"verify", "fuzz"}
    assert not list((pytester.path / "reports").glob(".*"))
