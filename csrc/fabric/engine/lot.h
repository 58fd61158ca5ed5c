// What one thread runs: a worker and its share of the partitions.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "fabric/engine/partitions.h"
#include "fabric/net/worker.h"
#include "fabric/transport/hosts.h"

namespace fabric {

inline constexpr std::uint32_t kMaxThreads = 256;
inline constexpr std::size_t kBlock = 32;  // partitions

struct Lot {
  struct Fault {
    std::string what;
    Ps time;
    std::int64_t node;  // kNoNode: of the whole run

    bool comes_before(const Fault& other) const {
      return time != other.time ? time < other.time : node < other.node;
    }
  };
  static constexpr std::int64_t kNoNode = -1;

  Lot(Network& net, Hosts& hosts) : worker(net, hosts) {}

  // After its partitions have changed.
  void form_blocks(const Partitions& partitions);

  void count_memory();

  // Runs its partitions through the window [start, end).
  void run_window(const Partitions& partitions, Ps start, Ps end);

  HostWorker worker;
  std::vector<std::uint32_t> partitions;  // ascending
  std::vector<std::uint32_t> nodes;       // of these partitions, one after the other
  std::vector<std::uint32_t> block_end;   // of each block of partitions: where its nodes end
  std::vector<std::uint8_t> block_plain;  // ... whether each partition is one node
  std::vector<Ps> block_next;      // of each block of partitions, so that idle ones are passed over
  std::int64_t growing_bytes = 0;  // of rings, rows, outboxes and listed flows
  Ps next = kNever;                // earliest event of its nodes or in its outboxes
  double cpu_seconds = 0;          // of a thread of its own
  std::optional<Fault> fault;      // the first one by (time, node)
  std::exception_ptr error;        // any other, such as no memory

 private:
  Ps run_block(const Partitions& partitions, std::size_t block, Ps start, Ps end);
  void take_turns(const Partitions& partitions, const Partition& partition, Ps start, Ps end);
  template <class F>
  std::optional<Ps> guard(F run);
  void run_node(std::uint32_t node, Ps start, Ps end);
};

}  // namespace fabric
