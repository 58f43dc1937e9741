# SPDX-License-Identifier: BSD-3-Clause
"""The fixture and the options that pytest has of the package."""
import json

import pytest
from pairs import KEPT, LOST

pytest_plugins = ["pytester"]


def _plugin():
    """What names the plugin to a pytest that does not find it as that of an installed package."""
    from importlib.metadata import entry_points

    found = entry_points()
    group = found.select(group="pytest11") if hasattr(found, "select") else found.get("pytest11", [])
    return [] if "foldproof" in {point.name for point in group} else ["-p", "foldproof.pytest_plugin"]


def test_assert_fold_holds_fails_with_everything(pytester, monkeypatch):
    pytester.makepyfile(f"""
        def test_lost(foldproof):
            foldproof.assert_fold_holds({str(LOST[0])!r}, {str(LOST[1])!r})

        def test_kept(foldproof):
            foldproof.assert_fold_holds({str(KEPT[0])!r}, {str(KEPT[1])!r})
    """)
    result = pytester.runpytest_subprocess("--foldproof-report", "reports", *_plugin())
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
    run = lambda *more: pytester.runpytest_subprocess("-s", *_plugin(), *more).stdout
    run().fnmatch_lines(["*known None*", "*without None*"])
    run("--foldproof-cache", "proofs").fnmatch_lines(["*known 0*", "*without None*"])
    run("--foldproof-cache", "proofs").fnmatch_lines(["*known 1*", "*without None*"])
    pytester.makeini("[pytest]\nfoldproof_cache = proofs\n")
    run().fnmatch_lines(["*known 1*", "*without None*"])
    run("--foldproof-cache", "other").fnmatch_lines(["*known 0*"])


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
    result = pytester.runpytest_subprocess("-n", "auto", "--foldproof-report", "reports", *_plugin())
    result.assert_outcomes(passed=13, failed=1)
    written = sorted((pytester.path / "reports").glob("*.json"))
    assert len(written) == 12 * 3 + 2  # none lost to another of a like name
    assert {json.loads(path.read_text())["report"] for path in written} == {"verify", "fuzz"}
    assert not list((pytester.path / "reports").glob(".*"))
