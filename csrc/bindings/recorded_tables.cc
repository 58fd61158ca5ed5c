// What was recorded over time -> numpy columns.
#include <algorithm>
#include <limits>
#include <numeric>

#include "bindings/columns.h"

namespace py = pybind11;

namespace fabric::bindings {

py::dict queue_table(const Engine& engine) {
  const auto& rows = engine.tables().queues.rows();
  const auto& nodes = engine.network().nodes;
  py::dict table;
  add<I64>(table, "time_ps", rows, [](const QueueRow& r) { return r.time; });
  add<I64>(table, "port", rows,
           [&](const QueueRow& r) { return nodes[r.node].first_port + r.port; });
  add<U8>(table, "priority", rows, [](const QueueRow& r) { return r.cls; });
  add<I64>(table, "size_bytes", rows, [](const QueueRow& r) { return r.size_bytes; });
  add<I64>(table, "ecn_marks", rows, [](const QueueRow& r) { return r.marks; });
  add<I64>(table, "marked_bytes", rows, [](const QueueRow& r) { return r.marked_bytes; });
  add<I64>(table, "drops", rows, [](const QueueRow& r) { return r.drops; });
  add<I64>(table, "dropped_bytes", rows, [](const QueueRow& r) { return r.dropped_bytes; });
  return table;
}

namespace {

using Names = std::vector<std::string>;

// By profile of congestion control, names of observed values.
std::vector<Names> observed_by_profile(const Hosts& hosts) {
  std::vector<Names> all;
  for (const CcProfile& profile : hosts.profiles) all.push_back(observed_names(*profile.algorithm));
  return all;
}

}  // namespace

// A column for each observed value of any algorithm of the plan, NaN where a row has none.
py::dict cc_table(const Engine& engine) {
  const auto& rows = engine.tables().cc.rows();
  const Hosts& hosts = engine.hosts();
  py::dict table;
  add<I64>(table, "time_ps", rows, [](const CcRow& r) { return r.time; });
  add<I64>(table, "node", rows, [](const CcRow& r) { return r.node; });
  add<I64>(table, "qp", rows, [](const CcRow& r) { return r.qp; });
  add<I64>(table, "flow", rows, [](const CcRow& r) { return r.flow; });
  add<I64>(table, "rate_bps", rows, [](const CcRow& r) { return r.rate_bps; });
  add<I64>(table, "window_bytes", rows, [](const CcRow& r) { return r.window_bytes; });
  if (hosts.cc_traces.empty()) return table;
  const std::vector<Names> observed = observed_by_profile(hosts);
  for (const Names& names : observed)
    for (const std::string& name : names) {
      if (table.contains(name.c_str())) continue;
      std::vector<std::size_t> place;
      for (const Names& own : observed)
        place.push_back(std::size_t(std::find(own.begin(), own.end(), name) - own.begin()));
      add<double>(table, name.c_str(), rows, [&](const CcRow& r) {
        const std::uint32_t profile = hosts.send[r.qp].profile;
        return place[profile] < observed[profile].size() ? r.values[place[profile]]
                                                         : std::numeric_limits<double>::quiet_NaN();
      });
    }
  return table;
}

}  // namespace fabric::bindings
