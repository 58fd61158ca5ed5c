// A frame enters and leaves the buffer of an ingress (port, class), with the PFC decisions that
// follow (docs/model.md 6). A PFC frame may be due afterwards; the caller lets the port decide.
#pragma once

#include "fabric/net/buffer.h"
#include "fabric/net/pfc.h"
#include "fabric/net/transmitter.h"

namespace fabric {

// False: refused and written as dropped.
inline bool take_in(Worker& w, std::uint32_t local, const Frame& f) {
  Node& node = *w.node;
  Port& in = w.ports[local];
  IngressGroup& group = w.ingress(local, f.cls);
  const bool lossless = (node.lossless_mask >> f.cls & 1) != 0;
  if (admit(node, group, f.size_bytes, lossless, in.headroom_limit) == Admission::kRefused)
      [[unlikely]] {
    drop(w, local, f, lossless ? DropCause::kHeadroomExhausted : DropCause::kIngressThreshold);
    return false;
  }
  if (lossless && node.pfc_mode != PfcMode::kOff && (in.xoff >> f.cls & 1) == 0 &&
      over_xoff(node, group)) [[unlikely]]
    decide_xoff(w, local, f.cls);
  return true;
}

inline void let_go(Worker& w, std::uint32_t local, unsigned cls, std::int64_t size_bytes) {
  Node& node = *w.node;
  IngressGroup& group = w.ingress(local, cls);
  release(node, group, size_bytes);
  if ((w.ports[local].xoff >> cls & 1) != 0 && under_xon(node, group)) [[unlikely]]
    decide_xon(w, local, cls);
}

}  // namespace fabric
