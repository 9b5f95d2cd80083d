// What the proofs share: `Theirs<T>` is the type NVIDIA's header has where ours has T, worked out
// through pointers and function signatures from the few leaves each proof lists.
#pragma once

#include <type_traits>

namespace batchnorm::raw::proof {

template <class T>
struct Leaf {
  using type = T;
};

template <class T>
struct Translate : Leaf<T> {};
template <class T>
using Theirs = typename Translate<T>::type;

template <class T>
struct Translate<const T> {
  using type = const Theirs<T>;
};
template <class T>
struct TranslatePointer {
  using type = Theirs<T>*;
};
template <class T>
struct Translate<T*> : TranslatePointer<T> {};
template <class R, class... A>
struct Translate<R(A...)> {
  using type = Theirs<R>(Theirs<A>...);
};

}  // namespace batchnorm::raw::proof

/** A leaf: ours is theirs by name, in size and alignment. */
#define BATCHNORM_SAME_TYPE(ours, theirs)                                                   \
  template <>                                                                               \
  struct batchnorm::raw::proof::Translate<batchnorm::raw::ours> : Leaf<::theirs> {          \
    static_assert(sizeof(batchnorm::raw::ours) == sizeof(::theirs), #ours ": size");        \
    static_assert(alignof(batchnorm::raw::ours) == alignof(::theirs), #ours ": alignment"); \
  };

#define BATCHNORM_SAME_VALUE(name)                                                              \
  static_assert(static_cast<long long>(batchnorm::raw::name) == static_cast<long long>(::name), \
                #name);

#define BATCHNORM_SAME_MEMBER(type, member)                                         \
  static_assert(offsetof(batchnorm::raw::type, member) == offsetof(::type, member), \
                #type "." #member);
