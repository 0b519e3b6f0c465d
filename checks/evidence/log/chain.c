/* Lines of the evidence log: writes and reads their fields, and hashes them. */
#include "evidence/log/chain.h"
#include "evidence/log/cursor.h"
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_SECONDS 86400
#define NUMBER_MAX (UINT64_C(1) << 53) /* JSON numbers of other programs */
#define INTERVAL_MAX 86400             /* of --evidence-interval */

static const char *const types[PL_LINE_COUNT] = {
    [PL_LINE_DAY] = "day",         [PL_LINE_START] = "start",         [PL_LINE_STOP] = "stop",
    [PL_LINE_VERDICT] = "verdict", [PL_LINE_SIGNATURE] = "signature", [PL_LINE_ANCHOR] = "anchor",
    [PL_LINE_REMOVED] = "removed", [PL_LINE_REPAIR] = "repair",       [PL_LINE_RESUMED] = "resumed",
};

/* ---- hashes --------------------------------------------------------------------------------- */

pl_sha256 pl_sha256_of(const char *bytes, size_t length) {
  pl_sha256 hash;
  SHA256((const unsigned char *)bytes, length, hash.bytes);
  return hash;
}

void pl_hex_add(pl_buf *buf, const uint8_t *bytes, size_t length) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < length; i++) {
    pl_buf_add_char(buf, digits[bytes[i] >> 4]);
    pl_buf_add_char(buf, digits[bytes[i] & 15]);
  }
}

static int digit_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool pl_hex_parse(const char *hex, size_t length, uint8_t *ret_bytes) {
  for (size_t i = 0; i + 1 < length; i += 2) {
    int high = digit_of(hex[i]), low = digit_of(hex[i + 1]);
    if (high < 0 || low < 0)
      return false;
    ret_bytes[i / 2] = (uint8_t)(high * 16 + low);
  }
  return length % 2 == 0;
}

void pl_sha256_hex(const pl_sha256 *hash, char ret_hex[PL_HASH_HEX]) {
  pl_buf buf;
  pl_buf_fixed(&buf, ret_hex, PL_HASH_HEX);
  pl_hex_add(&buf, hash->bytes, PL_HASH_BYTES);
}

bool pl_sha256_parse(const char *hex, size_t length, pl_sha256 *ret_hash) {
  return length == PL_HASH_HEX - 1 && pl_hex_parse(hex, length, ret_hash->bytes);
}

bool pl_slice_is(pl_slice slice, const char *text) {
  return slice.length == strlen(text) && memcmp(slice.at, text, slice.length) == 0;
}

/* ---- times and names ------------------------------------------------------------------------ */

void pl_time_format(pl_nsec wall, char ret_text[PL_LINE_TIME]) {
  time_t seconds = (time_t)(wall / PL_SEC);
  struct tm tm = {0};
  gmtime_r(&seconds, &tm);
  size_t length = strftime(ret_text, PL_LINE_TIME, "%Y-%m-%dT%H:%M:%S", &tm);
  snprintf(ret_text + length, PL_LINE_TIME - length, ".%09dZ", (int)(wall % PL_SEC));
}

static bool read_digits(const char *text, size_t count, int *ret_number) {
  int number = 0;
  for (size_t i = 0; i < count; i++) {
    if (text[i] < '0' || text[i] > '9')
      return false;
    number = number * 10 + (text[i] - '0');
  }
  *ret_number = number;
  return true;
}

