#include "fabric/engine/livelock.h"

namespace fabric {

namespace {

constexpr int kSpans = 3;              // between looks, in a row
constexpr std::uint64_t kUseful = 32;  // at least one packet of so many is new

bool in_vain(std::uint64_t packets, std::uint64_t of_them_new) {
  return packets > 0 && kUseful * of_them_new < packets;
}

}  // namespace

std::uint32_t LivelockWatch::resent_in_vain(const Hosts& hosts, std::size_t qp) const {
  const QpProgress& since = progress_[qp];
  const auto resent = std::uint32_t(hosts.send_counters[qp].retransmitted_packets) - since.resent;
  return in_vain(resent, hosts.recv[qp].accepted_psn() - since.accepted) ? resent : 0;
}

void LivelockWatch::look(const Network& net, const Hosts& hosts, Ps now) {
  ++looks_;
  std::uint64_t arrived = 0, accepted = 0;
  for (const Port& port : net.ports)
    if (!net.nodes[port.peer_node].is_switch) arrived += port.tx_data_frames;
  for (std::size_t qp = 0; qp < progress_.size(); ++qp) {
    accepted += hosts.recv[qp].accepted_psn();
    if (resent_in_vain(hosts, qp) == 0)
      progress_[qp] = {looks_, std::uint32_t(hosts.send_counters[qp].retransmitted_packets),
                       hosts.recv[qp].accepted_psn()};
  }
  if (in_vain(arrived - arrived_, accepted - accepted_)) {
    if (++spans_ == 1) now_ = {last_, -1, 0, 0};
    now_.arrived_packets += arrived - arrived_;
    now_.new_packets += accepted - accepted_;
    if (spans_ == kSpans) rows_.push_back(now_);
    if (spans_ >= kSpans) rows_.back() = now_;
  } else {
    if (spans_ >= kSpans) rows_.back().end = last_;
    spans_ = 0;
  }
  last_ = now;
  arrived_ = arrived;
  accepted_ = accepted;
}

}  // namespace fabric
