#include "fabric/engine/partitions.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "fabric/sched/order.h"

namespace fabric {

namespace {

// Node of a port's own side.
std::uint32_t owner(const Network& net, const Port& port) { return net.ports[port.peer].peer_node; }

// Union by path halving; the root of a set is its smallest node.
struct Sets {
  std::vector<std::uint32_t> parent;

  explicit Sets(std::size_t nodes) : parent(nodes) { std::iota(parent.begin(), parent.end(), 0u); }
  std::uint32_t root(std::uint32_t node) {
    while (parent[node] != node) node = parent[node] = parent[parent[node]];
    return node;
  }
  void join(std::uint32_t a, std::uint32_t b) {
    const std::uint32_t x = root(a), y = root(b);
    parent[std::max(x, y)] = std::min(x, y);
  }
};

std::vector<std::uint32_t> joined_below(const Network& net, Ps delay) {
  Sets sets(net.nodes.size());
  for (const Port& port : net.ports)
    if (port.mac_delay < delay) sets.join(owner(net, port), port.peer_node);
  std::vector<std::uint32_t> partition_of(net.nodes.size());
  for (std::uint32_t node = 0; node < partition_of.size(); ++node)
    partition_of[node] = sets.root(node);
  return partition_of;
}

// Whether the partitions can be shared out: enough of them, none with more ports than a share.
bool divisible(const Network& net, const std::vector<std::uint32_t>& partition_of,
               std::size_t threads) {
  std::map<std::uint32_t, std::size_t> ports;
  for (const Node& node : net.nodes) ports[partition_of[node.id]] += node.port_count;
  std::size_t largest = 0;
  for (const auto& [partition, count] : ports) largest = std::max(largest, count);
  return ports.size() >= kPartitionsPerThread * threads && largest * threads <= net.ports.size();
}

}  // namespace

Partitions make_partitions(const Network& net, const std::vector<std::uint32_t>& partition_of) {
  Partitions out;
  std::map<std::uint32_t, std::uint32_t> number;
  std::vector<std::vector<std::uint32_t>> members;
  std::vector<std::uint32_t> partition(net.nodes.size());
  for (std::uint32_t node = 0; node < net.nodes.size(); ++node) {
    const auto [slot, fresh] = number.try_emplace(partition_of[node], number.size());
    if (fresh) members.emplace_back();
    members[slot->second].push_back(node);
    partition[node] = slot->second;
  }
  for (const auto& nodes : members) {
    const auto first = std::uint32_t(out.members.size());
    out.members.insert(out.members.end(), nodes.begin(), nodes.end());
    out.list.push_back({first, std::uint32_t(out.members.size()), EventKey::kMaxSpan});
  }
  out.window = EventKey::kMaxSpan;
  for (const Port& port : net.ports) {
    const std::uint32_t here = partition[owner(net, port)];
    Ps& shortest = here == partition[port.peer_node] ? out.list[here].lookahead : out.window;
    shortest = std::min(shortest, port.mac_delay);
  }
  return out;
}

std::vector<std::uint32_t> join_short_links(const Network& net, std::size_t threads) {
  std::set<Ps, std::greater<>> limits = {kJoinedBelow, 0};
  for (const Port& port : net.ports)
    if (port.mac_delay < kJoinedBelow) limits.insert(port.mac_delay);
  for (const Ps limit : limits) {  // the longest first; joining none always comes last
    auto partition_of = joined_below(net, limit);
    if (limit == 0 || divisible(net, partition_of, threads)) return partition_of;
  }
  return {};
}

std::vector<double> positions(const Network& net) {
  const std::size_t hosts = std::size_t(std::count_if(net.nodes.begin(), net.nodes.end(),
                                                      [](const Node& n) { return !n.is_switch; }));
  std::vector<double> position(net.nodes.size(), -1);
  for (std::size_t h = 0; h < hosts; ++h) position[h] = double(h) / double(hosts);
  for (bool progress = true; progress;) {
    progress = false;
    std::vector<std::pair<std::uint32_t, double>> found;  // one tier further from the hosts
    for (const Node& node : net.nodes) {
      if (position[node.id] >= 0) continue;
      double sum = 0, known = 0;
      for (std::uint32_t p = node.first_port; p < node.first_port + node.port_count; ++p)
        if (const double x = position[net.ports[p].peer_node]; x >= 0) sum += x, ++known;
      if (known > 0) found.push_back({node.id, sum / known});
    }
    for (const auto& [node, x] : found) position[node] = x, progress = true;
  }
  return position;
}

std::vector<std::uint32_t> share_out(const Partitions& partitions,
                                     const std::vector<double>& position,
                                     const std::vector<double>& work, std::uint32_t workers) {
  struct Piece {
    double position, work;
    std::uint32_t index;
  };
  std::vector<Piece> pieces;
  double total = 0;
  for (std::uint32_t i = 0; i < partitions.list.size(); ++i) {
    const Partition& partition = partitions.list[i];
    Piece piece{0, 0, i};
    for (std::uint32_t m = partition.first; m < partition.end; ++m) {
      piece.position += position[partitions.members[m]];
      piece.work += work[partitions.members[m]];
    }
    piece.position /= double(partition.end - partition.first);
    total += piece.work;
    pieces.push_back(piece);
  }
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
    return a.position != b.position ? a.position < b.position : a.index < b.index;
  });
  std::vector<std::uint32_t> share(pieces.size());
  double before = 0;
  for (const Piece& piece : pieces) {
    const double middle = (before + piece.work / 2) / (total > 0 ? total : 1);
    share[piece.index] = std::min(workers - 1, std::uint32_t(middle * workers));
    before += piece.work;
  }
  return share;
}

}  // namespace fabric
