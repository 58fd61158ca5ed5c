"""Tables: columns, units, read-only arrays, texts, nulls, other packages."""

import ast
import copy
import gc
import os
import pickle
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest

import pyfabric
from pyfabric.errors import PyfabricError
from pyfabric.results import arrow_stream
from pyfabric.results.table import MissingPackageError, Table, Words


def small() -> Table:
    columns = {
        "name": Words(np.array([0, 0, 1]), ("burst", "lone"), np.array([0, 1, -1])),
        "port_name": Words(np.array([1, 0, -1]), ("leaf0->host0", "host0->leaf0")),
        "fct_ps": np.array([5, -1, 7]),
        "slowdown": np.array([1.5, np.nan, 2.0]),
        "finished": np.array([True, False, True]),
    }
    return Table("flows", columns, ("fct_ps", "slowdown"))


def test_columns_units_and_texts() -> None:
    table = small()
    assert table.columns == ("name", "port_name", "fct_ps", "slowdown", "finished")
    assert len(table) == 3
    assert table.units == {
        "name": "",
        "port_name": "",
        "fct_ps": "ps",
        "slowdown": "",
        "finished": "",
    }
    assert table["name"].tolist() == ["burst[0]", "burst[1]", "lone"]
    assert table["port_name"].tolist() == ["host0->leaf0", "leaf0->host0", ""]
    assert table.row(2)["name"] == "lone"
    assert table.row(-1)["fct_ps"] == 7


def test_arrays_are_read_only_also_after_a_copy() -> None:
    for table in (small(), copy.deepcopy(small()), pickle.loads(pickle.dumps(small()))):
        assert table == small()
        for name in table.columns:
            with pytest.raises(ValueError, match="read-only"):
                table[name][0] = table[name][1]


def test_unknown_column_and_row() -> None:
    with pytest.raises(KeyError, match="did you mean 'fct_ps'"):
        small()["fct_pss"]
    with pytest.raises(IndexError, match="3 rows"):
        small().row(3)


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        Table("flows", {"a": np.zeros(2), "b": np.zeros(3)})


def test_take_keeps_texts_and_order() -> None:
    taken = small().take(np.array([2, 0]))
    assert taken["name"].tolist() == ["lone", "burst[0]"]
    assert taken["fct_ps"].tolist() == [7, 5]
    assert len(small().take(np.zeros(3, dtype=bool))) == 0


def test_repr_shows_rows_and_survives_an_empty_table() -> None:
    assert "3 rows" in repr(small())
    assert "burst[1]" in repr(small())
    assert "0 rows" in repr(small().take(np.zeros(3, dtype=bool)))


def test_nulls() -> None:
    assert small().null("fct_ps").tolist() == [False, True, False]
    assert small().null("slowdown").tolist() == [False, True, False]
    assert not small().null("finished").any()


@pytest.mark.parametrize(
    ("method", "package"),
    [("to_pandas", "pandas"), ("to_arrow", "pyarrow"), ("to_polars", "polars")],
)
def test_missing_package_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, method: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        MissingPackageError, match=r"pip install 'pyfabric-roce\[frames\]'"
    ) as error:
        getattr(small(), method)()
    assert package in str(error.value)
    assert isinstance(error.value, PyfabricError)
    assert isinstance(error.value, ImportError)


def test_pandas() -> None:
    pytest.importorskip("pandas")
    frame = small().to_pandas()
    assert list(frame.columns) == list(small().columns)
    assert frame["fct_ps"].isna().tolist() == [False, True, False]
    assert frame["fct_ps"].sum() == 12
    assert frame["name"].tolist() == ["burst[0]", "burst[1]", "lone"]
    frame.loc[0, "finished"] = False  # a copy: the table stays
    assert small()["finished"][0]


def test_arrow() -> None:
    pytest.importorskip("pyarrow")
    table = small().to_arrow()
    assert table.column("fct_ps").null_count == 1
    assert table.column("slowdown").null_count == 1
    assert table.column("name").to_pylist() == ["burst[0]", "burst[1]", "lone"]


