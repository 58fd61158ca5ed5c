"""Flows from CSV, npz and Parquet files."""

import importlib.util
import sys

import numpy as np
import pytest
from traffic import context

from pyfabric import Flow, Scenario, ScenarioError, flows, star
from pyfabric.errors import MissingPackageError

HEAD = "version: 1\ntopology: {star: {hosts: 8}}\nuntil: 1ms\nworkload:\n"
needs_arrow = pytest.mark.skipif(
    importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed"
)


def put(tmp_path, text, name="f.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_csv(tmp_path):
    path = put(
        tmp_path,
        "src,dst,size,start,priority\n0,host1,64kB,0,3\n\nhost2:gpu0,3,,5us,\n1,0,2e3,7.0,4\n",
    )
    expected = flows(
        src=[0, "host2:gpu0", 1],
        dst=["host1", 3, 0],
        size=["64kB", None, 2000.0],
        start=[0, "5us", 7.0],
        priority=[3, None, 4],
    )
    assert flows(path) == flows(str(path)) == expected
    named = flows(path, op="send", name="trace")
    assert (named.parts[0].op, named.names) == ("send", ("trace",))
    arrays = named.expand(context(hosts=4))
    assert arrays.src.tolist() == [0, 2, 1]
    assert arrays.size_bytes.tolist() == [64000, -1, 2000]
    assert arrays.start_ps.tolist() == [0, 5_000_000, 7]
    assert arrays.priority.tolist() == [3, -1, 4]
    assert set(arrays.op.tolist()) == {1}


def test_columns_that_the_file_lacks_are_given_beside_it(tmp_path):
    path = put(tmp_path, "src,dst\n0,1\n1,2\n")
    assert flows(path, size="1kB", start="1us") == flows(
        src=[0, 1], dst=[1, 2], size="1kB", start="1us"
    )
    with pytest.raises(ScenarioError, match=r"f\.csv: lacks the column size"):
        flows(path)
    with pytest.raises(ScenarioError, match=r"flows\.src: is given beside a file that has"):
        flows(path, src=3, size=1)


def test_npz_and_parquet(tmp_path):
    columns = {"src": np.arange(4), "dst": np.full(4, 7), "size": np.arange(1, 5) * 1000}
    np.savez(tmp_path / "f.npz", **columns)
    expected = flows(**columns)
    assert flows(tmp_path / "f.npz") == expected
    if importlib.util.find_spec("pyarrow") is not None:
        import pyarrow as pa
        from pyarrow import parquet

        parquet.write_table(pa.table(columns), tmp_path / "f.parquet")
        assert flows(tmp_path / "f.parquet") == expected


def test_scenario_files_name_them(tmp_path):
    put(tmp_path, "src,dst,size\n0,1,64kB\n2,3,\n")
    put(tmp_path, "src,dst,size,name,op\n0,1,64kB,first,send\n2,3,,,\n", "list.csv")
    text = (
        f"{HEAD}  - flows: f.csv\n  - flows: {{file: f.csv, start: 2us, name: late}}\n"
        "  - flows: {list: list.csv, name: single}\n"
    )
    scenario = Scenario.load(put(tmp_path, text, "s.yaml"))
    table = flows(src=[0, 2], dst=[1, 3], size=["64kB", None])
    late = flows(src=[0, 2], dst=[1, 3], size=["64kB", None], start="2us", name="late")
    single = flows([Flow(0, 1, "64kB", name="first", op="send"), Flow(2, 3, None)], name="single")
    assert scenario == Scenario(star(8), table + late + single, until="1ms")


BAD = {
    "cell": (
        "src,dst,size\n0,1,1kB\n\n0,1,1 parsec\n",
        [":4: ", "size[1]", "'1 parsec' is not a size"],
    ),
    "two cells": ("src,dst,size\n0,1,0\n0,5x,1\n", [":2: ", ":3: ", "size[0]", "dst[1]"]),
    "itself": ("src,dst,size\n0,1,1\n3,3,1\n", [":3: ", "dst[1]", "source itself"]),
    "column": ("src,dst,siez\n0,1,1\n", [":1: ", "unknown column 'siez'; did you mean 'size'?"]),
    "twice": ("src,dst,src\n0,1,1\n", [":1: ", "names the column 'src' twice"]),
    "ragged": ("src,dst,size\n0,1\n", [":2: ", "has 2 cells, the header has 3: ['0', '1']"]),
    "quote": ('src,dst,size\n0,1,"1\n', ["cannot be read"]),
    "empty": ("", [":1: ", "is empty; the first line names columns: src, dst, size"]),
    "no rows": ("src,dst,size\n", ["at least 1"]),
    "name": ("src,dst,size,name\n0,1,1,a\n", [":1: ", "unknown column 'name'"]),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_csv(name, tmp_path):
    text, words = BAD[name]
    path = put(tmp_path, text)
    with pytest.raises(ScenarioError) as caught:
        flows(path)
    for word in (str(path), *words):
        assert word in str(caught.value)


def test_bad_files(tmp_path):
    put(tmp_path, "src,dst,size\n0,1,1\n", "flows.csv")
    for name, words in {
        "flos.csv": "there is no such file; did you mean 'flows.csv'?",
        "flows.txt": "a flow file is one of .csv, .npz, .parquet, got the suffix '.txt'",
    }.items():
        with pytest.raises(ScenarioError) as caught:
            flows(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: {words}"
    (tmp_path / "x.npz").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(ScenarioError, match=r"x\.npz: cannot be read as npz"):
        flows(tmp_path / "x.npz")
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match=r"x\.csv: cannot be read"):
        flows(tmp_path / "x.csv")


@needs_arrow
def test_bad_parquet(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(ScenarioError, match=r"x\.parquet: cannot be read as Parquet"):
        flows(tmp_path / "x.parquet")


def test_parquet_without_pyarrow(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingPackageError, match=r"Parquet file of flows needs pyarrow.*frames"):
        flows(tmp_path / "x.parquet")


def test_faults_in_files_that_a_scenario_names(tmp_path):
    csv = put(tmp_path, "src,dst,size,name\n0,1,1kB,a\n0,0,1kB,b\n0,1,1kBB,c\n")
    path = put(tmp_path, f"{HEAD}  - flows: {{list: f.csv}}\nseed: -1\n", "s.yaml")
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path)
    found = [str(fault).split(": ")[0] for fault in caught.value.faults]
    assert sorted(found) == sorted([f"{csv}:3", f"{csv}:4", f"{path}:6:1"])
    for line, words in {
        "flows: {file: f.csv, list: f.csv}": "give one of file, list, not several",
        "flows: {file: 3}": "workload[0].flows.file: must be a path, got 3",
        "flows: other.csv": "there is no such file",
    }.items():
        with pytest.raises(ScenarioError) as caught:
            Scenario.load(put(tmp_path, f"{HEAD}  - {line}\n", "s.yaml"))
        assert words in str(caught.value)
