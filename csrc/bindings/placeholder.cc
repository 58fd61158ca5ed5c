// Holds the module together until the first binding is listed.
#include <pybind11/pybind11.h>

#include "fabric/base/units.h"

namespace fabric {
Ps placeholder_serialization_ps(std::int64_t bytes, std::int64_t rate_bps);
}  // namespace fabric

PYBIND11_MODULE(_core, module) {
  module.def("serialization_ps", &fabric::placeholder_serialization_ps, pybind11::kw_only(),
             pybind11::arg("bytes"), pybind11::arg("rate_bps"));
}
