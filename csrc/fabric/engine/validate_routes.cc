#include <algorithm>

#include "fabric/engine/validate.h"
#include "fabric/net/routing.h"

namespace fabric {

namespace {

constexpr std::int64_t kMaxGroup = (1 << 24) - 1;

// Every entry that a lookup can reach names existing ports of the switch that looks up.
class RouteCheck {
 public:
  explicit RouteCheck(const Plan& p) : p_(p) {
    SIZE_IS(address_rank, p.address_group.size());
    WITHIN(address_group, 0, kMaxGroup);
    for (std::size_t a = 0; a < p.address_group.size(); ++a) {
      const std::size_t group = p.address_group[a];
      if (group >= size_.size()) size_.resize(group + 1, 0);
      size_[group] = std::max(size_[group], std::uint32_t{p.address_rank[a]} + 1);
    }
    need(!p.ecmp_first.empty(), "ecmp_first is empty");
    offsets(p.ecmp_first, p.ecmp_first.size() - 1, p.ecmp_port.size(), "ecmp_first");
  }

  void row(std::size_t node) {
    radix_ = p_.node_first_port[node + 1] - p_.node_first_port[node];
    const std::size_t base = p_.route_base[node], first = p_.route_first[node];
    const std::size_t count = p_.route_count[node], shift = p_.route_shift[node];
    need(base + count <= p_.route_entry.size(), "route_entry is too short");
    need(first + count <= std::size_t{1} << 32, "a row of routes ends behind the last group");
    const std::uint32_t otherwise = p_.route_default[node];
    need(otherwise == kUnreachable || otherwise < kLocalEntry, "route_default is a local entry");
    ports(otherwise);
    for (std::size_t i = 0; i < count; ++i)
      entry(p_.route_entry[base + i], members((first + i) << shift, (first + i + 1) << shift));
  }

 private:
  // Ranks that addresses in groups of begin .. end - 1 have.
  std::size_t members(std::size_t begin, std::size_t end) const {
    std::size_t most = 0;
    for (std::size_t g = begin; g < std::min(end, size_.size()); ++g)
      most = std::max(most, std::size_t{size_[g]});
    return most;
  }

  void entry(std::uint32_t entry, std::size_t ranks) const {
    if (entry == kUnreachable || entry < kLocalEntry) return ports(entry);
    if (ranks == 0) return;
    if ((entry & kRangeEntry) != 0) return port(ranked_port(entry, std::uint32_t(ranks - 1)));
    const std::size_t base = entry & ~kLocalEntry;
    need(base + ranks <= p_.local_entry.size(), "local_entry is too short");
    for (std::size_t r = 0; r < ranks; ++r) ports(p_.local_entry[base + r]);
  }

  // An entry that is the same for all ranks.
  void ports(std::uint32_t entry) const {
    if (entry == kUnreachable) return;
    need(entry < kLocalEntry, "a local entry points to another one");
    if ((entry & kRangeEntry) != 0) return port(range_first(entry) + range_count(entry) - 1);
    need(std::size_t{entry} + 1 < p_.ecmp_first.size() &&
             p_.ecmp_first[entry] < p_.ecmp_first[entry + 1],
         "a route points to no ECMP set");
    for (std::uint32_t i = p_.ecmp_first[entry]; i < p_.ecmp_first[entry + 1]; ++i)
      port(p_.ecmp_port[i]);
  }

  void port(std::uint32_t port) const {
    need(port < radix_, "a route leaves by a port that the switch does not have");
  }

  const Plan& p_;
  std::vector<std::uint32_t> size_;  // of each group
  std::size_t radix_ = 0;
};

}  // namespace

void validate_routes(const Plan& p) {
  RouteCheck check(p);
  for (std::size_t node = 0; node < p.nodes(); ++node)
    if (p.node_is_switch[node] != 0) check.row(node);
}

}  // namespace fabric
