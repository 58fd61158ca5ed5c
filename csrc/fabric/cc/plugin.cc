#include "fabric/cc/plugin.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace fabric {

namespace {

// Sizes of the first header of this version.
constexpr std::size_t kLeastAlgorithm = offsetof(CcAlgorithm, context) + sizeof(void*);
constexpr std::size_t kLeastEvent = offsetof(CcEvent, path_hops) + sizeof(std::uint32_t);
constexpr std::size_t kLeastWishes = offsetof(CcWishes, timer_ps) + sizeof(std::int64_t);
constexpr std::size_t kMaxText = 1000;

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

// `size` as the author's header had it.
void check_size(const char* name, std::size_t size, std::size_t least, std::size_t ours) {
  if (size >= least && size <= ours) return;
  refuse(std::string(name) + " is " + std::to_string(size) + " (allowed: " + std::to_string(least) +
         " to " + std::to_string(ours) + ")" +
         (size > ours ? "; it was built against a newer pyfabric/cc.h"
                      : "; fill it with PF_CC_ABI and PF_CC_SIZES of pyfabric/cc.h"));
}

void check_text(const char* field, const char* text) {
  std::size_t length = 0;
  for (; text[length] != '\0'; ++length) {
    const auto letter = static_cast<unsigned char>(text[length]);
    if (length == kMaxText || letter < 0x20 || letter > 0x7e)
      refuse(std::string(field) + " is no text of printable ASCII, at most " +
             std::to_string(kMaxText) + " letters");
  }
}

// Names of observed values: words, at most PF_CC_OBSERVED.
void check_observed(const CcAlgorithm& ours) {
  if ((ours.observed == nullptr) != (ours.observe == nullptr))
    refuse("observed and observe must be given together");
  if (ours.observed == nullptr) return;
  check_text("observed", ours.observed);
  const std::size_t count = observed_names(ours).size();
  if (count > PF_CC_OBSERVED)
    refuse("observed has " + std::to_string(count) + " names (allowed: 0 to " +
           std::to_string(PF_CC_OBSERVED) + ")");
}

}  // namespace

std::vector<std::string> observed_names(const CcAlgorithm& algorithm) {
  std::vector<std::string> names;
  if (algorithm.observed == nullptr) return names;
  const std::string text = algorithm.observed;
  for (std::size_t at = 0; (at = text.find_first_not_of(' ', at)) != std::string::npos;) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    names.push_back(text.substr(at, end - at));
    at = end;
  }
  return names;
}

CcAlgorithm admit(const CcAlgorithm* given) {
  if (given == nullptr) refuse("no algorithm is given");
  if (given->abi_version != PF_CC_ABI_VERSION)
    refuse("abi_version is " + std::to_string(given->abi_version) + ", this pyfabric has " +
           std::to_string(PF_CC_ABI_VERSION) + "; build it against this pyfabric's cc.h");
  check_size("struct_size", given->struct_size, kLeastAlgorithm, sizeof(CcAlgorithm));
  CcAlgorithm ours{};
  std::memcpy(static_cast<void*>(&ours), given, given->struct_size);
  check_size("event_size", ours.event_size, kLeastEvent, sizeof(CcEvent));
  check_size("wishes_size", ours.wishes_size, kLeastWishes, sizeof(CcWishes));
  check_size("hop_size", ours.hop_size, sizeof(pf_cc_hop), sizeof(pf_cc_hop));
  check_size("state_bytes", ours.state_bytes, ours.context == nullptr ? 0 : sizeof(void*),
             PF_CC_STATE_BYTES);
  if (ours.name == nullptr || *ours.name == '\0') refuse("it has no name");
  check_text("name", ours.name);
  if (ours.version != nullptr) check_text("version", ours.version);
  if (ours.parameters != nullptr) check_text("parameters", ours.parameters);
  const CcCallback callbacks[] = {ours.init,    ours.on_send,    ours.on_ack,  ours.on_cnp,
                                  ours.on_nack, ours.on_timeout, ours.on_timer};
  if (std::all_of(std::begin(callbacks), std::end(callbacks),
                  [](CcCallback callback) { return callback == nullptr; }))
    refuse("it has no callback");
  check_observed(ours);
  return ours;
}

}  // namespace fabric
