#include "device_object.h"

#include <utility>

#include "arguments.h"
#include "errors.h"
#include "memory_object.h"
#include "plan_object.h"
#include "promises.h"
#include "sequence_object.h"

namespace batchnorm::binding {

namespace {

constexpr double maxSafeInteger = 9007199254740991;

/** The record as a Float64Array over memory that lives as long as either side needs it. */
Napi::Float64Array view(Napi::Env env, const std::shared_ptr<owning::CallRecord>& call) {
  auto* kept = new std::shared_ptr<owning::CallRecord>(call);
  const auto buffer = Napi::ArrayBuffer::New(
      env, call.get(), sizeof(owning::CallRecord),
      [](Napi::Env, void*, std::shared_ptr<owning::CallRecord>* kept) { delete kept; }, kept);
  return Napi::Float64Array::New(env, owning::callFieldNames.size(), buffer, 0);
}

}  // namespace

Napi::Function DeviceObject::define(Napi::Env env) {
  return DefineClass(
      env, "NativeDevice",
      {InstanceMethod<&DeviceObject::allocate>("allocate"),
       InstanceMethod<&DeviceObject::initialize>("initialize"),
       InstanceMethod<&DeviceObject::write>("write"), InstanceMethod<&DeviceObject::read>("read"),
       InstanceMethod<&DeviceObject::synchronize>("synchronize"),
       InstanceMethod<&DeviceObject::memoryInfo>("memoryInfo"),
       InstanceMethod<&DeviceObject::createPlan>("createPlan"),
       InstanceMethod<&DeviceObject::createSequence>("createSequence"),
       InstanceMethod<&DeviceObject::queryRuntimeError>("queryRuntimeError"),
       InstanceMethod<&DeviceObject::startTiming>("startTiming"),
       InstanceMethod<&DeviceObject::stopTiming>("stopTiming"),
       InstanceMethod<&DeviceObject::dispose>("dispose")});
}

DeviceObject::DeviceObject(Info info)
    : ObjectWrap(info),
      state_(std::move(takePayload<Payload>(info.Env(), "NativeDevice").state)),
      call_(std::make_shared<owning::CallRecord>()) {
  const Napi::Object facts = factsObject(info.Env(), state_->device().facts());
  info.This().As<Napi::Object>().DefineProperties(
      {Napi::PropertyDescriptor::Value("facts", facts, napi_enumerable),
       Napi::PropertyDescriptor::Value("call", view(info.Env(), call_), napi_enumerable)});
}

Napi::Value DeviceObject::allocate(Info info) {
  constexpr auto call = "NativeDevice.allocate";
  owning::Device& device = state_->device(call);
  const double size = integer({call, "byteLength", info[0]}, 0, maxSafeInteger);
  const auto byteLength = static_cast<std::size_t>(size);
  auto memory = guarded(info.Env(), [&] { return device.allocate(byteLength); });
  return MemoryObject::make(info.Env(), {state_, std::move(memory), byteLength});
}

void DeviceObject::initialize(Info info) {
  constexpr auto call = "NativeDevice.initialize";
  owning::Device& device = state_->device(call);
  const MemoryObject& memory = MemoryObject::from({call, "memory", info[0]}, *state_);
  const Napi::Uint8Array source = bytes({call, "source", info[1]}, memory.byteLength());
  guarded(info.Env(),
          [&] { device.initialize(memory.memory(), data(source), memory.byteLength()); });
  state_->pendingChanged();
}

Napi::Value DeviceObject::write(Info info) {
  constexpr auto call = "NativeDevice.write";
  owning::Device& device = state_->device(call);
  const MemoryObject& memory = MemoryObject::from({call, "memory", info[0]}, *state_);
  const Argument argument{call, "source", info[1]};
  const Napi::Uint8Array source = bytes(argument, memory.byteLength());
  auto promised =
      std::make_unique<PromisedTransfer>(info.This().As<Napi::Object>(), state_, source);
  return submit(*state_, std::move(promised), [&](std::unique_ptr<Promised> pending) {
    pending->piece = device.stage(memory.byteLength());
    if (!pending->piece) refuseResizable(argument, Environment::of(info.Env()).resizable);
    device.write(memory.memory(), data(source), memory.byteLength(), std::move(pending));
  });
}

Napi::Value DeviceObject::read(Info info) {
  constexpr auto call = "NativeDevice.read";
  owning::Device& device = state_->device(call);
  const MemoryObject& memory = MemoryObject::from({call, "memory", info[0]}, *state_);
  const Argument argument{call, "target", info[1]};
  const Napi::Uint8Array target = bytes(argument, memory.byteLength());
  auto promised = std::make_unique<PromisedRead>(info.This().As<Napi::Object>(), state_, target);
  return submit(*state_, std::move(promised), [&](std::unique_ptr<Promised> pending) {
    pending->piece = device.stage(memory.byteLength());
    if (!pending->piece) refuseResizable(argument, Environment::of(info.Env()).resizable);
    device.read(memory.memory(), data(target), memory.byteLength(), std::move(pending));
  });
}

Napi::Value DeviceObject::synchronize(Info info) {
  owning::Device& device = state_->device("NativeDevice.synchronize");
  return submit(*state_, std::make_unique<Promised>(info.This().As<Napi::Object>(), state_),
                [&](std::unique_ptr<Promised> pending) { device.synchronize(std::move(pending)); });
}

Napi::Value DeviceObject::memoryInfo(Info info) {
  const owning::Device& device = state_->device("NativeDevice.memoryInfo");
  const auto found = guarded(info.Env(), [&] { return device.memoryInfo(); });
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("free", static_cast<double>(found.free));
  object.Set("total", static_cast<double>(found.total));
  return object;
}

Napi::Value DeviceObject::createPlan(Info info) {
  constexpr auto call = "NativeDevice.createPlan";
  state_->device(call);
  // Getters of the spec may run anything, even dispose(): the device is looked at again after them.
  const owning::PlanSpec spec = planSpec({call, "spec", info[0]});
  owning::Device& device = state_->device(call);
  auto plan = guarded(info.Env(), [&] { return device.createPlan(spec); });
  return PlanObject::make(info.Env(), {state_, std::move(plan), call_});
}

Napi::Value DeviceObject::createSequence(Info info) {
  constexpr auto call = "NativeDevice.createSequence";
  state_->device(call);
  // As in createPlan: getters may run anything.
  std::vector<kernels::LaunchSpec> launches = launchSpecs({call, "launches", info[0]});
  owning::Device& device = state_->device(call);
  auto sequence = guarded(info.Env(), [&] { return device.createSequence(std::move(launches)); });
  return SequenceObject::make(info.Env(), {state_, std::move(sequence), call_});
}

Napi::Value DeviceObject::queryRuntimeError(Info info) {
  owning::Device& device = state_->device("NativeDevice.queryRuntimeError");
  auto promised = std::make_unique<PromisedRuntimeError>(info.This().As<Napi::Object>(), state_);
  return submit(*state_, std::move(promised),
                [&](std::unique_ptr<Promised> pending) { device.synchronize(std::move(pending)); });
}

void DeviceObject::startTiming(Info info) {
  owning::Device& device = state_->device("NativeDevice.startTiming");
  guarded(info.Env(), [&] { device.startTiming(); });
}

Napi::Value DeviceObject::stopTiming(Info info) {
  owning::Device& device = state_->device("NativeDevice.stopTiming");
  auto interval = guarded(info.Env(), [&] { return device.stopTiming(); });
  if (!interval) {
    throw Napi::Error::New(info.Env(), "NativeDevice.stopTiming: startTiming must come first");
  }
  auto promised = std::make_unique<PromisedDuration>(info.This().As<Napi::Object>(), state_,
                                                     std::move(*interval));
  return submit(*state_, std::move(promised),
                [&](std::unique_ptr<Promised> pending) { device.synchronize(std::move(pending)); });
}

void DeviceObject::dispose(Info) { state_->dispose(); }

Napi::Object factsObject(Napi::Env env, const owning::DeviceFacts& facts) {
  Napi::Object object = Napi::Object::New(env);
  Napi::Array capability = Napi::Array::New(env, 2);
  capability.Set(0U, facts.computeMajor);
  capability.Set(1U, facts.computeMinor);
  capability.Freeze();
  object.Set("name", facts.name);
  object.Set("computeCapability", capability);
  object.Set("totalMemory", static_cast<double>(facts.totalMemory));
  object.Set("multiprocessors", facts.multiprocessors);
  object.Set("memoryPools", Napi::Boolean::New(env, facts.memoryPools));
  object.Set("l2Bytes", facts.l2Bytes);
  object.Set("uuid", facts.uuid);
  object.Freeze();
  return object;
}

}  // namespace batchnorm::binding
