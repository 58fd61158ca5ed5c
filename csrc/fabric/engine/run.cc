// From window to window: when the next one begins, when the run ends, threads (docs/model.md 11).
#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <system_error>
#include <thread>

#include "fabric/engine/barrier.h"
#include "fabric/engine/engine.h"
#include "fabric/net/delivery.h"

namespace fabric {

namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double thread_cpu_seconds() {
  std::timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

// Work between two looks at the clock.
constexpr std::uint64_t kWindowsPerClockRead = 64, kEventsPerClockRead = 200'000;

}  // namespace

StopReason Engine::advance(double budget_seconds) {
  rethrow_fault();  // a broken run stays broken
  deadline_ = seconds() + budget_seconds;
  looked_ = events();
  while (stopped_ == StopReason::kRunning) {
    halted_ = false;
    plan_window();
    if (!halted_) lots_.size() == 1 ? run_alone() : run_on_threads();
    rethrow_fault();
    if (balance_due_)
      balance();
    else
      break;
  }
  return stopped_;
}

std::vector<ClosedFlow> Engine::closed_flows() const {
  std::vector<ClosedFlow> all;
  for (const auto& lot : lots_)
    all.insert(all.end(), lot->worker.closed.begin(), lot->worker.closed.end());
  std::sort(all.begin(), all.end());
  return all;
}

void Engine::forget_closed() {
  for (const auto& lot : lots_) lot->worker.closed.clear();
}

void Engine::run_alone() {
  Lot& lot = *lots_.front();
  do {
    lot.run_window(partitions_, window_start_, window_end_);
    between_windows();
  } while (!halted_);
}

void Engine::run_on_threads() {
  Barrier barrier(std::uint32_t(lots_.size()), [this] {
    try {
      between_windows();
    } catch (...) {  // no memory for the words of a fault
      lots_.front()->error = std::current_exception();
      halted_ = true;
    }
  });
  const auto run = [&](Lot& lot) {
    do {
      lot.run_window(partitions_, window_start_, window_end_);
      barrier.arrive_and_wait();
      try {
        deliver_mail(lot);
      } catch (...) {  // no memory: told after the next window
        lot.error = std::current_exception();
      }
    } while (!halted_);
  };
  enum Start : int { kWait, kGo, kGiveUp };
  std::atomic<int> start{kWait};
  std::vector<std::thread> threads;
  threads.reserve(lots_.size());
  try {
    for (std::size_t i = 1; i < lots_.size(); ++i)
      threads.emplace_back([&, i] {
        start.wait(kWait);
        if (start.load() == kGo) run(*lots_[i]);
        lots_[i]->cpu_seconds += thread_cpu_seconds();
      });
  } catch (...) {
    start.store(kGiveUp);
    start.notify_all();
    for (std::thread& thread : threads) thread.join();
    try {
      throw;
    } catch (const std::system_error& error) {
      throw EngineFault("cannot start " + std::to_string(lots_.size()) +
                            " threads: " + error.what() + "; use fewer",
                        now_, -1);
    }
  }
  start.store(kGo);
  start.notify_all();
  run(*lots_.front());
  for (std::thread& thread : threads) thread.join();
}

// Frames that other workers sent to the nodes of `lot` in the window that has ended.
void Engine::deliver_mail(Lot& lot) {
  const unsigned parity = 1 - lot.worker.parity;  // between_windows has turned it
  for (const auto& sender : lots_) {
    Outbox& box = sender->worker.outboxes[parity][lot.worker.id];
    for (const Outbox::Data& item : box.data)
      deliver(lot.worker, item.port, net_.ports[net_.ports[item.port].peer].peer_node,
              item.frame.time) = item.frame;
    for (const Outbox::Pfc& item : box.pfc)
      deliver_pfc(lot.worker, item.port, net_.ports[net_.ports[item.port].peer].peer_node,
                  item.frame);
    box.data.clear();
    box.pfc.clear();
  }
}

// Runs alone while all threads wait.
void Engine::between_windows() {
  ++windows_;
  now_ = window_end_;
  bool broken = false;
  for (const auto& lot : lots_) {
    open_flows_ -= lot->worker.closed_flows;
    lot->worker.closed_flows = 0;
    lot->worker.parity ^= 1;
    broken |= lot->fault.has_value() || lot->error != nullptr;
  }
  halted_ = broken;
  if (!halted_) watch_memory();
  if (!halted_) plan_window();
  if (!halted_) halted_ = out_of_time();  // not before the first window: each call gets on
}

bool Engine::out_of_time() {
  const std::uint64_t done = events();
  if (windows_ % kWindowsPerClockRead != 0 && done - looked_ < kEventsPerClockRead) return false;
  looked_ = done;
  return seconds() >= deadline_;
}

void Engine::plan_window() {
  while (stopped_ == StopReason::kRunning) {
    const Ps next = next_event();
    const Ps grid = std::min(next_stop_, next_stall_);
    if (until_ >= 0 && std::min(next, grid) >= until_) {
      now_ = until_;
      stopped_ = StopReason::kUntil;
    } else if (grid <= next) {
      now_ = grid;
      if (grid == next_stop_ && open_flows_ > 0 && next < kNever)  // not every multiple
        next_stop_ = std::max(next_stop_, next / stop_grid_ * stop_grid_);
      checkpoint(grid);
    } else {
      window_start_ = next;
      window_end_ = std::min(next + partitions_.window, grid);
      if (until_ >= 0) window_end_ = std::min(window_end_, until_);
      break;
    }
  }
  balance_due_ = lots_.size() > 1 && now_ >= next_balance_ && stopped_ == StopReason::kRunning;
  halted_ = stopped_ != StopReason::kRunning || balance_due_;
}

Ps Engine::next_event() const {
  Ps first = kNever;
  for (const auto& lot : lots_) first = std::min(first, lot->next);
  return first;
}

double Engine::helper_cpu_seconds() const {
  double sum = 0;
  for (const auto& lot : lots_) sum += lot->cpu_seconds;
  return sum;
}

std::uint64_t Engine::events() const {
  std::uint64_t sum = 0;
  for (const auto& lot : lots_) sum += lot->worker.events;
  return sum;
}

void Engine::checkpoint(Ps time) {
  if (time == next_stop_) {
    next_stop_ += stop_grid_;
    std::uint64_t pfc_frames = 0;  // on the wire
    for (const auto& lot : lots_) pfc_frames += lot->worker.pfc_started - lot->worker.pfc_ended;
    if (open_flows_ == 0 && pfc_frames == 0 && frames_in_flight() == 0)
      stopped_ = StopReason::kAllDone;
  }
  if (time == next_stall_) look_for_stalls(time);
}

std::uint64_t Engine::frames_in_flight() const {
  std::uint64_t frames = 0;
  for (const Node& n : net_.nodes)
    frames += n.created_frames - n.consumed_frames - n.dropped_frames;
  return frames;
}

// The earliest fault, so that all thread counts tell the same.
void Engine::rethrow_fault() const {
  const Lot::Fault* first = nullptr;
  for (const auto& lot : lots_) {
    if (lot->error) std::rethrow_exception(lot->error);
    if (lot->fault && (first == nullptr || lot->fault->comes_before(*first))) first = &*lot->fault;
  }
  if (first != nullptr) throw EngineFault(first->what, first->time, first->node);
}

}  // namespace fabric
