# SPDX-License-Identifier: BSD-3-Clause
"""Campaigns and gates on a Dask cluster against the program on one machine. Skipped aloud without dask.distributed."""
import json
import os
import pathlib
import pickle
import signal
import socket
import subprocess
import sys
import threading

import foldproof
import pytest
from foldproof import _campaign, _shards
from foldproof._program import program
from pairs import GOLDEN, ROOT

distributed = pytest.importorskip("distributed", reason="this Python has no dask.distributed")
psutil = pytest.importorskip("psutil", reason="this Python has no psutil")

CASES = 640
UPSTREAM = dict(cases=CASES, seed=5, pass_="upstream", range_cases=40, progress=False)


def told(report):
    return {key: value for key, value in report.items() if key != "run"}


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local:
        yield local


@pytest.fixture
def client(cluster):
    with distributed.Client(cluster, set_as_default=False) as one:
        yield one


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What one process says of the same cases, whatever folder it keeps them in."""
    folder = tmp_path_factory.mktemp("alone")
    subprocess.run([program(), "fuzz", "--cases", str(CASES), "--seed", "5", "--policy", "upstream", "--quiet", "--json", str(folder / "fuzz.json"),
                    "--out", str(folder / "cases")], check=False)
    report = json.loads((folder / "fuzz.json").read_text())
    assert len(report["failures"]) > 10
    return folder, report


def expect_same(report, alone, out):
    folder, expected = alone
    expected = json.loads(json.dumps(expected).replace(str(folder / "cases"), str(out / "cases")))
    assert told(report.json) == told(expected)
    assert list(told(report.json)) == list(told(expected))
    for failure in report.failures:
        assert (pathlib.Path(failure.case) / "case.json").is_file()


def test_a_campaign_is_that_of_one_process(client, alone, tmp_path):
    seen = []
    report = foldproof.campaign(**{**UPSTREAM, "progress": seen.append}, client=client, out=tmp_path)
    expect_same(report, alone, tmp_path)
    assert seen[-1].cases == CASES and seen[-1].failed == report.failed
    assert "640 of 640 cases (100.0 %)" in str(seen[-1])
    assert len(list((tmp_path / "ranges").glob("*.json"))) == CASES // 40


def test_python_m_campaign_has_a_cluster_of_its_own(alone, tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(os.path.abspath(p) for p in sys.path if p)}
    command = [sys.executable, "-m", "foldproof", "campaign", "--cases", str(CASES), "--seed", "5", "--pass", "upstream", "--workers", "2",
               "--range-cases", "100", "--out", str(tmp_path), "--", "--known", "saturation"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout.startswith("upstream: 640 cases")) == (1, True), done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["options"]["known"] == ["saturation"] and report["failed"] < alone[1]["failed"]


def test_a_worker_that_is_killed_is_replaced(alone, tmp_path):
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as own, \
            distributed.Client(own, set_as_default=False) as client:
        killed = []

        def kill_one(progress):
            if killed or progress.cases < 80:
                return
            pid = next(iter(client.run(os.getpid).values()))
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

        report = foldproof.campaign(**{**UPSTREAM, "progress": kill_one}, client=client, out=tmp_path)
        assert killed and not psutil.pid_exists(killed[0])
    expect_same(report, alone, tmp_path)


def test_the_program_of_a_worker_that_is_killed_ends():
    script = (f"from foldproof._shards import _task\n"
              f"_task()({program()!r}, ['fuzz', '--cases', '100000000', '--quiet'])\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(os.path.abspath(p) for p in sys.path if p)}
    with subprocess.Popen([sys.executable, "-c", script], env=environment) as worker:
        programs = []
        while len(programs) < 3:  # the program, and those of its own that examine cases
            assert worker.poll() is None
            programs = psutil.Process(worker.pid).children(recursive=True)
        worker.kill()
    assert not psutil.wait_procs(programs, timeout=20)[1]


def test_stopped_and_resumed(client, alone, tmp_path):
    def stop(progress):
        if progress.cases >= 200:
            raise KeyboardInterrupt

    stopped = foldproof.campaign(**{**UPSTREAM, "progress": stop}, client=client, out=tmp_path)
    assert 200 <= stopped.cases < CASES
    missing = stopped.json["missing"]
    assert sum(one["end"] - one["begin"] for one in missing) == CASES - stopped.cases
    seen = []
    report = foldproof.campaign(**{**UPSTREAM, "progress": seen.append}, client=client, out=tmp_path)
    assert seen[0].cases >= 200  # what was there was not examined again
    expect_same(report, alone, tmp_path)


class Proxy:
    """Between a client and its scheduler; `cut` ends every connection, and new ones are taken."""

    def __init__(self, address):
        host, port = address.split("//")[1].rsplit(":", 1)
        self._to = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open, self.cuts = [], 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(self._to)
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._forward, args=(one, other), daemon=True).start()

    @staticmethod
    def _forward(one, other):
        try:
            while data := one.recv(1 << 16):
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        self.cuts += 1
        for end in self._open:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._open.clear()

    def close(self):
        self._listener.close()
        self.cut()


def test_the_connection_to_the_scheduler_is_cut(cluster, alone, tmp_path):
    proxy = Proxy(cluster.scheduler_address)

    def cut_once(progress):
        if progress.cases >= 120 and not proxy.cuts:
            proxy.cut()

    seen = []
    report = foldproof.campaign(**{**UPSTREAM, "progress": lambda p: (seen.append(p), cut_once(p))}, client=proxy.address, out=tmp_path)
    assert proxy.cuts == 1 and seen[-1].ranges_lost > 0
    proxy.close()
    expect_same(report, alone, tmp_path)


def test_a_bounded_number_of_ranges_is_with_the_scheduler(client):
    pool = _shards.Pool(client, None, 10)
    run = _shards.ShardRun(pool, program(), ["fuzz", "--cases", "400", "--quiet", "--shrink-later"], 40, (0, 1), 0)
    reports = [ended for ended in run.reports(range(1, 41)) if ended is not None]
    assert sorted(number for number, _ in reports) == list(range(1, 41))
    assert run.most_running == 4  # two workers of one thread


def test_a_wrong_option_ends_it(client, tmp_path):
    with pytest.raises(foldproof.FoldproofError, match="did you mean 'saturation'"):
        foldproof.campaign(cases=100, out=tmp_path, client=client, properties=("saturaton",), progress=False)
    with pytest.raises(foldproof.FoldproofError, match="no scheduler answers at tcp://127.0.0.1:1"):
        foldproof.campaign(cases=100, out=tmp_path / "x", client="tcp://127.0.0.1:1", patience=1, progress=False)
    with pytest.raises(TypeError, match="foldproof.worker"):
        foldproof.campaign(cases=100, out=tmp_path, pass_=print)


def test_a_folder_is_of_one_campaign(client, tmp_path):
    few = dict(cases=40, client=client, range_cases=20, progress=False)
    whole = foldproof.campaign(**few, out=tmp_path / "a")
    with pytest.raises(foldproof.FoldproofError, match="holds another campaign"):
        foldproof.campaign(**{**few, "seed": 2}, out=tmp_path / "a")
    half = tmp_path / "a" / "ranges" / "000002.json"
    half.write_text(half.read_text()[:1000])
    assert told(foldproof.campaign(**few, out=tmp_path / "a").json) == told(whole.json)
    assert json.loads(half.read_text())["cases"] == 20
    (tmp_path / "a" / "campaign.json").unlink()
    with pytest.raises(foldproof.FoldproofError, match="no campaign.json"):
        foldproof.campaign(**few, out=tmp_path / "a")


def test_of_a_command(client, tmp_path):
    report = foldproof.campaign(cases=30, range_cases=10, pass_="echo no >&2; exit 3 # {in} {out}", client=client, out=tmp_path, progress=False)
    assert [failure.rule for failure in report.failures] == ["pass-raises"] and report.failed == 30


def test_a_worker_needs_the_program_alone(tmp_path):
    cloudpickle = pytest.importorskip("cloudpickle")
    (tmp_path / "task").write_bytes(cloudpickle.dumps(_shards._task()))
    script = (f"import pickle; task = pickle.load(open({str(tmp_path / 'task')!r}, 'rb'))\n"
              f"print(task({program()!r}, ['fuzz', '--cases', '3', '--quiet'])[0])\n"
              "try:\n    import foldproof\n    print('foldproof is here')\nexcept ImportError:\n    pass\n")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert done.stdout == "0\n", done.stderr


def test_a_range_of_fewer_cases_is_not_whole():
    report = {"shard": {"ranges": [{"begin": 10, "end": 20, "shard": "2/4"}]}}
    assert _campaign.is_whole(report, 2, 4, 0, 40)
    assert not _campaign.is_whole(report, 2, 4, 0, 44)
    assert not _campaign.is_whole({"shard": {"ranges": []}}, 2, 4, 0, 40)
    assert not _campaign.is_whole({}, 2, 4, 0, 40)


def test_a_gate_is_that_of_one_process(client, tmp_path):
    config = ROOT / "golden" / "foldproof.toml"
    subprocess.run([program(), "gate", "--config", str(config), "--today", "2026-01-01", "--quiet", "--json", str(tmp_path / "alone.json")], check=False)
    report = foldproof.gate(config, client=client, shards=3, today="2026-01-01", out=tmp_path / "out")
    assert told(report.json) == told(json.loads((tmp_path / "alone.json").read_text()))
    assert report.holds and report.pairs[3].status == "waived" and report.pairs[0].report.holds


def test_a_gate_of_pairs(client):
    golden = GOLDEN
    lost = tuple(golden / f"default_conv2d_nobias.{side}.pt2" for side in ("before", "after"))
    kept = {"name": "kept", "before": str(golden / "fused_conv2d_bias_relu.torchao_before.pt2"), "after": str(golden / "fused_conv2d_bias_relu.torchao_after.pt2")}
    report = foldproof.gate([lost, kept], client=client)
    assert [(pair.name, pair.status) for pair in report.pairs] == [("pair0", "differs"), ("kept", "holds")]
    assert not report and report.exit_code == 1


def test_a_gate_keeps_its_proofs(client, tmp_path):
    gate = dict(client=client, shards=3, today="2026-01-01", cache=tmp_path / "proofs")
    config = ROOT / "golden" / "foldproof.toml"
    without = foldproof.gate(config, client=client, shards=3, today="2026-01-01")
    first = foldproof.gate(config, **gate)
    entries = [path for path in (tmp_path / "proofs").rglob("*") if path.is_file()]
    assert entries and told(first.json) == told(without.json)
    assert told(foldproof.gate(config, **gate).json) == told(without.json)
    assert entries == [path for path in (tmp_path / "proofs").rglob("*") if path.is_file()]
    for entry in entries:
        entry.write_bytes(b"")
    with pytest.warns(RuntimeWarning, match="it ends within its header"):  # so the workers read what was kept
        again = foldproof.gate(config, **gate)
    assert told(again.json) == told(without.json)
