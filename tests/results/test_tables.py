"""Tables: columns, units, read-only arrays, texts, nulls, other packages."""

import copy
import pickle
import sys

import numpy as np
import pytest

from pyfabric.errors import PyfabricError
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
