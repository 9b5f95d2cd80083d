#include "sequence_object.h"

#include <limits>
#include <utility>

#include "errors.h"

namespace batchnorm::binding {

namespace {

constexpr double largestGrid = std::numeric_limits<int>::max();
constexpr double largestBlock = 1024;
constexpr double largestCluster = 16;
constexpr double largestShared = 1 << 20;
/** Of the launch API, for all parameters of a kernel. */
constexpr std::size_t largestParams = 4096;

Napi::Array list(const Argument& argument) {
  if (!argument.value.IsArray()) throw argument.typeError("an array");
  return argument.value.As<Napi::Array>();
}

Argument element(const Argument& argument, const Napi::Array& array, uint32_t index) {
  return {argument.call, argument.name, array.Get(index)};
}

unsigned count(const Argument& argument, double least, double most) {
  return static_cast<unsigned>(integer(argument, least, most));
}

std::array<unsigned, 3> gridOf(const Argument& argument) {
  const Napi::Array array = list(argument);
  if (array.Length() != 3) throw argument.rangeError("3 long", std::to_string(array.Length()));
  std::array<unsigned, 3> grid{};
  for (uint32_t axis = 0; axis < 3; ++axis) {
    grid[axis] = count(element(argument, array, axis), 1, axis == 0 ? largestGrid : 65535);
  }
  return grid;
}

std::vector<std::byte> paramsOf(const Argument& argument) {
  if (!argument.value.IsTypedArray() ||
      argument.value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw argument.typeError("a Uint8Array");
  }
  const auto array = argument.value.As<Napi::Uint8Array>();
  if (array.ByteLength() < 1 || array.ByteLength() > largestParams) {
    throw argument.rangeError("1 to " + std::to_string(largestParams) + " bytes",
                              std::to_string(array.ByteLength()));
  }
  const std::byte* bytes = data(array);
  return {bytes, bytes + array.ByteLength()};
}

kernels::Patch patchOf(const Argument& argument, std::size_t bytes) {
  const Napi::Array array = list(argument);
  const auto number = [&](uint32_t index, double most) {
    return static_cast<std::size_t>(integer(element(argument, array, index), 0, most));
  };
  kernels::Patch patch{};
  patch.slot = number(1, static_cast<double>(owning::callFieldNames.size()) - 1);
  patch.kind = static_cast<kernels::PatchKind>(
      static_cast<int>(number(2, static_cast<double>(kernels::PatchKind::count) - 1)));
  const std::size_t size = kernels::sizeOf(patch.kind);
  if (bytes < size) throw argument.rangeError("inside the parameters", "a larger patch");
  patch.offset = number(0, static_cast<double>(bytes - size));
  return patch;
}

kernels::LaunchSpec launchSpec(const Argument& argument) {
  kernels::LaunchSpec spec;
  spec.kernel = text(member(argument, "kernel"));
  spec.grid = gridOf(member(argument, "grid"));
  spec.block = count(member(argument, "block"), 1, largestBlock);
  spec.cluster = count(member(argument, "cluster"), 1, largestCluster);
  spec.sharedBytes = count(member(argument, "sharedBytes"), 0, largestShared);
  spec.cooperative = boolean(member(argument, "cooperative"));
  spec.params = paramsOf(member(argument, "params"));
  const Argument patches = member(argument, "patches");
  const Napi::Array array = list(patches);
  for (uint32_t index = 0; index < array.Length(); ++index) {
    spec.patches.push_back(patchOf(element(patches, array, index), spec.params.size()));
  }
  return spec;
}

}  // namespace

Napi::Function SequenceObject::define(Napi::Env env) {
  return DefineClass(env, "NativeSequence",
                     {InstanceMethod<&SequenceObject::run>("run"),
                      InstanceMethod<&SequenceObject::dispose>("dispose")});
}

SequenceObject::SequenceObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  auto& payload = takePayload<Payload>(info.Env(), "NativeSequence");
  state_ = std::move(payload.state);
  sequence_ = std::move(payload.sequence);
  call_ = std::move(payload.call);
  state_->add(*this);
}

void SequenceObject::run(const Napi::CallbackInfo& info) {
  if (sequence_ == nullptr) {
    throw disposedError(info.Env(), "NativeSequence.run", "the sequence");
  }
  guarded(info.Env(), [&] { state_->device().run(*sequence_, *call_); });
}

void SequenceObject::release() noexcept {
  if (sequence_ == nullptr) return;
  state_->remove(*this);
  state_->device().destroy(std::move(sequence_));
}

std::vector<kernels::LaunchSpec> launchSpecs(const Argument& argument) {
  const Napi::Array array = list(argument);
  std::vector<kernels::LaunchSpec> specs;
  for (uint32_t index = 0; index < array.Length(); ++index) {
    specs.push_back(launchSpec(element(argument, array, index)));
  }
  return specs;
}

}  // namespace batchnorm::binding
