// pyfabric._core: the native engine behind pyfabric.engine. Private; users meet pyfabric.simulate.
#include <pybind11/stl.h>

#include "bindings/bindings.h"

namespace py = pybind11;

namespace fabric::bindings {

namespace {

// EngineFault -> pyfabric.errors.EngineError(message, time_ps, node).
void translate(std::exception_ptr raised) {
  try {
    if (raised) std::rethrow_exception(raised);
  } catch (const EngineFault& fault) {
    const py::object type = py::module_::import("pyfabric.errors").attr("EngineError");
    const py::object node = fault.node_id < 0 ? py::none() : py::object(py::int_(fault.node_id));
    const py::object error = type(fault.what(), fault.time_ps, node);
    PyErr_SetObject(type.ptr(), error.ptr());
  }
}

std::unique_ptr<Engine> make_engine(const py::dict& columns, const py::dict& scalars,
                                    const std::vector<std::uint32_t>& partition_of,
                                    std::uint32_t threads, std::size_t table_rows,
                                    std::int64_t memory_bytes, Ps queue_sample_ps, Ps cc_spacing_ps,
                                    bool trace, bool list_closed, const py::sequence& algorithms) {
  const Plan plan = plan_from_python(columns, scalars);
  EngineOptions options;
  options.partition_of = partition_of;
  options.threads = threads;
  options.table_rows = table_rows;
  options.memory_bytes = memory_bytes;
  options.queue_sample_ps = queue_sample_ps;
  options.cc_spacing_ps = cc_spacing_ps;
  options.trace = trace;
  options.list_closed = list_closed;
  options.algorithms = natives(algorithms);
  const py::gil_scoped_release release;
  return std::make_unique<Engine>(plan, std::move(options));
}

py::dict rows_not_kept(const Engine& engine) {
  const Tables& tables = engine.tables();
  py::dict out;
  out["drops"] = tables.drops.not_kept();
  out["pauses"] = tables.pauses.not_kept();
  out["xoffs"] = tables.xoffs.not_kept();
  out["queues"] = tables.queues.not_kept();
  out["cc"] = tables.cc.not_kept();
  out["trace"] = tables.trace.not_kept();
  out["watchdog"] = tables.watchdog.not_kept();
  return out;
}

std::uint64_t sum_frames(const Engine& engine, std::uint64_t Port::* counter) {
  std::uint64_t sum = 0;
  for (const Port& p : engine.network().ports) sum += p.*counter;
  return sum;
}

}  // namespace

}  // namespace fabric::bindings

PYBIND11_MODULE(_core, m) {
  using namespace fabric;
  using namespace fabric::bindings;
  py::register_exception_translator(&translate);
  define_algorithm(m);
  py::class_<Engine>(m, "Engine")
      .def(py::init(&make_engine), py::kw_only(), py::arg("columns"), py::arg("scalars"),
           py::arg("partition_of"), py::arg("threads"), py::arg("table_rows"),
           py::arg("memory_bytes"), py::arg("queue_sample_ps"), py::arg("cc_spacing_ps"),
           py::arg("trace"), py::arg("list_closed"), py::arg("algorithms"), py::keep_alive<1, 12>())
      .def(
          "advance",
          [](Engine& e, double budget_seconds) { return int(e.advance(budget_seconds)); },
          py::arg("budget_seconds"), py::call_guard<py::gil_scoped_release>())
      .def("closed_flows", &closed_table)
      .def("forget_closed", &Engine::forget_closed)
      .def("finish", &Engine::finish, py::call_guard<py::gil_scoped_release>())
      .def_property_readonly("now_ps", &Engine::now)
      .def_property_readonly("helper_cpu_seconds", &Engine::helper_cpu_seconds)
      .def_property_readonly("events", &Engine::events)
      .def_property_readonly("windows", &Engine::windows)
      .def_property_readonly("open_flows", &Engine::open_flows)
      .def_property_readonly("fingerprint", &Engine::fingerprint)
      .def_property_readonly("memory_bytes", &Engine::memory_bytes)
      .def_property_readonly("packet_hops",
                             [](const Engine& e) { return sum_frames(e, &Port::tx_frames); })
      .def_property_readonly("data_packet_hops",
                             [](const Engine& e) { return sum_frames(e, &Port::tx_data_frames); })
      .def("rows_not_kept", &rows_not_kept)
      .def("flows", &flow_table)
      .def("queue_pairs", &queue_pair_table)
      .def("ports", &port_table)
      .def("classes", &class_table)
      .def("drops", &drop_table)
      .def("pauses", &pause_table)
      .def("xoffs", &xoff_table)
      .def("queues", &queue_table)
      .def("cc", &cc_table)
      .def("trace", &trace_table)
      .def("watchdog", &watchdog_table)
      .def("deadlocks", &deadlock_table)
      .def("livelocks", &livelock_table);
  m.attr("compiler") = __VERSION__;
#ifdef NDEBUG
  m.attr("build_type") = "release";
#else
  m.attr("build_type") = "debug";
#endif
}
