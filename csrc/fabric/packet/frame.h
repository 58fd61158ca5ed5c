// The frame record that is copied from wire to queue to wire. Plain data, 48 bytes, no owner.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "fabric/base/units.h"

namespace fabric {

inline constexpr int kClasses = 8;
inline constexpr std::uint16_t kOwnFrame = 0xffff;  // in_port of a frame made by the node itself

enum class Kind : std::uint8_t {
  kData = 0,
  kAck = 1,
  kNak = 2,
  kCnp = 3,
  kReadRequest = 4,
  kPfc = 5,
  kCredit = 6,
  kCreditRequest = 7
};

// ECN field of the IP header (RFC 3168): 0 Not-ECT, 2 ECT(0), 3 CE.
enum Ecn : std::uint8_t { kNotEct = 0, kEct = 2, kCe = 3 };

enum FrameFlags : std::uint8_t {
  kEchoCe = 1,       // ACK, NAK: data with CE arrived since the last one
  kAckRequest = 2,   // DATA: BTH AckReq, the window closes behind this packet
  kFirstWindow = 4,  // DATA: the first packet of an unsolicited window of credits
};

// The order of the fields lets `identity` and `shape` be one load each.
struct Frame {
  Ps time;             // arrival at the receiver (last bit in, plus its pipeline for data lanes)
  std::int64_t stamp;  // DATA: transmit start; ACK, NAK, CNP: echo of it; READ request: end PSN
  std::uint32_t psn;   // DATA: own PSN; ACK, NAK, READ request: PSN expected next; CREDIT:
                       // PSN behind those granted; its request: PSN behind those posted
  std::uint32_t qp;    // queue pair
  std::uint16_t size_bytes;  // L2 length including FCS
  std::uint16_t in_port;     // ingress port at the present switch, kOwnFrame at a host
  std::uint8_t ecn;
  std::uint8_t cls;  // egress queue at the present switch, at a host the priority
  Kind kind;
  std::uint8_t flags;
  std::uint32_t dst_group;  // destination address (group, rank)
  std::uint32_t entropy;    // hashed by ECMP
  std::uint16_t dst_rank;
  std::uint8_t ttl;
  std::uint8_t dscp;  // DSCP of the IP header (RFC 2474), 0 to 63
  std::uint8_t pg;    // priority group at the present switch, at a host the priority
  std::uint8_t tail_bits[3];

  // In a plan without telemetry: NAK of selective repeat: PSN that caused it - psn; DATA under
  // receiver credits: packets posted from this one on, as far as they can be said.
  // Otherwise the number of the telemetry that the frame owns, 0: none (packet/telemetry.h).
  std::uint32_t tail() const {
    std::uint32_t word;
    std::memcpy(&word, &pg, sizeof word);
    return word >> 8;
  }
  void set_tail(std::uint32_t number) {
    tail_bits[0] = std::uint8_t(number);
    tail_bits[1] = std::uint8_t(number >> 8);
    tail_bits[2] = std::uint8_t(number >> 16);
  }
  // qp << 32 | psn
  std::uint64_t identity() const {
    std::uint64_t word;
    std::memcpy(&word, &psn, sizeof word);
    return word;
  }
  // kind << 48 | cls << 40 | ecn << 32 | in_port << 16 | size_bytes, flags in the highest byte
  std::uint64_t shape() const {
    std::uint64_t word;
    std::memcpy(&word, &size_bytes, sizeof word);
    return word;
  }
};
static_assert(std::endian::native == std::endian::little);
static_assert(offsetof(Frame, qp) == offsetof(Frame, psn) + 4);
static_assert(offsetof(Frame, flags) == offsetof(Frame, size_bytes) + 7);
static_assert(offsetof(Frame, tail_bits) == offsetof(Frame, pg) + 1);
static_assert(sizeof(Frame) == 48 && std::is_trivially_copyable_v<Frame>);

inline constexpr std::uint16_t kUntilXon = 0;  // pause time of on/off mode

// A PFC frame in the MAC-control lane (IEEE 802.1Qbb; 802.3 annex 31D): class-enable vector split
// by meaning.
struct PfcFrame {
  Ps time;
  std::uint8_t xoff_mask;  // classes with a non-zero time
  std::uint8_t xon_mask;   // classes with time 0
  std::uint16_t quanta;
  std::uint32_t pad;
};
static_assert(sizeof(PfcFrame) == 16);

}  // namespace fabric
