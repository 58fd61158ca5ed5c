// Partitions: sets of nodes that share an order of events, and who runs them. No result depends on
// either.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/net/node.h"

namespace fabric {

struct Partition {
  std::uint32_t first = 0, end = 0;  // its nodes: Partitions::members[first, end)
  Ps lookahead = kNever;             // smallest delay of a link inside it
};

struct Partitions {
  std::vector<Partition> list;         // in the order of their first nodes
  std::vector<std::uint32_t> members;  // nodes, partition by partition
  Ps window = 0;                       // smallest delay of a link between two of them
};

// Links shorter than this join the nodes at their ends, so that windows stay useful.
inline constexpr Ps kJoinedBelow = 100 * kPsPerNs;
// ... but threads need enough partitions to share.
inline constexpr std::size_t kPartitionsPerThread = 4;

// partition_of[node]: a number for each node, equal inside a partition.
Partitions make_partitions(const Network& net, const std::vector<std::uint32_t>& partition_of);

// The default: every node alone, except across short links.
std::vector<std::uint32_t> join_short_links(const Network& net, std::size_t threads);

// Where each node lies from 0 to 1 along the row of hosts: a switch in the middle of what is below
// it. Neighbours on it have much to say to each other.
std::vector<double> positions(const Network& net);

// share[partition] = worker. Shares are runs of partitions along their positions with about equal
// sums of `work` (by node).
std::vector<std::uint32_t> share_out(const Partitions& partitions,
                                     const std::vector<double>& position,
                                     const std::vector<double>& work, std::uint32_t workers);

}  // namespace fabric
