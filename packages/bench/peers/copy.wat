;; Two ways to copy in WebAssembly, over memory shared by the threads. Addresses and lengths are
;; multiples of 64.
(module
  (import "copy" "memory" (memory 1 65536 shared))

  ;; The engine's own copy.
  (func (export "bulk") (param $to i32) (param $from i32) (param $bytes i32)
    (memory.copy (local.get $to) (local.get $from) (local.get $bytes)))

  ;; What a kernel can do: 16-byte loads and stores, all through the caches.
  (func (export "stores") (param $to i32) (param $from i32) (param $bytes i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $from) (local.get $bytes)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
        (v128.store offset=0 (local.get $to) (v128.load offset=0 (local.get $from)))
        (v128.store offset=16 (local.get $to) (v128.load offset=16 (local.get $from)))
        (v128.store offset=32 (local.get $to) (v128.load offset=32 (local.get $from)))
        (v128.store offset=48 (local.get $to) (v128.load offset=48 (local.get $from)))
        (local.set $to (i32.add (local.get $to) (i32.const 64)))
        (local.set $from (i32.add (local.get $from) (i32.const 64)))
        (br $next)))))
