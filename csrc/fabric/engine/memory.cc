// What a run needs: known from the plan, but for rings, telemetry, rows and outboxes, which grow
// with the frames that are under way.
#include <algorithm>
#include <cstdio>

#include "fabric/engine/creation_order.h"
#include "fabric/engine/engine.h"

namespace fabric {

namespace {

template <class Row>
std::int64_t row_bytes(const Table<Row>& table) {
  return std::int64_t(table.rows().capacity() * sizeof(Row));
}

std::int64_t row_bytes(const Tables& t) {
  return row_bytes(t.drops) + row_bytes(t.pauses) + row_bytes(t.xoffs) + row_bytes(t.queues) +
         row_bytes(t.cc) + row_bytes(t.trace) + row_bytes(t.watchdog);
}

std::string size(std::int64_t bytes) {
  char text[32];
  if (bytes < 1'000)
    std::snprintf(text, sizeof text, "%d B", int(bytes));
  else if (bytes < 1'000'000)
    std::snprintf(text, sizeof text, "%.1f kB", double(bytes) / 1e3);
  else
    std::snprintf(text, sizeof text, "%.1f MB", double(bytes) / 1e6);
  return text;
}

}  // namespace

std::int64_t planned_bytes(const Plan& plan) {
  constexpr std::size_t kNode =
      sizeof(Node) + sizeof(Nic) + sizeof(Ps) + sizeof(Ps*) + sizeof(RowsKept) + 3 * sizeof(double);
  constexpr std::size_t kPort = sizeof(Port) + sizeof(Ps) + 1 + sizeof(std::uint32_t) +
                                sizeof(PortCold) + sizeof(Lane) + sizeof(Ring<PfcFrame>) +
                                kClasses * (sizeof(ClassQueue) + sizeof(IngressGroup));
  // With the most that a queue pair takes in vectors that double: a pacing entry, a place in a
  // round robin, two timers at either end, a CNP time per destination.
  constexpr std::size_t kQueuePair =
      sizeof(SendQp) + sizeof(RecvQp) + sizeof(CcState) + sizeof(SendCounters) +
      sizeof(RecvCounters) + 2 * (sizeof(Paced) + sizeof(std::uint32_t) + 4 * sizeof(Timer)) +
      sizeof(QpProgress) + 64;
  constexpr std::size_t kFlow =
      sizeof(Message) + 2 * sizeof(Ps) + sizeof(FlowStatus) + 2 * sizeof(std::uint32_t);
  static_assert(kQueuePair <= 1024);
  const bool selective = plan.repeats_selectively();
  std::size_t host_ports = 0, watched = 0;
  for (std::size_t i = 0; i < plan.nodes(); ++i) {
    const std::size_t ports = plan.node_first_port[i + 1] - plan.node_first_port[i];
    if (plan.node_is_switch[i] == 0) host_ports += ports;
    // With the timers of a pause limit.
    if (plan.node_watchdog_poll_ps[i] != 0 || plan.node_pause_limit_ps[i] != 0)
      watched += sizeof(Watchdog) + ports * kClasses * (sizeof(WatchedQueue) + 2 * sizeof(Timer));
  }
  watched += plan.storm_port.size() * (sizeof(PauseStorm) + 4 * sizeof(Timer));
  const auto with_profile =
      std::size_t(std::count_if(plan.node_qos.begin(), plan.node_qos.end(),
                                [](std::int32_t profile) { return profile >= 0; }));
  const std::size_t qos = plan.qos_profiles() * sizeof(QosProfile) +
                          with_profile * sizeof(PoolState) +
                          (with_profile == 0 ? 0 : plan.ports() * kClasses * sizeof(Ps));
  // Two timers more at the receiver.
  constexpr std::size_t kCredits =
      sizeof(CreditSender) + sizeof(CreditReceiver) + 4 * sizeof(Timer);
  const std::size_t credits =
      plan.has_credits() ? plan.qps() * kCredits + host_ports * sizeof(CreditPort) : 0;
  return std::int64_t(
      watched + qos + credits + devices_bytes(plan) + plan.nodes() * kNode + plan.ports() * kPort +
      host_ports * sizeof(NicPort) +
      plan.qps() * (kQueuePair + (selective ? sizeof(Scoreboard) + sizeof(PsnSet) : 0)) +
      plan.flows() * kFlow +
      sizeof(std::uint32_t) *
          (plan.route_entry.size() + plan.local_entry.size() + plan.ecmp_first.size()) +
      sizeof(std::uint16_t) * plan.ecmp_port.size() +
      (plan.int_hops != 0 ? TelemetryStore::kMaxChunks * sizeof(void*) : 0));
}

// After each window, by its own thread.
void Lot::count_memory() {
  std::size_t bytes = worker.closed.capacity() * sizeof(ClosedFlow);
  for (const auto& boxes : worker.outboxes)
    for (const Outbox& box : boxes)
      bytes +=
          box.data.capacity() * sizeof(Outbox::Data) + box.pfc.capacity() * sizeof(Outbox::Pfc);
  if (worker.net.devices) bytes += worker.net.devices->bytes();
  growing_bytes = worker.memory.bytes + row_bytes(worker.tables) + std::int64_t(bytes);
}

std::int64_t Engine::growing_bytes() const {
  std::int64_t bytes = row_bytes(tables_);
  for (const auto& lot : lots_) bytes += lot->growing_bytes;
  return bytes;
}

// Throws if the plan alone needs more than the bound.
void Engine::plan_memory(const Plan& plan, const EngineOptions& options) {
  planned_ = planned_bytes(plan);
  if (options.queue_sample_ps != 0)
    planned_ += std::int64_t(plan.ports() * kClasses * sizeof(QueueCounts));
  if (options.cc_spacing_ps >= 0) planned_ += std::int64_t(plan.qps() * sizeof(CcTrace));
  peak_bytes_ = planned_;
  if (memory_limit_ != 0 && planned_ > memory_limit_)
    throw EngineFault("max_memory is " + size(memory_limit_) + ", but the state of " +
                          std::to_string(plan.nodes()) + " nodes, " + std::to_string(plan.ports()) +
                          " ports, " + std::to_string(plan.qps()) + " queue pairs and " +
                          std::to_string(plan.flows()) + " flows alone takes " + size(planned_) +
                          "; raise max_memory or plan less",
                      0, -1);
}

// Notes the most that was ever needed; halts the run when it has outgrown the bound.
void Engine::watch_memory() {
  const std::int64_t growing = growing_bytes();
  peak_bytes_ = std::max(peak_bytes_, planned_ + growing);
  if (memory_limit_ == 0 || planned_ + growing <= memory_limit_) return;
  std::int64_t rings = 0;
  for (const auto& lot : lots_) rings += lot->worker.memory.bytes;
  lots_.front()->fault = Lot::Fault{
      "the run has outgrown max_memory = " + size(memory_limit_) + ": the planned state takes " +
          size(planned_) + ", frames on links and in queues " + size(rings) +
          ", recorded rows and mail between threads " + size(growing - rings) +
          "; raise max_memory, record less, or let fewer senders start at once",
      now_, Lot::kNoNode};
  halted_ = true;
}

}  // namespace fabric
