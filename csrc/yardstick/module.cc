// pyfabric._yardstick: the yardstick behind `pyfabric bench`. Private.
#include <pybind11/pybind11.h>

#include <string>

#include "yardstick/node_major.h"

namespace py = pybind11;

namespace {

yardstick::Counts checked_run(std::int64_t k, std::int64_t packets) {
  if (k < 2 || k > 64 || k % 2 != 0)
    throw py::value_error("yardstick.k: must be even, got " + std::to_string(k) +
                          " (allowed: even numbers from 2 to 64)");
  if (packets < 1 || packets > 1'000'000'000)
    throw py::value_error("yardstick.packets: out of range, got " + std::to_string(packets) +
                          " (allowed: 1 to 1,000,000,000)");
  const py::gil_scoped_release release;
  return yardstick::run(static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(packets));
}

py::dict run(std::int64_t k, std::int64_t packets) {
  const yardstick::Counts counts = checked_run(k, packets);
  py::dict out;
  out["hosts"] = counts.hosts;
  out["delivered"] = counts.delivered;
  out["packet_hops"] = counts.packet_hops;
  out["events"] = counts.events;
  out["windows"] = counts.windows;
  out["cpu_seconds"] = counts.cpu_seconds;
  return out;
}

}  // namespace

PYBIND11_MODULE(_yardstick, m) { m.def("run", &run, py::arg("k"), py::arg("packets")); }
