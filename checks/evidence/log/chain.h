/* The lines of the evidence log: their form, and the hash that links each to the one before.
 *
 * A line is one JSON object. It begins with the same fields in the same order:
 *   {"prev":"HASH","seq":N,"time":"…Z","boot":"HEX","uptime":S,"by":"PROGRAM VERSION","type":"…"
 * then come the fields of its type. `prev` is the SHA-256 of the line before, without its newline;
 * 64 zeros in the first line of a log. A file holds one day and begins with a line of type "day".
 *
 * Pure functions; any thread.
 */
#ifndef PL_EVIDENCE_LOG_CHAIN_H
#define PL_EVIDENCE_LOG_CHAIN_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include <stdint.h>

#define PL_LINE_FORMAT 1
#define PL_LINE_BY 48   /* bytes of the name of a program, with the NUL */
#define PL_LINE_TIME 32 /* bytes of a time as text, with the NUL */
#define PL_HASH_BYTES 32
#define PL_HASH_HEX (2 * PL_HASH_BYTES + 1)

typedef struct pl_sha256 {
  uint8_t bytes[PL_HASH_BYTES];
} pl_sha256;

pl_sha256 pl_sha256_of(const char *bytes, size_t length);
void pl_sha256_hex(const pl_sha256 *hash, char ret_hex[PL_HASH_HEX]);
bool pl_sha256_parse(const char *hex, size_t length, pl_sha256 *ret_hash);

/* Lower-case hexadecimal digits of any bytes. */
void pl_hex_add(pl_buf *buf, const uint8_t *bytes, size_t length);
bool pl_hex_parse(const char *hex, size_t length, uint8_t *ret_bytes);

typedef enum pl_log_line_type {
  PL_LINE_DAY,       /* the first of each file */
  PL_LINE_START,     /* a daemon started */
  PL_LINE_STOP,      /* it, or one endpoint, is no longer watched */
  PL_LINE_VERDICT,   /* a verdict with its facts */
  PL_LINE_SIGNATURE, /* of the line before, and so of all before */
  PL_LINE_ANCHOR,    /* a time stamp of a line before */
  PL_LINE_REMOVED,   /* older files were removed */
  PL_LINE_REPAIR,    /* the line before is torn: `prev` is of the one before that */
  PL_LINE_RESUMED,   /* lines could not be written for some time */
  PL_LINE_COUNT
} pl_log_line_type;

/* Bytes in a line; not terminated. */
typedef struct pl_slice {
  const char *at;
  size_t length;
} pl_slice;

bool pl_slice_is(pl_slice slice, const char *text);

typedef struct pl_log_line {
  pl_sha256 prev;
  uint64_t seq;
  pl_nsec wall;   /* since 1970 */
  uint64_t boot;  /* which boot of which machine */
  pl_nsec uptime; /* CLOCK_BOOTTIME */
  pl_slice by;
  pl_log_line_type type;

  /* Of the type; otherwise zero. */
  pl_slice after;    /* DAY: date of the file before, or empty */
  pl_slice endpoint; /* VERDICT; STOP: or empty for all of the same program */
  pl_slice why; /* VERDICT: "first", "verdict", "configuration", "interval", "pause" or "failed" */
  uint64_t interval; /* VERDICT: seconds until the next line of the endpoint, at most */
  pl_slice config;   /* VERDICT: hash of the configuration */
  pl_slice verdict;  /* VERDICT: as pl_entry_add_verdict writes it */
  pl_slice facts;    /* VERDICT: everything that the judge read */
  pl_slice key;      /* SIGNATURE: id of the key */
  pl_slice sig;      /* SIGNATURE: over the line up to `signed_length` */
  size_t signed_length;
  uint64_t number; /* ANCHOR: seq of the line; REMOVED: seq of the first line that is kept; REPAIR:
                      bytes of the torn line; START: endpoints */
  pl_sha256 torn;  /* REPAIR: hash of the torn line */
  pl_slice response; /* ANCHOR: base64 */
  pl_slice since;    /* RESUMED: time */
  pl_slice text;     /* RESUMED: what failed */
} pl_log_line;

/* The fields of every line, from `line`. The fields of the type and the end follow. */
void pl_log_line_begin(pl_buf *buf, const pl_log_line *line);
/* Reads a line without its newline. `ret_line` refers to `text`. The error says what is wrong. The
 * contents of `verdict` and `facts` are not read. */
pl_status pl_log_line_parse(const char *text, size_t length, pl_log_line *ret_line,
                            pl_error *error) PL_MUST_USE;

/* "2026-11-30T12:00:00.123456789Z"; the first 10 bytes are the date. */
void pl_time_format(pl_nsec wall, char ret_text[PL_LINE_TIME]);
bool pl_time_parse(const char *text, size_t length, pl_nsec *ret_wall);

/* "2026-11-30.jsonl": the file of a date. */
#define PL_DATE_LENGTH ((size_t)10)
#define PL_DATE_BYTES (PL_DATE_LENGTH + 1)
#define PL_FILE_SUFFIX ".jsonl"
#define PL_FILE_BYTES (PL_DATE_LENGTH + sizeof(PL_FILE_SUFFIX))
/* Whether it is the name of such a file. */
bool pl_file_name_valid(const char *name);

#endif
