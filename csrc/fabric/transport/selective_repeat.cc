#include "fabric/transport/selective_repeat.h"

#include <algorithm>
#include <bit>

#include "fabric/transport/messages.h"

namespace fabric {

void PsnSet::make_ready(std::uint32_t packets, RingMemory& memory) {
  words_.resize(std::bit_ceil((std::size_t{packets} + 63) / 64 + 1));
  memory.bytes += std::int64_t(words_.size() * sizeof(std::uint64_t));
}

namespace selective {

namespace {

std::int64_t payload(const Hosts& hosts, const SendQp& q, std::uint32_t psn) {
  MessageCursor cursor = q.una;
  while (psn >= cursor.end_psn) step_forward(hosts, cursor, q.message_end);
  return bytes_before(hosts, cursor, psn + 1) - bytes_before(hosts, cursor, psn);
}

bool delivered(const SendQp& q, const Scoreboard& board, std::uint32_t psn) {
  return psn < q.una_psn || (board.marked.ready() && board.marked.has(psn));
}

// Retransmissions whose fate is known do not wait any longer.
void settle(HostWorker& h, const SendQp& q, Scoreboard& board) {
  while (!board.resent.empty() && delivered(q, board, board.resent.front().psn))
    board.resent.pop(h.memory);
}

bool lost_again(const Scoreboard& board) {
  return !board.resent.empty() && board.resent.front().frontier < board.marked_end;
}

}  // namespace

std::int64_t mark(HostWorker& h, std::uint32_t qp, std::uint32_t psn) {
  SendQp& q = h.hosts.send[qp];
  Scoreboard& board = h.hosts.scoreboards[qp];
  if (psn <= q.una_psn || psn >= q.next_psn) return 0;
  if (!board.marked.ready()) board.marked.make_ready(q.reorder_packets, h.memory);
  if (board.marked.has(psn)) return 0;
  board.marked.add(psn);
  ++board.marked_packets;
  board.marked_end = std::max(board.marked_end, psn + 1);
  const std::int64_t bytes = payload(h.hosts, q, psn);
  q.marked_bytes += bytes;
  return bytes;
}

std::int64_t forget_below(HostWorker& h, std::uint32_t qp, std::uint32_t psn) {
  SendQp& q = h.hosts.send[qp];
  Scoreboard& board = h.hosts.scoreboards[qp];
  std::int64_t bytes = 0;
  for (std::uint32_t p = q.una_psn; board.marked_packets != 0 && p < psn; ++p) {
    if (!board.marked.has(p)) continue;
    board.marked.remove(p);
    --board.marked_packets;
    bytes += payload(h.hosts, q, p);
  }
  q.marked_bytes -= bytes;
  return bytes;
}

bool look_for_losses(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  Scoreboard& board = h.hosts.scoreboards[qp];
  settle(h, q, board);
  board.scan = std::max(board.scan, q.una_psn);
  const std::uint32_t suspect = std::max(board.marked_end, board.timed_out);
  while (board.scan < suspect && delivered(q, board, board.scan)) ++board.scan;
  q.has_lost = lost_again(board) || board.scan < suspect;
  if (!q.has_lost || q.una_psn < board.recovery_end) return false;
  board.recovery_end = q.next_psn;
  return true;
}

void on_expiry(HostWorker& h, std::uint32_t qp) {
  const SendQp& q = h.hosts.send[qp];
  Scoreboard& board = h.hosts.scoreboards[qp];
  while (!board.resent.empty()) board.resent.pop(h.memory);
  board.timed_out = q.next_psn;
  board.scan = q.una_psn;
  look_for_losses(h, qp);
}

std::uint32_t lost_psn(const Hosts& hosts, std::uint32_t qp) {
  const Scoreboard& board = hosts.scoreboards[qp];
  return lost_again(board) ? board.resent.front().psn : board.scan;
}

void resent(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  Scoreboard& board = h.hosts.scoreboards[qp];
  const std::uint32_t psn = lost_psn(h.hosts, qp);
  if (lost_again(board))
    board.resent.pop(h.memory);
  else
    ++board.scan;
  board.resent.push({psn, q.next_psn}, h.memory);
  if (psn >= board.recovery_end) board.recovery_end = q.next_psn;
  look_for_losses(h, qp);
}

bool keep(HostWorker& h, std::uint32_t qp, std::uint32_t psn) {
  const RecvQp& r = h.hosts.recv[qp];
  PsnSet& kept = h.hosts.kept[qp];
  if (psn - r.expected_psn >= r.reorder_packets) return false;
  if (!kept.ready()) kept.make_ready(r.reorder_packets, h.memory);
  if (kept.has(psn)) return false;
  kept.add(psn);
  return true;
}

void advance(HostWorker& h, std::uint32_t qp) {
  RecvQp& r = h.hosts.recv[qp];
  PsnSet& kept = h.hosts.kept[qp];
  if (!kept.ready()) return;
  for (; kept.has(r.expected_psn); ++r.expected_psn) kept.remove(r.expected_psn);
}

}  // namespace selective

}  // namespace fabric
