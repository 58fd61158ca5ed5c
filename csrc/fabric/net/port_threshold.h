// Shared-buffer arithmetic with a threshold per port, as the simulator published with HPCC has it
// (docs/ns3.md): the pool has lost the headrooms and one reserve per port, and every group of a
// port may hold (pool - used) >> shift of that port.
//
// The accounts are those of buffer.h and leave by its `release`.
#pragma once

#include "fabric/net/buffer.h"

namespace fabric {

inline std::int64_t port_threshold(const Node& node, int shift) {
  return std::max<std::int64_t>(node.shared_bytes - node.shared_used, 0) >> shift;
}

// A frame is refused only if neither headroom nor share has room, whatever the reserve holds.
inline bool port_refuses(const Node& node, const IngressGroup& group, std::int64_t size, int shift,
                         std::int64_t headroom_limit) {
  return size + group.headroom_bytes > headroom_limit &&
         size + shared_part(node, group.size_bytes) > port_threshold(node, shift);
}

inline void admit_by_port(Node& node, IngressGroup& group, std::int64_t size, int shift) {
  if (shared_part(node, group.size_bytes + size) > port_threshold(node, shift)) {
    group.headroom_bytes += size;
    group.peak_headroom_bytes = std::max(group.peak_headroom_bytes, group.headroom_bytes);
  } else {
    admit_to_pool(node, group, size);
  }
  group.peak_bytes = std::max(group.peak_bytes, group.size_bytes + group.headroom_bytes);
}

inline bool pauses_by_port(const Node& node, const IngressGroup& group, int shift) {
  return group.headroom_bytes > 0 ||
         shared_part(node, group.size_bytes) >= port_threshold(node, shift);
}

inline bool resumes_by_port(const Node& node, const IngressGroup& group, int shift) {
  const std::int64_t shared = shared_part(node, group.size_bytes);
  return group.headroom_bytes == 0 &&
         (shared == 0 || shared + node.xon_offset_bytes <= port_threshold(node, shift));
}

}  // namespace fabric
