# SPDX-License-Identifier: BSD-3-Clause
"""The package against the program: FOLDPROOF names it. What needs PyTorch skips aloud without it."""
import copy
import dataclasses
import os
import pathlib
import shlex
import subprocess
import sys

import foldproof
import pytest
from pairs import KEPT, LOST

COPY = "cp {in} {out}"


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


def test_a_summary_names_no_option_of_the_command_line():
    assert "--explain" not in str(foldproof.verify(*LOST))


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
