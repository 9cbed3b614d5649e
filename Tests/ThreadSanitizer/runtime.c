// Tells ThreadSanitizer of two orders that Swift's runtime keeps and does not tell it of itself.
// scripts/check --thread loads this before the tests.
//
// 1. A `Mutex` that is contended. Its first attempt is inlined, so the sanitizer sees it; waiting, and
//    waking who waits, is a futex inside libswiftSynchronization, where it sees nothing. What one
//    thread wrote under the lock and the next reads under it is reported as a race then.
// 2. A continuation that is resumed before its task has awaited it. The runtime tells the sanitizer
//    of the resuming, but takes it up only where a job begins to run, and this task goes on without
//    a new job.
//
// Each adds the one edge that is missing and hides nothing else: no report is suppressed, and
// probe.swift holds that a variable which nothing guards is still reported.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

// Absent from a program without the sanitizer, such as one that a test starts.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

static void acquire(void *address) {
  if (__tsan_acquire) __tsan_acquire(address);
}

static void release(void *address) {
  if (__tsan_release) __tsan_release(address);
}

#define SWIFT __attribute__((swiftcall))
#define SWIFT_SELF __attribute__((swift_context))
#define SWIFT_ASYNC __attribute__((swiftasynccall))
#define SWIFT_ASYNC_CONTEXT __attribute__((swift_async_context))

// MARK: Synchronization._MutexHandle

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK_SLOW "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef SWIFT void LockSlow(uint32_t thread, SWIFT_SELF void *handle);
typedef SWIFT bool TryLockSlow(SWIFT_SELF void *handle);
typedef SWIFT void UnlockSlow(SWIFT_SELF void *handle);

static LockSlow *real_lock_slow;
static TryLockSlow *real_try_lock_slow;
static UnlockSlow *real_unlock_slow;

SWIFT void lock_slow(uint32_t thread, SWIFT_SELF void *handle) __asm__(LOCK_SLOW);
SWIFT bool try_lock_slow(SWIFT_SELF void *handle) __asm__(TRY_LOCK_SLOW);
SWIFT void unlock_slow(SWIFT_SELF void *handle) __asm__(UNLOCK_SLOW);

SWIFT void lock_slow(uint32_t thread, SWIFT_SELF void *handle) {
  real_lock_slow(thread, handle);
  acquire(handle);
}

SWIFT bool try_lock_slow(SWIFT_SELF void *handle) {
  bool locked = real_try_lock_slow(handle);
  if (locked) acquire(handle);
  return locked;
}

SWIFT void unlock_slow(SWIFT_SELF void *handle) {
  release(handle);
  real_unlock_slow(handle);
}

// MARK: swift_continuation_await

typedef SWIFT_ASYNC void Resume(SWIFT_ASYNC_CONTEXT void *context);

// The beginning of ContinuationAsyncContext (swift/ABI/Task.h).
typedef struct {
  void *parent;
  Resume *resume_parent;
  uintptr_t flags;
} Continuation;

// The task is to hop on its way, which begins a job; compiled Swift never asks for it.
static const uintptr_t switch_forced = 1 << 1;

typedef SWIFT_ASYNC void Await(Continuation *context);
typedef SWIFT void *CurrentTask(void);

static Await *real_await;
static CurrentTask *current_task;
static _Thread_local Resume *awaited;

// Where a task goes on that had no need to wait.
static SWIFT_ASYNC void resumed(SWIFT_ASYNC_CONTEXT void *context) {
  // The address that the runtime releases when it resumes a continuation.
  acquire(current_task());
  return awaited(context);
}

// When the task does wait, it is woken at the place that was kept when the continuation was made, and
// `resume_parent` is not read again; so `resumed` runs on this thread, before anything else, or never.
SWIFT_ASYNC void swift_continuation_await(Continuation *context) {
  if (!(context->flags & switch_forced)) {
    awaited = context->resume_parent;
    context->resume_parent = resumed;
  }
  return real_await(context);
}

__attribute__((constructor)) static void find_what_is_stood_before(void) {
  real_lock_slow = (LockSlow *)dlsym(RTLD_NEXT, LOCK_SLOW);
  real_try_lock_slow = (TryLockSlow *)dlsym(RTLD_NEXT, TRY_LOCK_SLOW);
  real_unlock_slow = (UnlockSlow *)dlsym(RTLD_NEXT, UNLOCK_SLOW);
  real_await = (Await *)dlsym(RTLD_NEXT, "swift_continuation_await");
  current_task = (CurrentTask *)dlsym(RTLD_DEFAULT, "swift_task_getCurrent");
}
