#pragma once
#include <sqlite3.h>

/// Swift cannot name the macro `SQLITE_TRANSIENT`: SQLite copies the bytes before it returns.
static inline sqlite3_destructor_type topup_sqlite_transient(void) { return SQLITE_TRANSIENT; }

/// Has SQLite count no memory, which takes a lock at each allocation; before it is used at all
/// (sqlite3_config(), SQLITE_CONFIG_MEMSTATUS). Variadic, which Swift cannot call.
static inline int topup_sqlite_count_no_memory(void) {
  return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
