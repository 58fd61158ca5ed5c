// Holds the executable together until the first native test is listed.
#include "fabric/base/units.h"

namespace fabric {
Ps placeholder_serialization_ps(std::int64_t bytes, std::int64_t rate_bps);
}  // namespace fabric

int main() { return fabric::placeholder_serialization_ps(1, 400'000'000'000) == 20 ? 0 : 1; }
