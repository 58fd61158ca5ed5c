// Watchdogs, deadlocks and livelocks -> numpy columns.
#include "bindings/columns.h"

namespace fabric::bindings {

py::dict watchdog_table(const Engine& engine) {
  const auto& rows = engine.tables().watchdog.rows();
  const auto& nodes = engine.network().nodes;
  py::dict table;
  add<I64>(table, "start_ps", rows, [](const WatchdogRow& r) { return r.start; });
  add<I64>(table, "end_ps", rows, [](const WatchdogRow& r) { return r.end; });
  add<I64>(table, "port", rows,
           [&](const WatchdogRow& r) { return nodes[r.node].first_port + r.port; });
  add<U8>(table, "priority", rows, [](const WatchdogRow& r) { return r.cls; });
  add<U8>(table, "action", rows, [](const WatchdogRow& r) { return r.action; });
  add<I64>(table, "dropped_frames", rows, [](const WatchdogRow& r) { return r.dropped_frames; });
  return table;
}

py::dict deadlock_table(const Engine& engine) {
  const auto& rows = engine.deadlocks().rows();
  py::dict table;
  add<I64>(table, "deadlock", rows, [](const DeadlockRow& r) { return r.deadlock; });
  add<I64>(table, "time_ps", rows, [](const DeadlockRow& r) { return r.time; });
  add<I64>(table, "port", rows, [](const DeadlockRow& r) { return r.queue / kClasses; });
  add<U8>(table, "priority", rows, [](const DeadlockRow& r) { return r.queue % kClasses; });
  add<I64>(table, "held_bytes", rows, [](const DeadlockRow& r) { return r.held_bytes; });
  return table;
}

py::dict livelock_table(const Engine& engine) {
  const auto& rows = engine.livelocks().rows();
  py::dict table;
  add<I64>(table, "start_ps", rows, [](const LivelockRow& r) { return r.start; });
  add<I64>(table, "end_ps", rows, [](const LivelockRow& r) { return r.end; });
  add<I64>(table, "arrived_packets", rows, [](const LivelockRow& r) { return r.arrived_packets; });
  add<I64>(table, "new_packets", rows, [](const LivelockRow& r) { return r.new_packets; });
  return table;
}

}  // namespace fabric::bindings
