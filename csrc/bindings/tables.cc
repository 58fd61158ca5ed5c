// Engine state -> numpy columns.
#include <numeric>

#include "bindings/columns.h"
#include "fabric/transport/messages.h"

namespace py = pybind11;

namespace fabric::bindings {

namespace {

I64 delivered(const Hosts& hosts, std::size_t flow) {
  const Message& m = hosts.messages[flow];
  const std::uint32_t expected = hosts.recv[m.qp].expected_psn;
  if (expected <= m.first_psn) return 0;
  if (hosts.complete_at[flow] >= 0) return m.size_bytes;
  const I64 full = I64{expected - m.first_psn} * hosts.framing.mtu_bytes;
  return m.size_bytes < 0 ? full : std::min(full, m.size_bytes);
}

}  // namespace

py::dict flow_table(const Engine& engine) {
  const Hosts& hosts = engine.hosts();
  py::dict table;
  std::size_t i = 0;
  const auto since_start = [&](Ps at) {
    const Ps start = hosts.messages[i++].start;
    return at < 0 ? -1 : at - start;
  };
  add<I64>(table, "fct_ps", hosts.complete_at, since_start);
  i = 0;
  add<I64>(table, "sender_fct_ps", hosts.sender_complete_at, since_start);
  add<U8>(table, "status", hosts.status, [](FlowStatus s) { return U8(s); });
  i = 0;
  add<I64>(table, "delivered_bytes", hosts.messages,
           [&](const Message&) { return delivered(hosts, i++); });
  return table;
}

// What was known of each flow when it was closed: a later arrival of its last byte is left out.
py::dict closed_table(const Engine& engine) {
  const Hosts& hosts = engine.hosts();
  const std::vector<ClosedFlow> rows = engine.closed_flows();
  const auto since_start = [&](const ClosedFlow& row, Ps at) {
    return at < 0 || at > row.time ? -1 : at - hosts.messages[row.flow].start;
  };
  py::dict table;
  add<I64>(table, "flow", rows, [](const ClosedFlow& r) { return r.flow; });
  add<I64>(table, "closed_ps", rows, [](const ClosedFlow& r) { return r.time; });
  add<I64>(table, "fct_ps", rows,
           [&](const ClosedFlow& r) { return since_start(r, hosts.complete_at[r.flow]); });
  add<I64>(table, "sender_fct_ps", rows,
           [&](const ClosedFlow& r) { return since_start(r, hosts.sender_complete_at[r.flow]); });
  add<U8>(table, "status", rows, [&](const ClosedFlow& r) { return U8(hosts.status[r.flow]); });
  return table;
}

py::dict queue_pair_table(const Engine& engine) {
  const Hosts& hosts = engine.hosts();
  py::dict table;
  add<I64>(table, "rate_bps", hosts.send, [](const SendQp& q) { return q.rate_bps; });
  add<I64>(table, "window_bytes", hosts.send, [](const SendQp& q) { return q.window_bytes; });
  add<I64>(table, "next_psn", hosts.send, [](const SendQp& q) { return q.next_psn; });
  add<I64>(table, "acked_psn", hosts.send, [](const SendQp& q) { return q.una_psn; });
  add<I64>(table, "posted_psn", hosts.send, [](const SendQp& q) { return q.posted_psn; });
  add<I64>(table, "expected_psn", hosts.recv, [](const RecvQp& q) { return q.expected_psn; });
  add<U8>(table, "failed", hosts.send, [](const SendQp& q) { return q.failed; });
  add<I64>(table, "retransmitted_packets", hosts.send_counters,
           [](const SendCounters& c) { return c.retransmitted_packets; });
  add<I64>(table, "naks_received", hosts.send_counters,
           [](const SendCounters& c) { return c.naks_received; });
  add<I64>(table, "cnps_received", hosts.send_counters,
           [](const SendCounters& c) { return c.cnps_received; });
  std::size_t i = 0;
  add<I64>(table, "timeouts", hosts.send_counters, [&](const SendCounters& c) {
    return c.timeouts + hosts.recv_counters[i++].read_timeouts;
  });
  add<I64>(table, "marked_packets", hosts.recv_counters,
           [](const RecvCounters& c) { return c.marked_packets; });
  add<I64>(table, "out_of_sequence", hosts.recv_counters,
           [](const RecvCounters& c) { return c.out_of_sequence; });
  add<I64>(table, "duplicates", hosts.recv_counters,
           [](const RecvCounters& c) { return c.duplicates; });
  add<I64>(table, "acks_sent", hosts.recv_counters,
           [](const RecvCounters& c) { return c.acks_sent; });
  add<I64>(table, "naks_sent", hosts.recv_counters,
           [](const RecvCounters& c) { return c.naks_sent; });
  add<I64>(table, "cnps_sent", hosts.recv_counters,
           [](const RecvCounters& c) { return c.cnps_sent; });
  i = 0;
  add<I64>(table, "resent_in_vain", hosts.send,
           [&](const SendQp&) { return engine.livelocks().resent_in_vain(hosts, i++); });
  add<I64>(table, "progress_ps", engine.livelocks().progress(),
           [&](const QpProgress& p) { return p.look * engine.stall_grid(); });
  return table;
}

py::dict port_table(const Engine& engine) {
  const Network& net = engine.network();
  py::dict table;
  add<I64>(table, "tx_frames", net.ports, [](const Port& p) { return p.tx_frames; });
  add<I64>(table, "tx_data_frames", net.ports, [](const Port& p) { return p.tx_data_frames; });
  add<I64>(table, "tx_bytes", net.ports, [](const Port& p) { return p.tx_bytes; });
  std::size_t i = 0;
  add<I64>(table, "ecn_marks", net.ports, [&](const Port&) {
    I64 marks = 0;
    for (int cls = 0; cls < kClasses; ++cls) marks += I64(net.queues[i++].ecn_marks);
    return marks;
  });
  add<I64>(table, "drops", net.cold, [](const PortCold& c) { return c.drops; });
  add<I64>(table, "xoff_sent", net.cold, [](const PortCold& c) { return sum(c.xoff_sent_frames); });
  add<I64>(table, "xon_sent", net.cold, [](const PortCold& c) { return sum(c.xon_sent_frames); });
  add<I64>(table, "xoff_received", net.cold,
           [](const PortCold& c) { return sum(c.xoff_received); });
  add<I64>(table, "xon_received", net.cold, [](const PortCold& c) { return sum(c.xon_received); });
  add<I64>(table, "paused_ps", net.cold, [](const PortCold& c) { return sum(c.paused_ps); });
  return table;
}

// Rows of (port, class) in that order, 8 a port.
py::dict class_table(const Engine& engine) {
  const Network& net = engine.network();
  py::dict table;
  add<I64>(table, "queue_bytes", net.queues, [](const ClassQueue& q) { return q.size_bytes; });
  add<I64>(table, "peak_queue_bytes", net.queues, [](const ClassQueue& q) { return q.peak_bytes; });
  add<I64>(table, "ingress_bytes", net.ingress, [](const IngressGroup& g) { return g.size_bytes; });
  add<I64>(table, "peak_ingress_bytes", net.ingress,
           [](const IngressGroup& g) { return g.peak_bytes; });
  add<I64>(table, "headroom_bytes", net.ingress,
           [](const IngressGroup& g) { return g.headroom_bytes; });
  add<I64>(table, "peak_headroom_bytes", net.ingress,
           [](const IngressGroup& g) { return g.peak_headroom_bytes; });
  add<I64>(table, "ecn_marks", net.queues, [](const ClassQueue& q) { return q.ecn_marks; });
  std::size_t i = 0;
  const auto per_class = [&](const char* name, auto counts) {
    i = 0;
    add<I64>(table, name, net.queues, [&](const ClassQueue&) {
      const I64 count = counts(net.cold[i / kClasses])[i % kClasses];
      ++i;
      return count;
    });
  };
  per_class("xoff_sent", [](const PortCold& c) { return c.xoff_sent_frames; });
  per_class("xon_sent", [](const PortCold& c) { return c.xon_sent_frames; });
  per_class("xoff_received", [](const PortCold& c) { return c.xoff_received; });
  per_class("xon_received", [](const PortCold& c) { return c.xon_received; });
  per_class("paused_ps", [](const PortCold& c) { return c.paused_ps; });
  i = 0;
  add<U8>(table, "paused", net.queues, [&](const ClassQueue&) {
    const U8 bit = net.ports[i / kClasses].paused >> (i % kClasses) & 1;
    ++i;
    return bit;
  });
  i = 0;
  add<U8>(table, "xoff", net.queues, [&](const ClassQueue&) {
    const U8 bit = net.ports[i / kClasses].xoff >> (i % kClasses) & 1;
    ++i;
    return bit;
  });
  return table;
}

py::dict drop_table(const Engine& engine) {
  const auto& rows = engine.tables().drops.rows();
  const auto& nodes = engine.network().nodes;
  py::dict table;
  add<I64>(table, "time_ps", rows, [](const DropRow& r) { return r.time; });
  add<I64>(table, "port", rows,
           [&](const DropRow& r) { return nodes[r.node].first_port + r.port; });
  add<U8>(table, "priority", rows, [](const DropRow& r) { return r.cls; });
  add<U8>(table, "cause", rows, [](const DropRow& r) { return r.cause; });
  add<U8>(table, "kind", rows, [](const DropRow& r) { return r.kind; });
  add<I64>(table, "qp", rows, [](const DropRow& r) { return r.qp; });
  add<I64>(table, "psn", rows, [](const DropRow& r) { return r.psn; });
  add<I64>(table, "size_bytes", rows, [](const DropRow& r) { return r.size_bytes; });
  add<I64>(table, "buffered_bytes", rows, [](const DropRow& r) { return r.buffered_bytes; });
  add<I64>(table, "headroom_bytes", rows, [](const DropRow& r) { return r.headroom_bytes; });
  add<I64>(table, "xoff_since_ps", rows, [](const DropRow& r) { return r.xoff_since; });
  add<U8>(table, "xoff_told", rows, [](const DropRow& r) { return r.xoff_told; });
  add<U8>(table, "dscp", rows, [](const DropRow& r) { return r.dscp; });
  return table;
}

py::dict pause_table(const Engine& engine) {
  const auto& rows = engine.tables().pauses.rows();
  const auto& nodes = engine.network().nodes;
  py::dict table;
  add<I64>(table, "start_ps", rows, [](const PauseRow& r) { return r.start; });
  add<I64>(table, "end_ps", rows, [](const PauseRow& r) { return r.end; });
  add<I64>(table, "port", rows,
           [&](const PauseRow& r) { return nodes[r.node].first_port + r.port; });
  add<U8>(table, "priority", rows, [](const PauseRow& r) { return r.cls; });
  return table;
}

// Rows of XOFF and XON as they were decided, node by node.
py::dict xoff_table(const Engine& engine) {
  const auto& rows = engine.tables().xoffs.rows();
  const auto& nodes = engine.network().nodes;
  py::dict table;
  add<I64>(table, "time_ps", rows, [](const XoffRow& r) { return r.time; });
  add<U8>(table, "xon", rows, [](const XoffRow& r) { return r.xon; });
  add<I64>(table, "port", rows,
           [&](const XoffRow& r) { return nodes[r.node].first_port + r.port; });
  add<U8>(table, "priority", rows, [](const XoffRow& r) { return r.cls; });
  add<I64>(table, "egress_port", rows, [&](const XoffRow& r) {
    return r.egress == kOwnFrame ? I64{-1} : I64{nodes[r.node].first_port} + r.egress;
  });
  add<I64>(table, "egress_priority", rows,
           [](const XoffRow& r) { return r.egress == kOwnFrame ? I64{-1} : I64{r.queue}; });
  add<U8>(table, "egress_paused", rows, [](const XoffRow& r) { return r.egress_paused; });
  add<I64>(table, "waiting_since_ps", rows, [](const XoffRow& r) { return r.since; });
  add<I64>(table, "queue_bytes", rows, [](const XoffRow& r) { return r.queue_bytes; });
  add<I64>(table, "held_bytes", rows, [](const XoffRow& r) { return r.held_bytes; });
  add<I64>(table, "ingress_bytes", rows, [](const XoffRow& r) { return r.group_bytes; });
  add<I64>(table, "threshold_bytes", rows, [](const XoffRow& r) { return r.threshold_bytes; });
  add<I64>(table, "sampled_every", rows, [](const XoffRow& r) { return r.stride; });
  return table;
}

py::dict trace_table(const Engine& engine) {
  const auto& rows = engine.tables().trace.rows();
  const auto& nodes = engine.network().nodes;
  py::dict table;
  add<I64>(table, "time_ps", rows, [](const TraceRow& r) { return r.time; });
  add<I64>(table, "node", rows, [](const TraceRow& r) { return r.node; });
  add<I64>(table, "port", rows,
           [&](const TraceRow& r) { return nodes[r.node].first_port + r.port; });
  add<U8>(table, "event", rows, [](const TraceRow& r) { return r.event; });
  add<U8>(table, "kind", rows, [](const TraceRow& r) { return r.kind; });
  add<U8>(table, "priority", rows, [](const TraceRow& r) { return r.cls; });
  add<I64>(table, "qp", rows, [](const TraceRow& r) { return r.qp; });
  add<I64>(table, "psn", rows, [](const TraceRow& r) { return r.psn; });
  add<I64>(table, "size_bytes", rows, [](const TraceRow& r) { return r.size_bytes; });
  add<U8>(table, "ecn", rows, [](const TraceRow& r) { return r.ecn; });
  return table;
}

}  // namespace fabric::bindings
