#include "kernels_object.h"

#include "../kernels/images.h"
#include "../kernels/layouts.h"

namespace batchnorm::binding {

namespace {

Napi::Object layoutObject(Napi::Env env, const kernels::Layout& layout) {
  Napi::Object fields = Napi::Object::New(env);
  for (const kernels::Field& field : layout.fields) {
    Napi::Array place = Napi::Array::New(env, 2);
    place.Set(0U, static_cast<double>(field.offset));
    place.Set(1U, field.kind);
    fields.Set(field.path, place);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("size", static_cast<double>(layout.size));
  object.Set("fields", fields);
  return object;
}

}  // namespace

Napi::Object kernelsObject(Napi::Env env) {
  const kernels::Embedded& embedded = kernels::embedded();
  Napi::Array names = Napi::Array::New(env, embedded.kernels.size());
  for (std::size_t index = 0; index < embedded.kernels.size(); ++index) {
    names.Set(static_cast<uint32_t>(index), embedded.kernels[index].name);
  }
  Napi::Object layouts = Napi::Object::New(env);
  for (const kernels::Layout& layout : kernels::layouts()) {
    layouts.Set(layout.name, layoutObject(env, layout));
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("available", embedded.reason == nullptr);
  object.Set("reason",
             embedded.reason == nullptr ? env.Null() : Napi::String::New(env, embedded.reason));
  object.Set("names", names);
  object.Set("layouts", layouts);
  return object;
}

}  // namespace batchnorm::binding
