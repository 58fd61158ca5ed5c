// Append-only result rows. The model writes them and never reads them back; every table has a row
// bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "fabric/base/units.h"
#include "fabric/trace/observe.h"

namespace fabric {

enum class DropCause : std::uint8_t {
  kHeadroomExhausted = 1,  // lossless class: shared share and headroom of the ingress port are full
  kIngressThreshold = 2,   // lossy class: over its share of the pool at the ingress port
  kEgressThreshold = 3,    // lossy class: over its share of the pool at the egress queue
  kLinkError = 4,          // damaged on the wire
  kTtlExpired = 5,
  kNoRoute = 6,
};

struct DropRow {
  Ps time;
  Ps xoff_since;  // when XOFF was decided for this (port, class), -1: none in force
  std::int64_t buffered_bytes, headroom_bytes;  // of the ingress (port, class) at that moment
  std::uint32_t node, qp, psn;
  std::uint16_t port, size_bytes;  // local ingress port
  std::uint8_t cls, cause, kind, xoff_told;
};

struct PauseRow {
  Ps start, end;  // end -1: still paused when the run ended
  std::uint32_t node;
  std::uint16_t port;  // the paused transmitter
  std::uint8_t cls, pad;
};

// Depth of an egress queue at a sampling instant, recorded on request.
struct QueueRow {
  Ps time;
  std::int64_t size_bytes;
  std::uint32_t node;
  std::uint16_t port;
  std::uint8_t cls, pad;
};

// A vector with a bound: rows beyond it are counted, not kept.
template <class Row>
class Table {
 public:
  explicit Table(std::size_t bound = 0) : bound_(bound) {}
  void add(const Row& row) {
    if (rows_.size() < bound_)
      rows_.push_back(row);
    else
      ++dropped_;
  }
  const std::vector<Row>& rows() const { return rows_; }
  std::uint64_t not_kept() const { return dropped_; }

 private:
  std::vector<Row> rows_;
  std::size_t bound_;
  std::uint64_t dropped_ = 0;
};

struct Tables {
  Table<DropRow> drops;
  Table<PauseRow> pauses;
  Table<QueueRow> queues;
  Table<TraceRow> trace;
};

}  // namespace fabric