def test_arrow_capsule() -> None:
    arrow = pytest.importorskip("pyarrow")
    assert arrow.table(small()).column("fct_ps").to_pylist() == [5, None, 7]


def test_polars() -> None:
    pytest.importorskip("polars")
    frame = small().to_polars()
    assert frame["fct_ps"].to_list() == [5, None, 7]
    assert frame["slowdown"].null_count() == 1
    assert frame["port_name"].to_list() == ["host0->leaf0", "leaf0->host0", ""]


@pytest.mark.parametrize("package", ["polars", "duckdb"])
def test_the_arrow_stream_needs_no_pyarrow(package: str, tmp_path: Path) -> None:
    pytest.importorskip(package)
    code = {
        "polars": "import polars; frame = polars.DataFrame(table)\n"
        "rows = frame.with_columns(polars.col('port_name').cast(polars.String)).rows()",
        "duckdb": "import duckdb; rows = duckdb.sql('select * from table_').fetchall()",
    }[package]
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom results.test_tables import small\n"
        f"table = table_ = small()\n{code}\n"
        "assert 'pyarrow' not in sys.modules\nprint(rows)\n"
    )
    root = Path(__file__).resolve().parents[2]
    path = os.pathsep.join(map(str, (Path(pyfabric.__file__).resolve().parents[1], root / "tests")))
    done = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ast.literal_eval(done.stdout) == [
        ("burst[0]", "host0->leaf0", 5, 1.5, True),
        ("burst[1]", "leaf0->host0", None, None, False),
        ("lone", "", 7, 2.0, True),
    ]


def test_pandas_from_the_arrow_stream() -> None:
    pandas = pytest.importorskip("pandas", minversion="3")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame.from_arrow(small())
    assert frame["fct_ps"].isna().tolist() == [False, True, False]
    assert frame["port_name"].astype(str).tolist() == ["host0->leaf0", "leaf0->host0", ""]


def test_the_arrow_stream_is_valid_typed_and_has_units() -> None:
    arrow = pytest.importorskip("pyarrow")
    kinds = ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", "?")
    columns = {kind: np.arange(11).astype(kind)[::2] for kind in kinds}
    columns["big_bytes"] = np.arange(6).astype(">i8")
    made = arrow.table(Table("all", columns))
    made.validate(full=True)
    for name, values in columns.items():
        assert made[name].to_pylist() == values.tolist()
        assert made[name].type == arrow.from_numpy_dtype(values.dtype.newbyteorder("="))
    assert made.schema.field("big_bytes").metadata == {b"unit": b"B"}
    empty = arrow.table(small().take(np.zeros(0, dtype=int)))
    assert (empty.num_rows, empty.schema) == (0, arrow.table(small()).schema)


def test_the_arrow_stream_frees_what_it_held() -> None:
    arrow = pytest.importorskip("pyarrow")
    gc.collect()
    before = len(arrow_stream._ALIVE), len(arrow_stream._CAPSULES)
    small().__arrow_c_stream__()  # nobody reads it
    reader = arrow.RecordBatchReader.from_stream(small())
    del reader  # nobody reads all of it
    table = small()
    column = arrow.table(table).column("fct_ps")
    weak = weakref.ref(table._columns["fct_ps"])
    del table
    gc.collect()
    assert weak() is not None  # one column of the batch keeps its memory
    assert column.to_pylist() == [5, None, 7]
    del column
    gc.collect()
    assert weak() is None
    assert (len(arrow_stream._ALIVE), len(arrow_stream._CAPSULES)) == before


def test_text_columns_as_dictionaries() -> None:
    words = Words(np.array([0, 2, -1, 1]), ("a", "b", "a"))  # a word that is there twice
    codes, texts = words.dictionary()
    assert [texts[code] for code in codes] == ["a", "a", "", "b"]
    assert len(set(texts)) == len(texts)
