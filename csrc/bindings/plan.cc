// numpy columns -> the engine's plan.
#include "bindings/bindings.h"

namespace py = pybind11;

namespace fabric::bindings {

namespace {

template <class T>
std::vector<T> column(const py::dict& columns, const char* name) {
  if (!columns.contains(name))
    throw py::value_error(std::string("plan column ") + name + " is missing");
  const py::object given = columns[name];
  if (!py::isinstance<py::array_t<T>>(given))
    throw py::value_error(std::string("plan column ") + name + " must be a numpy array of dtype " +
                          std::string(py::str(py::dtype::of<T>())));
  const auto array = py::array_t<T, py::array::c_style>::ensure(given);
  return std::vector<T>(array.data(), array.data() + array.size());
}

std::int64_t scalar(const py::dict& scalars, const char* name) {
  if (!scalars.contains(name))
    throw py::value_error(std::string("plan scalar ") + name + " is missing");
  try {
    return py::cast<std::int64_t>(scalars[name]);
  } catch (const py::cast_error&) {
    throw py::value_error(std::string("plan scalar ") + name + " is no 64-bit integer");
  }
}

}  // namespace

Plan plan_from_python(const py::dict& columns, const py::dict& scalars) {
  Plan plan;
#define FABRIC_COLUMN(type, name) plan.name = column<type>(columns, #name);
  FABRIC_PLAN_COLUMNS(FABRIC_COLUMN)
#undef FABRIC_COLUMN
#define FABRIC_SCALAR(name) plan.name = scalar(scalars, #name);
  FABRIC_PLAN_SCALARS(FABRIC_SCALAR)
#undef FABRIC_SCALAR
  return plan;
}

}  // namespace fabric::bindings
