// What a host does with each event of its window: frames to requester and responder, timers, posted
// operations.
#include "fabric/transport/host.h"

#include <algorithm>

#include "fabric/net/events.h"
#include "fabric/net/pause_limit.h"
#include "fabric/net/pfc.h"
#include "fabric/transport/congestion.h"
#include "fabric/transport/nic.h"
#include "fabric/transport/receive.h"
#include "fabric/transport/requester.h"
#include "fabric/transport/responder.h"

namespace fabric::host {

namespace {

bool asks_for_credit_here(const HostWorker& h, const Frame& f) {
  return f.kind == Kind::kCreditRequest && h.hosts.recv[f.qp].node == h.node->id;
}

[[gnu::always_inline]] inline void take(HostWorker& h, std::uint32_t local, const Frame& f) {
  const bool data = f.kind == Kind::kData;
  const std::uint32_t owner = data ? h.hosts.recv[f.qp].node : h.hosts.send[f.qp].node;
  FABRIC_CHECK(owner == h.node->id || asks_for_credit_here(h, f),
               "a route leads a frame to the wrong host");
  if (data && h.nic().receive_rate_bps != 0) [[unlikely]]
    return receive::on_arrival(h, local, f);
  h.node->consumed_frames += 1;
  h.node->consumed_bytes += f.size_bytes;
  switch (f.kind) {
    case Kind::kData:
      return responder::on_data(h, f);
    case Kind::kAck:
    case Kind::kNak:
      requester::on_ack(h, f);
      return h.forget_telemetry(f);
    case Kind::kCnp:
      return requester::on_cnp(h, f);
    case Kind::kReadRequest:
      return requester::on_read_request(h, f);
    case Kind::kCredit:
      return credits::on_credit(h, f);
    case Kind::kCreditRequest:
      FABRIC_CHECK(asks_for_credit_here(h, f), "a route leads a credit request back to its sender");
      return credits::on_request(h, f);
    case Kind::kPfc:
      break;
  }
  FABRIC_CHECK(false, "a PFC frame came in the data lane");
}

}  // namespace

void on_frame(HostWorker& h, std::uint32_t local, const Frame& f) { take(h, local, f); }

void on_timer(HostWorker& h, const Timer& timer) {
  switch (timer.kind) {
    case TimerKind::kRetransmit:
      return requester::on_timeout(h, timer.index);
    case TimerKind::kReadRetry:
      return responder::on_read_timeout(h, timer.index);
    case TimerKind::kCongestionControl:
      return congestion::on_timer(h, timer.index);
    case TimerKind::kPfcRefresh:
      if (refresh_xoff(h, timer.index / kClasses, timer.index % kClasses))
        nic::send_due_pfc(h, timer.index / kClasses);
      return;
    case TimerKind::kReceiveService:
      return receive::on_served(h, timer.index);
    case TimerKind::kPauseLimit:
      pause_limit::expire(h, timer.index / kClasses, timer.index % kClasses);
      return nic::send_due_pfc(h, timer.index / kClasses);
    case TimerKind::kPauseStorm:
      return nic::send_due_pfc(h, pause_storm::turn(h, timer.index));
    case TimerKind::kCreditPacing:
      return credits::on_pacing(h, timer.index);
    case TimerKind::kCreditSilence:
      return credits::on_silence(h, timer.index);
    case TimerKind::kWatchdogPoll:
      break;  // switches alone poll
  }
}

namespace {

Ps next_operation(const HostWorker& h) {
  const Node& node = *h.node;
  if (node.start_next == node.start_end) return kNever;
  return h.hosts.messages[h.hosts.start_flow[node.start_next]].start;
}

void schedule_operation(HostWorker& h) {
  if (const Ps time = next_operation(h); time < h.end)
    h.order.push(h.key(time, EventClass::kOperation, 0));
}

void post_operation(HostWorker& h) {
  h.order.pop();
  const std::uint32_t flow = h.hosts.start_flow[h.node->start_next++];
  schedule_operation(h);
  const Message& m = h.hosts.messages[flow];
  if (m.op == FlowOp::kRead)
    responder::request_read(h, flow);
  else
    requester::post(h, m.qp, m.end_psn());
}

// Runs the event of a key; false: the key had lost its reason.
bool handle(HostWorker& h, EventClass cls, std::uint32_t local) {
  Timer timer;
  switch (cls) {
    case EventClass::kData:
      break;  // not in this order
    case EventClass::kTransmit:
      h.order.pop();
      if (h.transmit_at[local] != h.now) return false;
      nic::on_transmit(h, local);
      return true;
    case EventClass::kMacControl:
      if (resumed_by_pfc(h, local)) nic::kick(h, local);
      return true;
    case EventClass::kTimer:
      if (!take_timer(h, timer)) return false;
      on_timer(h, timer);
      return true;
    case EventClass::kOperation:
      post_operation(h);
      return true;
  }
  return false;
}

}  // namespace

void run(HostWorker& h) {
  collect(h);
  schedule_operation(h);
  run_events(
      h, [&](std::uint32_t local, const Frame& f) { take(h, local, f); },
      [&](EventClass cls, std::uint32_t local) { return handle(h, cls, local); });
  h.later = std::min(h.later, next_operation(h));
}

}  // namespace fabric::host
