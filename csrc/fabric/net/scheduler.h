// Which class a port serves next: strict classes first, highest number first, then DWRR by bytes
// among the rest.
//
// Deficit weighted round robin: Shreedhar and Varghese, "Efficient fair queueing using deficit
// round robin", SIGCOMM'95. The pointer stays on a class while its deficit covers its head frame;
// reaching a class adds weight * quantum.
#pragma once

#include <bit>
#include <cstdint>

#include "fabric/net/worker.h"

namespace fabric {

// `eligible` is not 0. `head_bytes(cls)` is the size of the next frame of a class.
template <class HeadBytes>
unsigned pick_class(Worker& w, std::uint32_t local, std::uint8_t eligible, HeadBytes head_bytes) {
  if ((eligible & (eligible - 1)) == 0) [[likely]]
    return unsigned(std::countr_zero(eligible));
  const std::uint8_t strict = eligible & w.node->strict_mask;
  if (strict != 0) return unsigned(std::bit_width(strict)) - 1;
  PortCold& port = w.cold(local);
  auto& deficit = port.deficit_bytes;
  for (;;) {
    const unsigned cls = port.dwrr_class;
    if ((eligible >> cls & 1) != 0) {
      const std::int64_t size = head_bytes(cls);
      if (deficit[cls] >= size) {
        deficit[cls] -= size;
        return cls;
      }
    }
    do {
      port.dwrr_class = (port.dwrr_class + 1) % kClasses;
    } while ((eligible >> port.dwrr_class & 1) == 0);
    w.ports[local].has_deficit |= std::uint8_t(1u << port.dwrr_class);
    deficit[port.dwrr_class] +=
        std::int64_t{w.node->weights[port.dwrr_class]} * w.net.dwrr_quantum_bytes;
  }
}

// A class that runs empty forfeits its deficit.
inline void class_ran_empty(Worker& w, std::uint32_t local, unsigned cls) {
  Port& port = w.ports[local];
  const auto others = std::uint8_t(~(1u << cls));
  port.backlog &= others;
  if ((port.has_deficit >> cls & 1) != 0) [[unlikely]] {
    port.has_deficit &= others;
    w.cold(local).deficit_bytes[cls] = 0;
  }
}

}  // namespace fabric
