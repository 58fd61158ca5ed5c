// The engine: a plan's state, run window by window, one node at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fabric/engine/plan.h"
#include "fabric/net/node.h"
#include "fabric/net/worker.h"
#include "fabric/transport/hosts.h"

namespace fabric {

enum class StopReason : std::uint8_t { kRunning = 0, kAllDone = 1, kUntil = 2, kDeadlock = 3 };

struct EngineOptions {
  // partition_of[node] = partition; nodes of one partition share an event order. Empty: every node
  // alone. The result does not depend on it.
  std::vector<std::uint32_t> partition_of;
  std::size_t table_rows = 4'000'000;  // bound of every result table
  Ps queue_sample_ps = 0;              // 0: queues are not recorded
  bool trace = false;
};

// A broken invariant, with where and when.
struct EngineFault : std::runtime_error {
  EngineFault(const std::string& what, Ps time, std::int64_t node)
      : std::runtime_error(what), time_ps(time), node_id(node) {}
  Ps time_ps;
  std::int64_t node_id;  // -1: none in particular
};

class Engine {
 public:
  explicit Engine(const Plan& plan, EngineOptions options = {});

  // Runs until the end of the run or, if earlier, until `budget_seconds` of wall time are used up.
  // Returns the reason to stop, kRunning if there is more to do. Throws EngineFault.
  StopReason advance(double budget_seconds);

  // Closes open pauses and samples, checks conservation. To be called once, after the last advance.
  void finish();

  Ps now() const { return now_; }
  std::uint64_t events() const { return worker_.events; }
  std::uint64_t windows() const { return windows_; }
  std::uint64_t open_flows() const { return open_flows_; }
  std::uint64_t fingerprint() const;
  std::size_t memory_bytes() const;
  const Network& network() const { return net_; }
  const Hosts& hosts() const { return hosts_; }

 private:
  void build_nodes(const Plan& plan);
  void build_ports(const Plan& plan);
  void build_nic(const Plan& plan, std::size_t node);
  void build_hosts(const Plan& plan);
  void build_queue_pairs(const Plan& plan);
  void build_partitions(const Plan& plan, const EngineOptions& options);

  Ps next_event() const;
  void checkpoint(Ps time);  // at multiples of the stop and stall grids; may end the run
  void run_window(Ps start, Ps end);
  void prefetch(std::uint32_t node) const;
  void run_partition(const std::vector<std::uint32_t>& members, Ps start, Ps end);
  void run_node(std::uint32_t node, Ps start, Ps end);
  void collect(Ps start, Ps end);
  void dispatch(std::uint64_t key);
  void arrive(std::uint32_t local);
  void arrive_pfc(std::uint32_t local);
  void fire_timer();
  void post_operation();
  std::uint64_t frames_in_flight() const;
  std::uint64_t held_frames() const;
  void check_conservation() const;

  Network net_;
  Hosts hosts_;
  Worker worker_;
  HostWorker host_worker_;
  std::vector<std::vector<std::uint32_t>> partitions_;
  std::vector<Ps> partition_lookahead_;  // smallest delay of a link inside the partition
  Ps window_ = 0;
  Ps now_ = 0;
  Ps stop_grid_ = 0, stall_grid_ = 0, until_ = -1;
  Ps next_stop_ = 0, next_stall_ = 0;
  std::uint64_t progress_at_stall_ = 0;
  std::uint64_t open_flows_ = 0;
  std::uint64_t windows_ = 0;
  std::int64_t model_version_ = 0;
  StopReason stopped_ = StopReason::kRunning;
};

}  // namespace fabric
