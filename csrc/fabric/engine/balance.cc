// Who runs which partition: by expected traffic at first, by measured traffic at fixed simulated
// times.
#include <algorithm>

#include "fabric/engine/engine.h"

namespace fabric {

// By the events since the last time; before any, and for what has been idle and may yet wake up,
// traffic grows with the ports. Called while no mail is under way.
void Engine::assign() {
  const auto workers = std::uint32_t(lots_.size());
  std::vector<double> work;
  for (Node& n : net_.nodes) work.push_back(1.0 + n.port_count + double(std::exchange(n.work, 0)));
  const auto share = share_out(partitions_, position_, work, workers);
  std::vector<std::uint32_t> worker_of(net_.nodes.size());
  for (const auto& lot : lots_) lot->partitions.clear();
  for (std::uint32_t i = 0; i < share.size(); ++i) lots_[share[i]]->partitions.push_back(i);
  for (const auto& lot : lots_) {
    lot->form_blocks(partitions_);
    for (const std::uint32_t node : lot->nodes) worker_of[node] = lot->worker.id;
  }
  for (Port& port : net_.ports) port.peer_worker = worker_of[port.peer_node];
}

void Lot::form_blocks(const Partitions& all) {
  const std::size_t blocks = (partitions.size() + kBlock - 1) / kBlock;
  Network& net = worker.net;
  nodes.clear();
  block_end.assign(blocks, 0);
  block_plain.assign(blocks, 1);
  block_next.assign(blocks, kNever);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const Partition& partition = all.list[partitions[i]];
    Ps& block = block_next[i / kBlock];
    if (partition.end - partition.first != 1) block_plain[i / kBlock] = 0;
    for (std::uint32_t m = partition.first; m < partition.end; ++m) {
      const std::uint32_t node = all.members[m];
      nodes.push_back(node);
      net.block_next[node] = &block;
      block = std::min(block, net.next[node]);
    }
    block_end[i / kBlock] = std::uint32_t(nodes.size());
  }
  next = block_next.empty() ? kNever : *std::min_element(block_next.begin(), block_next.end());
}

void Engine::balance() {
  balance_due_ = false;
  balance_step_ *= 2;
  next_balance_ = now_ + balance_step_;
  hand_in_tables();
  assign();
}

void Engine::hand_in_tables() {
  for (const auto& lot : lots_)
    tables_.each(lot->worker.tables, [](auto& all, auto& mine) { all.take(mine); });
}

}  // namespace fabric
