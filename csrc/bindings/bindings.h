// Shared by the binding files. No model logic here.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "fabric/cc/plugin.h"
#include "fabric/cc/registry.h"
#include "fabric/engine/engine.h"

namespace fabric::bindings {

// An algorithm that was admitted, and the capsule that keeps it in memory.
struct [[gnu::visibility("hidden")]] Algorithm {
  explicit Algorithm(pybind11::object owner);  // throws ValueError

  pybind11::object capsule;
  CcAlgorithm native;
};
std::vector<CcAlgorithm> natives(const pybind11::sequence& algorithms);
void define_algorithm(pybind11::module_& m);

// Columns and scalars of a pyfabric Plan, checked for names and dtypes. Throws ValueError.
Plan plan_from_python(const pybind11::dict& columns, const pybind11::dict& scalars);

// Result tables as dicts of fresh numpy arrays, one per column, times in ps, -1 for "not".
pybind11::dict flow_table(const Engine& engine);
pybind11::dict closed_table(const Engine& engine);
pybind11::dict queue_pair_table(const Engine& engine);
pybind11::dict port_table(const Engine& engine);
pybind11::dict class_table(const Engine& engine);
pybind11::dict drop_table(const Engine& engine);
pybind11::dict pause_table(const Engine& engine);
pybind11::dict xoff_table(const Engine& engine);
pybind11::dict queue_table(const Engine& engine);
pybind11::dict cc_table(const Engine& engine);
pybind11::dict trace_table(const Engine& engine);
pybind11::dict watchdog_table(const Engine& engine);
pybind11::dict deadlock_table(const Engine& engine);
pybind11::dict livelock_table(const Engine& engine);

}  // namespace fabric::bindings
