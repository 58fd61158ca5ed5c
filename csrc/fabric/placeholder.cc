// Holds the library together until the engine's first source is listed.
#include "fabric/base/units.h"

namespace fabric {

Ps placeholder_serialization_ps(std::int64_t bytes, std::int64_t rate_bps) {
  return serialization_ps(bytes, rate_bps, false);
}

}  // namespace fabric
