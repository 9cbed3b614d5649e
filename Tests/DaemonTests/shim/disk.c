// Stands between a program and the disk its store lies on; loaded before it by LD_PRELOAD.
//
//   TOPUP_DATABASE   the store; it and the files named after it are watched
//   SHIM_LOG         every change of those files is appended here, in its order, with its bytes
//   SHIM_FAULTS      a file of words that are read before each change, and say whether it fails
//   SHIM_CLOCK       a file of one word: milliseconds by which the wall clock is ahead
//   SHIM_SYNC_MICROSECONDS   how much longer each sync takes, for scripts/bench
//
// Each is left out when it is not set. disk.py has the other side of all three.
//
// The wal-index (-shm) is mapped memory and means nothing after a loss of power: it is not logged,
// but its growing fails like the rest on a full disk.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum Kind { KIND_NONE, KIND_STORE, KIND_WAL, KIND_JOURNAL, KIND_INDEX, KIND_FOLDER };
enum Change { CHANGE_CREATE = 1, CHANGE_WRITE, CHANGE_LENGTH, CHANGE_SYNC, CHANGE_REMOVE };
enum Call { CALL_WRITE, CALL_SYNC, CALL_OPEN, CALL_LENGTH, CALL_REMOVE, CALL_ROOM, CALLS };

// One for each kind of call, in SHIM_FAULTS. The fields are disk.py's too.
struct Fault {
  int32_t error;   // what `errno` says; 0 for no fault
  int32_t passes;  // how many calls pass before the first one fails
  int32_t times;   // how many fail then; negative for all
  int32_t failed;  // how many have failed
};

// Before each change in SHIM_LOG, and before its bytes.
struct Record {
  uint32_t change, kind;
  int64_t offset;
  uint64_t count;
};

#define DESCRIPTORS 65536
static uint8_t kinds[DESCRIPTORS];
static char store[4096], folder[4096];
static int log_descriptor = -1;
static struct Fault *faults;
static const int64_t *clock_ahead;
static bool is_cut;
static long sync_microseconds;
// Held around a change and its line, so that both have one order.
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int), (*real_fdatasync)(int);
static int (*real_unlink)(const char *), (*real_rename)(const char *, const char *);
static int (*real_statvfs)(const char *, struct statvfs *);
static int (*real_clock_gettime)(clockid_t, struct timespec *);

static void *mapped(const char *name, size_t size) {
  const char *path = getenv(name);
  if (!path) return NULL;
  int descriptor = real_open(path, O_RDWR | O_CLOEXEC);
  if (descriptor < 0) abort();
  void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (bytes == MAP_FAILED) abort();
  real_close(descriptor);
  return bytes;
}

__attribute__((constructor)) static void begin(void) {
  if (real_open) return;
  real_open = dlsym(RTLD_NEXT, "open");
  real_close = dlsym(RTLD_NEXT, "close");
  real_write = dlsym(RTLD_NEXT, "write");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  real_rename = dlsym(RTLD_NEXT, "rename");
  real_statvfs = dlsym(RTLD_NEXT, "statvfs");
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  clock_ahead = mapped("SHIM_CLOCK", sizeof *clock_ahead);
  const char *slow = getenv("SHIM_SYNC_MICROSECONDS");
  if (slow) sync_microseconds = strtol(slow, NULL, 10);
  const char *path = getenv("TOPUP_DATABASE");
  if (!path || strlen(path) >= sizeof store) return;
  strcpy(folder, path);
  char *slash = strrchr(folder, '/');
  if (!slash) return;
  *slash = 0;
  strcpy(store, path);
  faults = mapped("SHIM_FAULTS", CALLS * sizeof *faults);
  const char *log = getenv("SHIM_LOG");
  if (log) {
    log_descriptor = real_open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log_descriptor < 0) abort();
  }
}

