// What the addon says of the kernels it was built with.
#pragma once

#include <napi.h>

namespace batchnorm::binding {

/** { available, reason, names, layouts: { struct: { size, fields: { path: [offset, kind] } } } } */
Napi::Object kernelsObject(Napi::Env env);

}  // namespace batchnorm::binding
