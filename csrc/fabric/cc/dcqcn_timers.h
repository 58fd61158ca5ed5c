// The timers of DCQCN's firmware style where each tick is an event: a run in the order of creation
// (docs/ns3.md), in which ticks and frames of one instant have an order.
#pragma once

#include <array>

#include "fabric/cc/contract.h"

namespace fabric {

// In the order in which one event creates their ticks.
enum class DcqcnTimer : std::uint8_t { kAlpha, kDecrease, kIncrease };

// Next tick by timer, PF_CC_NEVER: none.
using DcqcnTicks = std::array<std::int64_t, 3>;

DcqcnTicks dcqcn_ticks(const void* block);

// The tick of this timer that is due now.
void dcqcn_tick(const double* parameters, void* block, DcqcnTimer timer, const CcEvent& event,
                CcWishes& wishes);

}  // namespace fabric