static enum Kind kind_of(const char *path) {
  if (!*store) return KIND_NONE;
  if (!strcmp(path, folder)) return KIND_FOLDER;
  size_t length = strlen(store);
  if (strncmp(path, store, length)) return KIND_NONE;
  const char *rest = path + length;
  if (!*rest) return KIND_STORE;
  if (!strcmp(rest, "-wal")) return KIND_WAL;
  if (!strcmp(rest, "-journal")) return KIND_JOURNAL;
  if (!strcmp(rest, "-shm")) return KIND_INDEX;
  return KIND_NONE;
}

static enum Kind kind(int descriptor) {
  return descriptor >= 0 && descriptor < DESCRIPTORS ? kinds[descriptor] : KIND_NONE;
}

// In one write, so that it is whole beside what others append.
static void tell(enum Change change, enum Kind of, int64_t offset, const void *bytes, size_t count) {
  if (log_descriptor < 0 || of == KIND_INDEX) return;
  struct Record record = {change, of, offset, count};
  struct iovec parts[] = {{&record, sizeof record}, {(void *)bytes, bytes ? count : 0}};
  ssize_t length = (ssize_t)(parts[0].iov_len + parts[1].iov_len);
  if (writev(log_descriptor, parts, 2) != length) abort();
}

// Called in order. Whether the call is to fail, with `errno` set.
static bool fails(enum Call call) {
  if (!faults || !faults[call].error || !faults[call].times) return false;
  if (faults[call].passes > 0) {
    faults[call].passes -= 1;
    return false;
  }
  if (faults[call].times > 0) faults[call].times -= 1;
  __atomic_add_fetch(&faults[call].failed, 1, __ATOMIC_SEQ_CST);
  errno = faults[call].error;
  return true;
}

// MARK: Files

static int opened(const char *path, int flags, mode_t mode) {
  begin();
  enum Kind of = kind_of(path);
  if (of == KIND_NONE) return real_open(path, flags, mode);
  pthread_mutex_lock(&order);
  struct stat status;
  bool is_new = (flags & O_CREAT) && stat(path, &status) != 0;
  bool may_write = (flags & O_ACCMODE) != O_RDONLY && (is_new || of != KIND_FOLDER);
  int descriptor = may_write && fails(CALL_OPEN) ? -1 : real_open(path, flags, mode);
  if (descriptor >= 0) {
    if (descriptor >= DESCRIPTORS) abort();
    kinds[descriptor] = of;
    if (is_new) tell(CHANGE_CREATE, of, 0, NULL, 0);
    else if (flags & O_TRUNC) tell(CHANGE_LENGTH, of, 0, NULL, 0);
  }
  pthread_mutex_unlock(&order);
  return descriptor;
}

#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list more; \
    va_start(more, flags); \
    mode = va_arg(more, mode_t); \
    va_end(more); \
  }

int open(const char *path, int flags, ...) {
  MODE(flags)
  return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE(flags)
  return opened(path, flags, mode);
}

int close(int descriptor) {
  begin();
  if (descriptor >= 0 && descriptor < DESCRIPTORS) kinds[descriptor] = KIND_NONE;
  return real_close(descriptor);
}

