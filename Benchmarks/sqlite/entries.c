/* The yardstick of scripts/bench engine: what topupd's store does for an entry of two postings, by the
 * C API of SQLite and nothing in between.
 *
 *   entries FILE COUNT GROUP   posts COUNT entries, GROUP to a commit, to a store that topupbench made;
 *                              prints entries_per_second, cpu_us_per_entry and bytes_per_entry
 *
 * The same file, and so the same tables, indices and triggers; the same pragmas, SAVEPOINTs, statements
 * and digests; accounts kept in memory once they were read, as the store keeps them; and a thread that
 * copies the log. topupbench looks at the file afterwards: what is written here has to be sound.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "blake2b.h"

enum {
  /* As topupbench makes them. */
  ACCOUNTS = 10000,
  TOP_UPS = 2000,
  OF_ONE_TOP_UP = 512,
  /* Prime to ACCOUNTS, so that all of them take turns. */
  STRIDE = 7919,
  /* As TopUpStore/Writing/Checkpointer. */
  LOG_PAGES_MAX = 4096,
  NAME_BYTES = 160,
  LEG_BITS = 6,
};

#define CLUSTER "0059f5ada35eee46802d80750d5ca4a490640511"
#define DESCRIPTION "charge captured"

typedef __int128 amount;

struct account {
  char name[NAME_BYTES];
  int is_known, has_posting;
  int64_t number, last_posting;
  amount balance;
};

static sqlite3 *database;
static struct account held[ACCOUNTS], processor;
static uint8_t digest[32];
static int64_t position;

static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("entries: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  exit(1);
}

static void must(int code, const char *what) {
  if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
    fail("%s: %s", what, sqlite3_errmsg(database));
}

static int64_t nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- the log is copied by a thread and a connection of its own ---- */

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int is_asked, is_running, is_finished, is_closed;
static int log_pages;

static int note_pages(void *context, sqlite3 *connection, const char *name, int pages) {
  (void)context, (void)connection, (void)name;
  log_pages = pages;
  return SQLITE_OK;
}