/* Days since 1970 of a date from 1970 on (proleptic Gregorian calendar). */
static int64_t days_of(int year, int month, int day) {
  int64_t y = month > 2 ? year : year - 1;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

bool pl_time_parse(const char *text, size_t length, pl_nsec *ret_wall) {
  int year, month, day, hour, minute, second, nsec;
  char again[PL_LINE_TIME];
  if (length != strlen("2026-11-30T12:00:00.123456789Z") || !read_digits(text, 4, &year) ||
      !read_digits(text + 5, 2, &month) || !read_digits(text + 8, 2, &day) ||
      !read_digits(text + 11, 2, &hour) || !read_digits(text + 14, 2, &minute) ||
      !read_digits(text + 17, 2, &second) || !read_digits(text + 20, 9, &nsec) || year < 1970 ||
      year > 2200 || month < 1 || month > 12)
    return false;
  int64_t seconds =
      days_of(year, month, day) * DAY_SECONDS + hour * INT64_C(3600) + minute * 60 + second;
  pl_nsec wall = seconds * PL_SEC + nsec;
  if (wall < 0)
    return false;
  pl_time_format(wall, again); /* separators, and a day or an hour that does not exist */
  if (memcmp(again, text, length) != 0)
    return false;
  *ret_wall = wall;
  return true;
}

bool pl_file_name_valid(const char *name) {
  char time[PL_LINE_TIME];
  pl_nsec wall;
  if (strlen(name) != PL_FILE_BYTES - 1 || strcmp(name + PL_DATE_LENGTH, PL_FILE_SUFFIX) != 0)
    return false;
  int length = snprintf(time, sizeof(time), "%.10sT00:00:00.000000000Z", name);
  return pl_time_parse(time, (size_t)length, &wall);
}

/* ---- writing -------------------------------------------------------------------------------- */

void pl_log_line_begin(pl_buf *buf, const pl_log_line *line) {
  char prev[PL_HASH_HEX], time[PL_LINE_TIME];
  pl_sha256_hex(&line->prev, prev);
  pl_time_format(line->wall, time);
  pl_buf_addf(buf,
              "{\"prev\":\"%s\",\"seq\":%" PRIu64 ",\"time\":\"%s\",\"boot\":\"%016" PRIx64
              "\",\"uptime\":%" PRId64 ".%09d,\"by\":\"%.*s\",\"type\":\"%s\"",
              prev, line->seq, time, line->boot, line->uptime / PL_SEC,
              (int)(line->uptime % PL_SEC), (int)line->by.length, line->by.at, types[line->type]);
}

/* ---- reading -------------------------------------------------------------------------------- */

/* ,"key": */
static bool take_key(pl_cursor *c, const char *key) {
  return pl_cursor_take(c, ",\"") && pl_cursor_take(c, key) && pl_cursor_take(c, "\":");
}

/* A string without escapes: visible ASCII and spaces. */
static bool take_string(pl_cursor *c, pl_slice *ret_slice) {
  if (!pl_cursor_take(c, "\""))
    return false;
  const char *begin = c->at;
  while (c->at < c->end && *c->at >= ' ' && *c->at <= '~' && *c->at != '"' && *c->at != '\\')
    c->at++;
  *ret_slice = (pl_slice){.at = begin, .length = (size_t)(c->at - begin)};
  return pl_cursor_take(c, "\"");
}

/* Without leading zeros, at most NUMBER_MAX. */
static bool take_number(pl_cursor *c, uint64_t *ret_number) {
  const char *begin = c->at;
  uint64_t number = 0;
  while (c->at < c->end && *c->at >= '0' && *c->at <= '9' && number <= NUMBER_MAX)
    number = number * 10 + (uint64_t)(*c->at++ - '0');
  if (c->at == begin || number > NUMBER_MAX || (*begin == '0' && c->at - begin > 1))
    return false;
  *ret_number = number;
  return true;
}

static bool take_uptime(pl_cursor *c, pl_nsec *ret_uptime) {
  uint64_t seconds;
  int nsec;
  if (!take_number(c, &seconds) || seconds > INT32_MAX || !pl_cursor_take(c, ".") ||
      c->end - c->at < 9 || !read_digits(c->at, 9, &nsec))
    return false;
  c->at += 9;
  *ret_uptime = (pl_nsec)seconds * PL_SEC + nsec;
  return true;
}

static bool take_type(pl_cursor *c, pl_log_line_type *ret_type) {
  pl_slice text;
  if (!take_string(c, &text))
    return false;
  for (unsigned i = 0; i < PL_LINE_COUNT; i++) {
    if (!pl_slice_is(text, types[i]))
      continue;
    *ret_type = (pl_log_line_type)i;
    return true;
  }
  return false;
}

static bool take_common(pl_cursor *c, pl_log_line *line) {
  pl_slice prev, time, boot;
  uint8_t bytes[8];
  if (!pl_cursor_take(c, "{\"prev\":") || !take_string(c, &prev) ||
      !pl_sha256_parse(prev.at, prev.length, &line->prev) || !take_key(c, "seq") ||
      !take_number(c, &line->seq) || !take_key(c, "time") || !take_string(c, &time) ||
      !pl_time_parse(time.at, time.length, &line->wall) || !take_key(c, "boot") ||
      !take_string(c, &boot) || boot.length != 2 * sizeof(bytes) ||
      !pl_hex_parse(boot.at, boot.length, bytes) || !take_key(c, "uptime") ||
      !take_uptime(c, &line->uptime) || !take_key(c, "by") || !take_string(c, &line->by))
    return false;
  for (size_t i = 0; i < sizeof(bytes); i++)
    line->boot = line->boot << 8 | bytes[i];
  return line->by.length < PL_LINE_BY && take_key(c, "type") && take_type(c, &line->type);
}

/* A flat object of strings and numbers, and one level below: no string holds a brace. */
static bool take_verdict_object(pl_cursor *c, pl_slice *ret_slice) {
  const char *begin = c->at;
  unsigned depth = 0;
  for (; c->at < c->end; c->at++) {
    if (*c->at == '{')
      depth++;
    else if (*c->at == '}' && --depth == 0)
      break;
    if (depth == 0 || *c->at < ' ' || *c->at > '~')
      return false;
  }
  if (c->at >= c->end)
    return false;
  c->at++;
  *ret_slice = (pl_slice){.at = begin, .length = (size_t)(c->at - begin)};
  return true;
}

static bool take_verdict(pl_cursor *c, pl_log_line *line) {
  pl_sha256 config;
  if (!take_key(c, "endpoint") || !take_string(c, &line->endpoint) || line->endpoint.length == 0 ||
      !take_key(c, "why") || !take_string(c, &line->why) || !take_key(c, "interval") ||
      !take_number(c, &line->interval) || line->interval == 0 || line->interval > INTERVAL_MAX ||
      !take_key(c, "config") || !take_string(c, &line->config) ||
      !pl_sha256_parse(line->config.at, line->config.length, &config) || !take_key(c, "verdict") ||
      !take_verdict_object(c, &line->verdict) || !take_key(c, "case"))
    return false;
  /* The rest, but for the brace that ends the line. */
  if (c->end - c->at < 3 || *c->at != '{' || c->end[-2] != '}')
    return false;
  line->facts = (pl_slice){.at = c->at, .length = (size_t)(c->end - 1 - c->at)};
  c->at = c->end - 1;
  return true;
}

static bool take_signature(pl_cursor *c, const char *text, pl_log_line *line) {
  if (!take_key(c, "key") || !take_string(c, &line->key))
    return false;
  line->signed_length = (size_t)(c->at - text);
  return take_key(c, "sig") && take_string(c, &line->sig);
}

static bool take_rest(pl_cursor *c, const char *text, pl_log_line *line) {
  uint64_t format;
  pl_nsec since;
  pl_slice hash;
  switch (line->type) {
  case PL_LINE_DAY:
    return take_key(c, "format") && take_number(c, &format) && format == PL_LINE_FORMAT &&
           take_key(c, "after") && take_string(c, &line->after);
  case PL_LINE_START:
    return take_key(c, "endpoints") && take_number(c, &line->number);
  case PL_LINE_STOP:
    return take_key(c, "endpoint") && take_string(c, &line->endpoint);
  case PL_LINE_VERDICT:
    return take_verdict(c, line);
  case PL_LINE_SIGNATURE:
    return take_signature(c, text, line);
  case PL_LINE_ANCHOR:
    return take_key(c, "of") && take_number(c, &line->number) && take_key(c, "response") &&
           take_string(c, &line->response);
  case PL_LINE_REMOVED:
    return take_key(c, "first") && take_number(c, &line->number);
  case PL_LINE_REPAIR:
    return take_key(c, "torn") && take_number(c, &line->number) && take_key(c, "sha256") &&
           take_string(c, &hash) && pl_sha256_parse(hash.at, hash.length, &line->torn);
  case PL_LINE_RESUMED:
    return take_key(c, "since") && take_string(c, &line->since) &&
           pl_time_parse(line->since.at, line->since.length, &since) && take_key(c, "error") &&
           take_string(c, &line->text);
  case PL_LINE_COUNT:
    break;
  }
  return false;
}

pl_status pl_log_line_parse(const char *text, size_t length, pl_log_line *ret_line,
                            pl_error *error) {
  pl_cursor c = {.at = text, .end = text + length};
  pl_log_line line = {.seq = 0};
  if (length > PL_LIMIT_EVIDENCE_LINE)
    return pl_fail(error, PL_ERR_LIMIT, "the line is longer than %d bytes", PL_LIMIT_EVIDENCE_LINE);
  if (!take_common(&c, &line) || !take_rest(&c, text, &line) || !pl_cursor_take(&c, "}") ||
      c.at != c.end)
    return pl_fail(error, PL_ERR_INVALID, "the line is damaged at byte %zu",
                   (size_t)(c.at - text) + 1);
  *ret_line = line;
  return PL_OK;
}
