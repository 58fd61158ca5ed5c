// A frame enters and leaves the buffer of an ingress (port, priority group), with the PFC decisions
// that follow (docs/model.md 6). A PFC frame may be due afterwards; the caller lets the port
// decide.
#pragma once

#include "fabric/net/buffer.h"
#include "fabric/net/pfc.h"
#include "fabric/net/pools.h"
#include "fabric/net/transmitter.h"

namespace fabric {

inline DropCause cause_of(Admission refusal, bool lossless) {
  if (!lossless) return DropCause::kIngressThreshold;
  return refusal == Admission::kRefused ? DropCause::kHeadroomExhausted
                                        : DropCause::kSharedHeadroomExhausted;
}

// False: refused and written as dropped. The frame says which group it belongs to.
inline bool take_in(Worker& w, std::uint32_t local, const Frame& f) {
  Node& node = *w.node;
  Port& in = w.ports[local];
  const unsigned pg = f.pg;
  IngressGroup& group = w.ingress(local, pg);
  const bool lossless = (node.lossless_mask >> pg & 1) != 0;
  const Admission admission =
      node.pools == nullptr
          ? admit(node, group, f.size_bytes, lossless, in.headroom_limit)
          : admit(*node.pools, group, pg, f.size_bytes, lossless, in.headroom_limit);
  if (admission >= Admission::kRefused) [[unlikely]] {
    drop(w, local, f, cause_of(admission, lossless), pg);
    return false;
  }
  if (lossless && node.pfc_mode != PfcMode::kOff && (in.xoff >> pg & 1) == 0 &&
      (node.pools == nullptr ? over_xoff(node, group) : over_xoff(*node.pools, group, pg)))
      [[unlikely]]
    decide_xoff(w, local, pg);
  return true;
}

inline void let_go(Worker& w, std::uint32_t local, unsigned pg, std::int64_t size_bytes) {
  Node& node = *w.node;
  IngressGroup& group = w.ingress(local, pg);
  release(node, group, size_bytes);
  if ((w.ports[local].xoff >> pg & 1) != 0 && under_xon(node, group)) [[unlikely]]
    decide_xon(w, local, pg);
}

// The same in a switch with profiles.
inline void let_go(Worker& w, PoolState& pools, std::uint32_t local, unsigned pg,
                   std::int64_t size_bytes) {
  IngressGroup& group = w.ingress(local, pg);
  release(pools, group, pg, size_bytes);
  if ((w.ports[local].xoff >> pg & 1) != 0 && under_xon(pools, group, pg)) decide_xon(w, local, pg);
}

}  // namespace fabric
