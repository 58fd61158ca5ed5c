// PyCapsules of the congestion-control contract -> algorithms of the engine.
#include "bindings/bindings.h"

namespace py = pybind11;

namespace fabric::bindings {

namespace {

const CcAlgorithm* pointer_of(const py::object& capsule) {
  if (PyCapsule_CheckExact(capsule.ptr()) == 0)
    throw py::value_error("it is no capsule, but of type " +
                          std::string(py::str(py::type::of(capsule).attr("__name__"))));
  const char* const name = PyCapsule_GetName(capsule.ptr());
  if (name == nullptr || std::string_view(name) != PF_CC_CAPSULE)
    throw py::value_error("the capsule's name is '" + std::string(name == nullptr ? "" : name) +
                          "', expected '" PF_CC_CAPSULE "'");
  return static_cast<const CcAlgorithm*>(PyCapsule_GetPointer(capsule.ptr(), name));
}

}  // namespace

Algorithm::Algorithm(py::object owner)
    : capsule(std::move(owner)), native(admit(pointer_of(capsule))) {}

std::vector<CcAlgorithm> natives(const py::sequence& algorithms) {
  std::vector<CcAlgorithm> out;
  for (const py::handle item : algorithms) out.push_back(py::cast<const Algorithm&>(item).native);
  return out;
}

void define_algorithm(py::module_& m) {
  py::class_<Algorithm>(m, "Algorithm")
      .def(py::init<py::object>(), py::arg("capsule"))
      .def_property_readonly("name", [](const Algorithm& a) { return std::string(a.native.name); })
      .def_property_readonly("version", [](const Algorithm& a) {
        return std::string(a.native.version == nullptr ? "" : a.native.version);
      });
  py::dict sizes;
  sizes["pf_cc_hop"] = sizeof(pf_cc_hop);
  sizes["pf_cc_event"] = sizeof(pf_cc_event);
  sizes["pf_cc_wishes"] = sizeof(pf_cc_wishes);
  sizes["pf_cc_algorithm"] = sizeof(pf_cc_algorithm);
  m.attr("cc_sizes") = sizes;
  m.attr("cc_state_bytes") = PF_CC_STATE_BYTES;
  m.attr("cc_parameters") = PF_CC_PARAMETERS;
  m.attr("cc_observed") = PF_CC_OBSERVED;
  m.attr("cc_abi_version") = PF_CC_ABI_VERSION;
  m.attr("cc_first_plugin") = kFirstPlugin;
}

}  // namespace fabric::bindings
