// The engine: a plan's state, run window by window, one node at a time on each thread.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "fabric/engine/deadlock.h"
#include "fabric/engine/livelock.h"
#include "fabric/engine/lot.h"
#include "fabric/engine/partitions.h"
#include "fabric/engine/plan.h"
#include "fabric/net/node.h"
#include "fabric/transport/hosts.h"

namespace fabric {

enum class StopReason : std::uint8_t { kRunning = 0, kAllDone = 1, kUntil = 2, kDeadlock = 3 };

struct EngineOptions {
  // partition_of[node] = partition; nodes of one partition share an event order. Empty: every node
  // alone, except across short links. The result depends neither on it nor on the threads.
  std::vector<std::uint32_t> partition_of;
  std::uint32_t threads = 1;
  std::size_t table_rows = 4'000'000;  // bound of every result table
  std::int64_t memory_bytes = 0;       // bound of memory_bytes(), 0: none
  Ps queue_sample_ps = 0;              // 0: queues are not recorded
  Ps cc_spacing_ps = -1;     // least time between rows of a queue pair; -1: no trace of its control
  bool list_closed = false;  // for closed_flows()
  std::vector<CcAlgorithm> algorithms;  // number kFirstPlugin and on; admitted
  bool trace = false;
};

// A broken invariant, with where and when.
struct EngineFault : std::runtime_error {
  EngineFault(const std::string& what, Ps time, std::int64_t node)
      : std::runtime_error(what), time_ps(time), node_id(node) {}
  Ps time_ps;
  std::int64_t node_id;  // -1: none in particular
};

// Bytes of everything whose size follows from the plan.
std::int64_t planned_bytes(const Plan& plan);

class Engine {
 public:
  explicit Engine(const Plan& plan, EngineOptions options = {});

  // Runs until the end of the run or, if earlier, until `budget_seconds` of wall time are used up.
  // Returns the reason to stop, kRunning if there is more to do. Throws EngineFault.
  StopReason advance(double budget_seconds);

  // With list_closed, the flows that finished or failed since they were last forgotten, by (time,
  // flow). What a later advance adds comes behind them. After an EngineFault only what is before
  // its time is certain.
  std::vector<ClosedFlow> closed_flows() const;
  void forget_closed();

  // Closes open pauses and samples, checks conservation. To be called once, after the last advance.
  void finish();

  Ps now() const { return now_; }
  double helper_cpu_seconds() const;  // CPU time of the threads beside the one that calls advance
  std::uint64_t events() const;
  std::uint64_t windows() const { return windows_; }
  std::uint64_t open_flows() const { return open_flows_; }
  std::uint64_t fingerprint() const;
  // State of the run: planned, rings, rows; without the plan and what Python makes of the tables.
  // The most after any window.
  std::int64_t memory_bytes() const { return peak_bytes_; }
  const Network& network() const { return net_; }
  const Hosts& hosts() const { return hosts_; }
  const DeadlockWatch& deadlocks() const { return deadlock_; }
  Ps stall_grid() const { return stall_grid_; }
  const LivelockWatch& livelocks() const { return livelock_; }
  const Tables& tables() const { return tables_; }  // complete after finish()

 private:
  void build_qos(const Plan& plan);
  void build_nodes(const Plan& plan);
  void build_ports(const Plan& plan);
  void build_watchdogs(const Plan& plan);
  void build_storms(const Plan& plan);
  void build_nic(const Plan& plan, std::size_t node);
  void build_hosts(const Plan& plan);
  void build_queue_pairs(const Plan& plan);
  void build_credits(const Plan& plan);
  void build_lots(const EngineOptions& options);

  // run.cc
  void run_alone();
  void run_on_threads();
  void deliver_mail(Lot& lot);
  void between_windows();  // plans the next window or halts
  void plan_window();
  bool out_of_time();
  void checkpoint(Ps time);  // at multiples of the stop and stall grids; may end the run
  void look_for_stalls(Ps time);
  Ps next_event() const;
  bool something_is_scheduled() const;
  bool pauses_may_change() const;
  bool somebody_will_resume() const;
  std::uint64_t progress() const;
  std::uint64_t frames_in_flight() const;
  std::uint64_t held_frames() const;
  void rethrow_fault() const;

  // memory.cc
  void plan_memory(const Plan& plan, const EngineOptions& options);
  void watch_memory();
  std::int64_t growing_bytes() const;

  // balance.cc
  void assign();
  void balance();
  void hand_in_tables();

  void check_conservation() const;

  Network net_;
  Hosts hosts_;
  std::vector<std::unique_ptr<Lot>> lots_;  // one a thread
  Partitions partitions_;
  std::vector<double> position_;  // of each node
  Tables tables_;                 // rows that the lots have handed in
  DeadlockWatch deadlock_;
  LivelockWatch livelock_;
  Ps now_ = 0;
  Ps window_start_ = 0, window_end_ = 0;
  bool halted_ = false;       // no further window in this call of advance
  double deadline_ = 0;       // of this call
  std::uint64_t looked_ = 0;  // events when the clock was last read
  // Traffic is measured first after this much simulated time, then after twice as much each time.
  Ps balance_step_ = 100'000 * kPsPerNs;
  Ps next_balance_ = balance_step_;
  bool balance_due_ = false;
  Ps stop_grid_ = 0, stall_grid_ = 0, until_ = -1;
  Ps next_stop_ = 0, next_stall_ = 0;
  std::uint64_t progress_at_stall_ = 0;
  std::uint64_t open_flows_ = 0;
  std::uint64_t windows_ = 0;
  std::int64_t model_version_ = 0;
  std::int64_t planned_ = 0, peak_bytes_ = 0, memory_limit_ = 0;
  StopReason stopped_ = StopReason::kRunning;
};

}  // namespace fabric