// A disk that fills up takes the beginning of what it has no room for.
static ssize_t written(int descriptor, const void *bytes, size_t count, off_t offset) {
  pthread_mutex_lock(&order);
  ssize_t result = -1;
  bool is_short = !is_cut && count > 1024 && faults && faults[CALL_WRITE].error == ENOSPC
    && faults[CALL_WRITE].times && faults[CALL_WRITE].passes <= 0;
  is_cut = is_short;
  if (is_short || !fails(CALL_WRITE)) {
    result = real_pwrite(descriptor, bytes, is_short ? count / 2 : count, offset);
  }
  if (result > 0) tell(CHANGE_WRITE, kind(descriptor), offset, bytes, (size_t)result);
  pthread_mutex_unlock(&order);
  return result;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
  begin();
  if (kind(descriptor) == KIND_NONE) return real_pwrite(descriptor, bytes, count, offset);
  return written(descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
  return pwrite(descriptor, bytes, count, offset);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  begin();
  if (kind(descriptor) == KIND_NONE) return real_write(descriptor, bytes, count);
  off_t offset = lseek(descriptor, 0, SEEK_CUR);
  ssize_t result = written(descriptor, bytes, count, offset);
  if (result > 0) lseek(descriptor, offset + result, SEEK_SET);
  return result;
}

int ftruncate(int descriptor, off_t length) {
  begin();
  enum Kind of = kind(descriptor);
  if (of == KIND_NONE) return real_ftruncate(descriptor, length);
  pthread_mutex_lock(&order);
  int result = fails(CALL_LENGTH) ? -1 : real_ftruncate(descriptor, length);
  if (result == 0) tell(CHANGE_LENGTH, of, length, NULL, 0);
  pthread_mutex_unlock(&order);
  return result;
}

int ftruncate64(int descriptor, off64_t length) { return ftruncate(descriptor, length); }

static int synced(int descriptor, int (*real)(int)) {
  enum Kind of = kind(descriptor);
  if (of == KIND_NONE) return real(descriptor);
  if (sync_microseconds > 0) {
    // A sync is waited for by whoever asked for it: others go on writing.
    struct timespec wait = {sync_microseconds / 1000000, sync_microseconds % 1000000 * 1000};
    while (nanosleep(&wait, &wait) != 0) continue;
  }
  // No change comes in between: what was written before is what it has made durable.
  pthread_mutex_lock(&order);
  int result = fails(CALL_SYNC) ? -1 : real(descriptor);
  if (result == 0) tell(CHANGE_SYNC, of, 0, NULL, 0);
  pthread_mutex_unlock(&order);
  return result;
}

int fsync(int descriptor) {
  begin();
  return synced(descriptor, real_fsync);
}

int fdatasync(int descriptor) {
  begin();
  return synced(descriptor, real_fdatasync);
}

int unlink(const char *path) {
  begin();
  enum Kind of = kind_of(path);
  if (of == KIND_NONE) return real_unlink(path);
  pthread_mutex_lock(&order);
  int result = fails(CALL_REMOVE) ? -1 : real_unlink(path);
  if (result == 0) tell(CHANGE_REMOVE, of, 0, NULL, 0);
  pthread_mutex_unlock(&order);
  return result;
}

// The store renames nothing, and the replayer would not know what to make of it.
int rename(const char *from, const char *to) {
  begin();
  if (kind_of(from) != KIND_NONE || kind_of(to) != KIND_NONE) abort();
  return real_rename(from, to);
}

// A disk that has no room left answers so, and does not fail.
int statvfs(const char *path, struct statvfs *disk) {
  begin();
  int result = real_statvfs(path, disk);
  if (result || kind_of(path) == KIND_NONE) return result;
  pthread_mutex_lock(&order);
  if (fails(CALL_ROOM)) disk->f_bavail = 0;
  pthread_mutex_unlock(&order);
  return result;
}

// The same on 64-bit machines (bits/statvfs.h).
int statvfs64(const char *path, struct statvfs64 *disk) {
  return statvfs(path, (struct statvfs *)disk);
}

// MARK: The wall clock

int clock_gettime(clockid_t id, struct timespec *now) {
  begin();
  int result = real_clock_gettime(id, now);
  if (result || !clock_ahead || (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE)) return result;
  int64_t ahead = __atomic_load_n(clock_ahead, __ATOMIC_RELAXED);
  int64_t nanoseconds = now->tv_nsec + ahead % 1000 * 1000000;
  now->tv_sec += ahead / 1000 + nanoseconds / 1000000000;
  now->tv_nsec = nanoseconds % 1000000000;
  return 0;
}

int gettimeofday(struct timeval *now, void *zone) {
  (void)zone;
  struct timespec time;
  int result = clock_gettime(CLOCK_REALTIME, &time);
  if (!result) *now = (struct timeval){time.tv_sec, time.tv_nsec / 1000};
  return result;
}

time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}
