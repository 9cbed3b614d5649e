#pragma once
#include <sqlite3.h>

/// Swift cannot name the macro `SQLITE_TRANSIENT`: SQLite copies the bytes before it returns.
static inline sqlite3_destructor_type topup_sqlite_transient(void) { return SQLITE_TRANSIENT; }