static void *checkpointer(void *connection) {
  pthread_mutex_lock(&guard);
  for (;;) {
    while (!is_asked && !is_closed) pthread_cond_wait(&changed, &guard);
    if (is_closed) break;
    is_asked = 0, is_running = 1;
    pthread_mutex_unlock(&guard);
    sqlite3_wal_checkpoint_v2(connection, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    pthread_mutex_lock(&guard);
    is_running = 0, is_finished = 1;
  }
  pthread_mutex_unlock(&guard);
  return NULL;
}

/* Begins a copy when it is time for one, and finishes it when the bulk is done. */
static void mind_log(void) {
  int finish = 0;
  if (log_pages < LOG_PAGES_MAX) return;
  pthread_mutex_lock(&guard);
  if (is_finished) {
    is_finished = 0, finish = 1;
  } else if (!is_running && !is_asked) {
    is_asked = 1;
    pthread_cond_signal(&changed);
  }
  pthread_mutex_unlock(&guard);
  if (finish) sqlite3_wal_checkpoint_v2(database, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* ---- statements ---- */

static sqlite3 *open_store(const char *path) {
  sqlite3 *opened;
  if (sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    fail("cannot open %s", path);
  /* As StoreFile.becomeWriter(). */
  must(sqlite3_exec(opened,
                    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;"
                    "PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 0;",
                    NULL, NULL, NULL),
       "pragmas");
  return opened;
}

enum {
  BEGIN, SETTINGS, SAVEPOINT, TOP_UP, ACCOUNT, POSTING, BALANCE, ENTRY, RELEASE, GROUP, COMMIT, STATEMENTS
};
static const char *const texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [SETTINGS] = "SELECT id, kill_switch, fence, behind, settled_through FROM store",
    [SAVEPOINT] = "SAVEPOINT one",
    [TOP_UP] = "SELECT number FROM top_up WHERE id = ?",
    [ACCOUNT] = "SELECT number, balance, last_posting FROM ledger_account WHERE name = ?",
    [POSTING] = "INSERT INTO posting (number, account, prev, amount, balance_after) "
                "VALUES (?, ?, ?, ?, ?)",
    [BALANCE] = "UPDATE ledger_account SET balance = ?, last_posting = ? WHERE number = ?",
    [ENTRY] = "INSERT INTO entry (position, top_up, description, corrects, at, digest) "
              "VALUES (?, ?, ?, ?, ?, ?)",
    [RELEASE] = "RELEASE one",
    [GROUP] = "UPDATE store SET commit_groups = commit_groups + 1 RETURNING commit_groups",
    [COMMIT] = "COMMIT",
};
static sqlite3_stmt *statements[STATEMENTS];

static void run(int which) {
  int code = sqlite3_step(statements[which]);
  if (code != SQLITE_DONE && code != SQLITE_ROW) must(code, texts[which]);
  must(sqlite3_reset(statements[which]), texts[which]);
}

/* 16 bytes whose order is the numbers' order. */
static void put_amount(uint8_t out[16], amount value) {
  unsigned __int128 bits = (unsigned __int128)value ^ (unsigned __int128)1 << 127;
  for (int index = 15; index >= 0; index--, bits >>= 8) out[index] = (uint8_t)bits;
}

static amount read_amount(const uint8_t in[16]) {
  unsigned __int128 bits = 0;
  for (int index = 0; index < 16; index++) bits = bits << 8 | in[index];
  return (amount)(bits ^ (unsigned __int128)1 << 127);
}

static void know(struct account *account) {
  sqlite3_stmt *statement = statements[ACCOUNT];
  if (account->is_known) return;
  sqlite3_bind_text(statement, 1, account->name, -1, SQLITE_STATIC);
  if (sqlite3_step(statement) != SQLITE_ROW) fail("there is no account %s", account->name);
  account->number = sqlite3_column_int64(statement, 0);
  account->balance = read_amount(sqlite3_column_blob(statement, 1));
  account->has_posting = sqlite3_column_type(statement, 2) != SQLITE_NULL;
  account->last_posting = sqlite3_column_int64(statement, 2);
  account->is_known = 1;
  must(sqlite3_reset(statement), texts[ACCOUNT]);
}

/* ---- one entry ---- */

static uint8_t *put_word(uint8_t *out, uint64_t word) {
  for (int shift = 56; shift >= 0; shift -= 8) *out++ = (uint8_t)(word >> shift);
  return out;
}

static uint8_t *put_text(uint8_t *out, const char *text) {
  size_t length = strlen(text);
  out = put_word(out, length);
  memcpy(out, text, length);
  return out + length;
}

static uint8_t *put_leg(uint8_t *out, const struct account *account, amount value) {
  out = put_text(out, account->name);
  out = put_text(out, "USD");
  out = put_word(out, (uint64_t)((unsigned __int128)value >> 64));
  return put_word(out, (uint64_t)value);
}

static void post_leg(struct account *account, int64_t number, amount value) {
  uint8_t moved[16], balance[16];
  sqlite3_stmt *posting = statements[POSTING], *update = statements[BALANCE];
  know(account);
  account->balance += value;
  put_amount(moved, value);
  put_amount(balance, account->balance);
  sqlite3_bind_int64(posting, 1, number);
  sqlite3_bind_int64(posting, 2, account->number);
  if (account->has_posting) sqlite3_bind_int64(posting, 3, account->last_posting);
  else sqlite3_bind_null(posting, 3);
  sqlite3_bind_blob(posting, 4, moved, 16, SQLITE_STATIC);
  sqlite3_bind_blob(posting, 5, balance, 16, SQLITE_STATIC);
  run(POSTING);
  sqlite3_bind_blob(update, 1, balance, 16, SQLITE_STATIC);
  sqlite3_bind_int64(update, 2, number);
  sqlite3_bind_int64(update, 3, account->number);
  run(BALANCE);
  account->last_posting = number;
  account->has_posting = 1;
}

static void post(uint64_t index) {
  uint8_t message[1024], *end = message;
  char top_up[24];
  struct account *payer = &held[index * STRIDE % ACCOUNTS];
  int64_t now = nanoseconds(CLOCK_REALTIME) / 1000000;
  sqlite3_stmt *find = statements[TOP_UP], *entry = statements[ENTRY];
  snprintf(top_up, sizeof top_up, "tu_%d", (int)(index / OF_ONE_TOP_UP % TOP_UPS));
  run(SAVEPOINT);
  sqlite3_bind_text(find, 1, top_up, -1, SQLITE_STATIC);
  if (sqlite3_step(find) != SQLITE_ROW) fail("there is no top-up %s", top_up);
  int64_t number = sqlite3_column_int64(find, 0);
  must(sqlite3_reset(find), texts[TOP_UP]);
  position += 1;
  post_leg(&processor, position << LEG_BITS, 2500);
  post_leg(payer, position << LEG_BITS | 1, -2500);
  memcpy(end, "topup.v1 entry", 14);
  end += 14;
  memcpy(end, digest, sizeof digest);
  end = put_word(end + sizeof digest, (uint64_t)position);
  end = put_text(end, top_up);
  end = put_text(end, DESCRIPTION);
  end = put_word(end, 0);
  end = put_word(end, (uint64_t)now);
  end = put_word(end, 2);
  end = put_leg(end, &processor, 2500);
  end = put_leg(end, payer, -2500);
  blake2b_256(digest, message, (size_t)(end - message));
  sqlite3_bind_int64(entry, 1, position);
  sqlite3_bind_int64(entry, 2, number);
  sqlite3_bind_text(entry, 3, DESCRIPTION, -1, SQLITE_STATIC);
  sqlite3_bind_null(entry, 4);
  sqlite3_bind_int64(entry, 5, now);
  sqlite3_bind_blob(entry, 6, digest, sizeof digest, SQLITE_STATIC);
  run(ENTRY);
  run(RELEASE);
}

static void name_accounts(void) {
  snprintf(processor.name, NAME_BYTES, "processor:USD");
  for (unsigned index = 0; index < ACCOUNTS; index++)
    snprintf(held[index].name, NAME_BYTES, "held:ddc:" CLUSTER ":%064x:USD", index + 1);
}

static int64_t number_of(const char *sql) {
  sqlite3_stmt *statement;
  must(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), sql);
  must(sqlite3_step(statement), sql);
  int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

#define BYTES "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"

static void read_head(void) {
  sqlite3_stmt *head;
  must(sqlite3_prepare_v2(database, "SELECT position, digest FROM entry ORDER BY position DESC LIMIT 1",
                          -1, &head, NULL), "head");
  if (sqlite3_step(head) == SQLITE_ROW) {
    position = sqlite3_column_int64(head, 0);
    memcpy(digest, sqlite3_column_blob(head, 1), sizeof digest);
  }
  sqlite3_finalize(head);
}

int main(int argc, char **argv) {
  uint64_t count = argc == 4 ? strtoull(argv[2], NULL, 10) : 0;
  uint64_t group = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
  pthread_t thread;
  if (count == 0 || group == 0) {
    fputs("usage: entries FILE COUNT GROUP\n", stderr);
    return 64;
  }
  database = open_store(argv[1]);
  sqlite3 *copies = open_store(argv[1]);
  sqlite3_wal_hook(database, note_pages, NULL);
  for (int index = 0; index < STATEMENTS; index++)
    must(sqlite3_prepare_v3(database, texts[index], -1, SQLITE_PREPARE_PERSISTENT, &statements[index],
                            NULL), texts[index]);
  name_accounts();
  read_head();
  if (pthread_create(&thread, NULL, checkpointer, copies) != 0) fail("no thread");
  int64_t before = number_of(BYTES), begun = nanoseconds(CLOCK_MONOTONIC);
  int64_t work = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
  for (uint64_t index = 0; index < count;) {
    run(BEGIN);
    run(SETTINGS);
    for (uint64_t place = 0; place < group && index < count; place++) post(index++);
    run(GROUP);
    run(COMMIT);
    mind_log();
  }
  double span = (double)(nanoseconds(CLOCK_MONOTONIC) - begun) / 1e9;
  double cpu = (double)(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - work) / 1e3;
  printf("entries_per_second %.1f\ncpu_us_per_entry %.3f\nbytes_per_entry %.2f\n",
         (double)count / span, cpu / (double)count, (double)(number_of(BYTES) - before) / (double)count);
  pthread_mutex_lock(&guard);
  is_closed = 1;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&guard);
  pthread_join(thread, NULL);
  sqlite3_close_v2(copies);
  for (int index = 0; index < STATEMENTS; index++) sqlite3_finalize(statements[index]);
  return sqlite3_close(database) == SQLITE_OK ? 0 : 1;
}
