// One column of a result table.
#pragma once

#include "bindings/bindings.h"

namespace fabric::bindings {

namespace py = pybind11;

using I64 = std::int64_t;
using U8 = std::uint8_t;

template <class Counts>
I64 sum(const Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), I64{0});
}

template <class T, class Rows, class Get>
void add(py::dict& table, const char* name, const Rows& rows, Get get) {
  py::array_t<T> array(py::ssize_t(rows.size()));
  T* out = array.mutable_data();
  std::size_t i = 0;
  for (const auto& row : rows) out[i++] = T(get(row));
  table[name] = array;
}

}  // namespace fabric::bindings
