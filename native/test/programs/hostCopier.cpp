// The host's part of large transfers against a device that is a thread here: every byte arrives,
// what was cancelled is not touched any more, and nobody waits for ever.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <vector>

#include "../../src/owning/host_copier.h"

using namespace batchnorm::owning;

namespace {

using Bytes = std::vector<std::byte>;

/** Runs what it is given in order, as a stream does. */
class SlowDevice {
 public:
  ~SlowDevice() { finish(); }
  void enqueue(std::function<void()> item) { items_.push_back(std::move(item)); }
  void start() {
    thread_ = std::thread([this] {
      for (const auto& item : items_) item();
    });
  }
  void finish() {
    if (thread_.joinable()) thread_.join();
    items_.clear();
  }

 private:
  std::vector<std::function<void()>> items_;
  std::thread thread_;
};

struct Fixture {
  Bytes memory = Bytes(ChunkRing::slots * ChunkRing::slotBytes);
  ChunkRing::Word host = ChunkRing::first, device = ChunkRing::first;
  ChunkRing ring{memory.data(), &host, &device};
  ChunkNumber next = ChunkRing::first;
  HostCopier copier{ring};
  SlowDevice stream;

  Fixture() { copier.start(); }

  /** As LargeTransfers does it. */
  std::shared_ptr<HostCopy> transfer(Direction direction, Bytes& onDevice, Bytes& array) {
    auto copy = std::make_shared<HostCopy>(direction, array.data(), array.size(), next);
    copier.add(copy);
    next = copy->end();
    const ChunkNumber ahead = direction == Direction::download ? ChunkRing::slots : 0;
    for (ChunkNumber chunk = copy->first(); chunk != copy->end(); ++chunk) {
      const std::size_t offset = (chunk - copy->first()) * ChunkRing::slotBytes;
      const std::size_t length = std::min(ChunkRing::slotBytes, array.size() - offset);
      stream.enqueue([this, direction, chunk, ahead, offset, length, &onDevice] {
        while (!reached(host, chunk + 1 - ahead)) std::this_thread::yield();
        std::byte* slot = ring.slot(chunk);
        if (direction == Direction::upload) std::memcpy(&onDevice[offset], slot, length);
        if (direction == Direction::download) std::memcpy(slot, &onDevice[offset], length);
        device.store(chunk + 1, std::memory_order_release);
      });
    }
    return copy;
  }
};

Bytes pattern(std::size_t bytes, unsigned seed) {
  Bytes made(bytes);
  for (std::size_t i = 0; i < bytes; ++i) made[i] = std::byte(i * 31 + i / 4099 + seed);
  return made;
}

bool check(bool holds, const char* what) {
  if (!holds) std::printf("%s\n", what);
  return holds;
}

/** Up and down many times, so that the numbers wrap around, and all of it queued at once. */
bool bytesArrive() {
  Fixture fixture;
  bool fine = true;
  std::vector<Bytes> sources, targets, onDevice;
  std::vector<std::shared_ptr<HostCopy>> copies;
  const std::size_t slot = ChunkRing::slotBytes;
  for (const std::size_t bytes :
       {std::size_t{1}, slot - 1, slot, slot + 1, 4 * slot, 5 * slot + 3}) {
    sources.push_back(pattern(bytes, static_cast<unsigned>(bytes)));
    targets.emplace_back(bytes);
    onDevice.emplace_back(bytes);
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    copies.push_back(fixture.transfer(Direction::upload, onDevice[i], sources[i]));
    copies.push_back(fixture.transfer(Direction::download, onDevice[i], targets[i]));
  }
  fixture.stream.start();
  for (const auto& copy : copies) copy->wait();
  fixture.stream.finish();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    fine = check(targets[i] == sources[i], "what came back is not what went there") && fine;
  }
  return check(fixture.next < ChunkRing::first, "the numbers did not wrap around") && fine;
}

/** The array goes at once; the device comes to its end, and what follows is whole. */
bool cancelledInTheMidst(Direction direction) {
  Fixture fixture;
  Bytes onDevice(9 * ChunkRing::slotBytes);
  auto array = std::make_unique<Bytes>(onDevice.size());
  Bytes source = pattern(3 * ChunkRing::slotBytes, 5), target(source.size()), memory(source.size());
  const auto cancelled = fixture.transfer(direction, onDevice, *array);
  const auto up = fixture.transfer(Direction::upload, memory, source);
  const auto down = fixture.transfer(Direction::download, memory, target);
  fixture.stream.start();
  while (!reached(fixture.device, cancelled->first() + 3)) std::this_thread::yield();
  cancelled->cancel();
  std::fill(array->begin(), array->end(), std::byte{0xEE});  // It is the owner's again.
  array.reset();
  for (const auto& copy : {cancelled, up, down}) copy->wait();
  fixture.stream.finish();
  return check(target == source, "a transfer after one that was cancelled is not whole");
}

/** As with a context that failed: the device never comes. */
bool deviceStandsStill() {
  Fixture fixture;
  Bytes onDevice(5 * ChunkRing::slotBytes), array(onDevice.size());
  const auto first = fixture.transfer(Direction::upload, onDevice, array);
  const auto second = fixture.transfer(Direction::download, onDevice, array);
  first->cancel();
  first->wait();
  return true;  // And the second is left to the destructor.
}

}  // namespace

int main() {
  bool fine = bytesArrive();
  fine = cancelledInTheMidst(Direction::upload) && fine;
  fine = cancelledInTheMidst(Direction::download) && fine;
  fine = deviceStandsStill() && fine;
  return fine ? 0 : 1;
}
