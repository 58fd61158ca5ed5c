// Frames travelling towards a port, in order of arrival.
#pragma once

#include "fabric/packet/frame.h"
#include "fabric/packet/ring.h"

namespace fabric {

struct alignas(32) Lane {
  Ring<Frame> frames;
  Ps first = kNever;  // arrival of the oldest: a node's window starts with one scan of its lanes
};
static_assert(sizeof(Lane) == 32);

}  // namespace fabric
