// Who runs which partition: by expected traffic at first, by measured traffic at fixed simulated
// times.
#include <algorithm>

#include "fabric/engine/engine.h"

namespace fabric {

// `work` by node. Called while no mail is under way.
void Engine::assign(const std::vector<double>& work) {
  const auto workers = std::uint32_t(lots_.size());
  const auto share = share_out(partitions_, position_, work, workers);
  std::vector<std::uint32_t> worker_of(net_.nodes.size());
  for (const auto& lot : lots_) lot->partitions.clear(), lot->next = kNever;
  for (std::uint32_t i = 0; i < share.size(); ++i) {
    Lot& lot = *lots_[share[i]];
    lot.partitions.push_back(i);
    for (std::uint32_t m = partitions_.list[i].first; m < partitions_.list[i].end; ++m) {
      worker_of[partitions_.members[m]] = share[i];
      lot.next = std::min(lot.next, net_.next[partitions_.members[m]]);
    }
  }
  for (Port& port : net_.ports) port.peer_worker = worker_of[port.peer_node];
}

void Engine::balance() {
  balance_due_ = false;
  next_balance_ = 2 * now_;
  hand_in_tables();
  std::vector<double> measured;
  for (Node& n : net_.nodes) measured.push_back(double(std::exchange(n.work, 0)));
  assign(measured);
}

void Engine::hand_in_tables() {
  for (const auto& lot : lots_)
    tables_.each(lot->worker.tables, [](auto& all, auto& mine) { all.take(mine); });
}

}  // namespace fabric
