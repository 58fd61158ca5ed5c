#include "fabric/engine/deadlock.h"

#include <algorithm>
#include <bit>

#include "fabric/net/watchdog.h"

namespace fabric {

namespace {

constexpr std::size_t kCyclesTold = 1'000, kNowhere = ~std::size_t{0};

using Queues = std::vector<std::size_t>;

// Whether frames of some groups stand there that came in by a port.
bool holds_from(const ClassQueue& queue, std::uint32_t in_port, std::uint8_t groups) {
  for (std::uint32_t i = 0; i < queue.ring.size(); ++i)
    if (const Frame& f = queue.ring.at(i); f.in_port == in_port && (groups >> f.pg & 1) != 0)
      return true;
  return false;
}

// Groups of the switch behind `port` that pause this queue of it now.
std::uint8_t pausing(const Network& net, const Port& port, std::size_t queue) {
  const Port& far = net.ports[port.peer];
  std::uint8_t groups = 0;
  for (unsigned g = 0; g < kClasses; ++g) {
    const auto group = std::uint8_t(far.xoff & 1u << g);
    const std::uint8_t priorities = priorities_of(net.nodes[port.peer_node], group);
    if ((queues_of(net.nodes[far.peer_node], priorities) >> queue & 1) != 0) groups |= group;
  }
  return groups;
}

// The queues at the other end of the link that must send before `queue` may. None: its pause has
// another reason.
Queues waits_for(const Network& net, std::size_t queue) {
  const Port& port = net.ports[queue / kClasses];
  const Node& peer = net.nodes[port.peer_node];
  Queues found;
  if (!peer.is_switch) return found;
  const std::uint8_t groups = pausing(net, port, queue % kClasses);
  if (groups == 0) return found;
  const std::size_t first = peer.first_port * std::size_t{kClasses};
  for (std::size_t at = first; at < first + peer.port_count * std::size_t{kClasses}; ++at)
    if (holds_from(net.queues[at], port.peer - peer.first_port, groups)) found.push_back(at);
  return found;
}

// Waits among stuck queues, by place; what waits for nothing, or for a queue that is not stuck or
// left out itself, is left out.
class Waits {
 public:
  Waits(const Network& net, const Queues& stuck) : alive_(stuck.size(), true) {
    for (const std::size_t queue : stuck) {
      Queues places = waits_for(net, queue);
      for (std::size_t& at : places) {
        const auto found = std::lower_bound(stuck.begin(), stuck.end(), at);
        at = found != stuck.end() && *found == at ? std::size_t(found - stuck.begin()) : kNowhere;
      }
      after_.push_back(std::move(places));
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < alive_.size(); ++i)
        if (alive_[i] && !waits_for_the_stuck(i)) {
          alive_[i] = false;
          changed = true;
        }
    }
  }

  bool is_alive(std::size_t i) const { return alive_[i]; }

  // A shortest cycle through one of those that the first who is left comes to; empty: none is left.
  Queues cycle() const {
    const auto first = std::find(alive_.begin(), alive_.end(), true);
    if (first == alive_.end()) return {};
    Queues best = walk(std::size_t(first - alive_.begin()));
    const Queues roots = best;
    for (const std::size_t root : roots) {
      Queues through = shortest_through(root);
      if (through.size() < best.size()) best = std::move(through);
    }
    std::rotate(best.begin(), std::min_element(best.begin(), best.end()), best.end());
    return best;
  }

 private:
  bool waits_for_the_stuck(std::size_t i) const {
    return !after_[i].empty() && std::all_of(after_[i].begin(), after_[i].end(),
                                             [&](auto to) { return to != kNowhere && alive_[to]; });
  }

  Queues walk(std::size_t at) const {
    std::vector<std::size_t> met(after_.size(), kNowhere);
    Queues path;
    for (; met[at] == kNowhere; at = after_[at].front()) {
      met[at] = path.size();
      path.push_back(at);
    }
    path.erase(path.begin(), path.begin() + std::ptrdiff_t(met[at]));
    return path;
  }

  Queues shortest_through(std::size_t root) const {
    std::vector<std::size_t> came(after_.size(), kNowhere);
    Queues todo{root};
    for (std::size_t next = 0; next < todo.size(); ++next)
      for (const std::size_t to : after_[todo[next]]) {
        if (to == root) {
          Queues path{todo[next]};
          while (path.back() != root) path.push_back(came[path.back()]);
          std::reverse(path.begin(), path.end());
          return path;
        }
        if (came[to] != kNowhere) continue;
        came[to] = todo[next];
        todo.push_back(to);
      }
    return Queues(after_.size() + 1);  // not met: the root is in a cycle
  }

  std::vector<Queues> after_;
  std::vector<bool> alive_;
};

}  // namespace

bool stands(const Network& net, std::size_t port, unsigned cls, Ps now) {
  return (net.ports[port].paused >> cls & 1) != 0 && net.cold[port].pause_until[cls] > now &&
         !net.queues[port * kClasses + cls].ring.empty();
}

void DeadlockWatch::keep_standing(const Network& net, Ps now) {
  std::vector<Standing> current;
  stuck_.clear();
  auto before = standing_.begin();
  for (const Node& n : net.nodes) {
    if (!n.is_switch) continue;
    for (std::size_t p = n.first_port; p < n.first_port + std::size_t{n.port_count}; ++p)
      for (std::uint8_t rest = net.ports[p].paused; rest != 0; rest &= std::uint8_t(rest - 1)) {
        const unsigned cls = unsigned(std::countr_zero(rest));
        if (!stands(net, p, cls, now)) continue;
        const std::size_t queue = p * kClasses + cls;
        current.push_back({queue, net.queues[queue].left()});
        while (before != standing_.end() && before->queue < queue) ++before;
        if (before != standing_.end() && before->queue == queue &&
            before->left == net.queues[queue].left())
          stuck_.push_back(queue);
      }
  }
  standing_ = std::move(current);
}

bool DeadlockWatch::look(const Network& net, Ps now) {
  keep_standing(net, now);
  if (stuck_.empty()) return false;
  const Waits waits(net, stuck_);
  Queues cycle = waits.cycle();
  if (cycle.empty()) return false;
  for (std::size_t& at : cycle) at = stuck_[at];
  tell(net, cycle, now);
  for (std::size_t i = 0; i < stuck_.size(); ++i) {
    if (!waits.is_alive(i)) continue;
    const Port& port = net.ports[stuck_[i] / kClasses];
    const Node& node = net.nodes[net.ports[port.peer].peer_node];
    if (node.watchdog >= 0 && (watchdog::watched_queues(node) >> stuck_[i] % kClasses & 1) != 0 &&
        net.watchdogs[std::size_t(node.watchdog)].breaks_storms())
      return false;
  }
  return true;
}

void DeadlockWatch::tell(const Network& net, const std::vector<std::size_t>& cycle, Ps now) {
  if (told_.size() == kCyclesTold || std::find(told_.begin(), told_.end(), cycle) != told_.end())
    return;
  for (const std::size_t queue : cycle)
    rows_.push_back({now, std::uint32_t(told_.size()), queue, net.queues[queue].size_bytes});
  told_.push_back(cycle);
}

}  // namespace fabric
