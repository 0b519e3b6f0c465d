/* A store as JSON: one table of its fields, for writing and reading. */
#include "memory/json.h"
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 1
#define SECONDS_MAX (INT64_C(1) << 40)

typedef enum kind {
  KIND_BOOL,
  KIND_NUMBER, /* of `size` bytes, 0 to `max` */
  KIND_HEX,    /* 64 bits, as text: JSON numbers of other programs have 53 */
  KIND_STAMP,
  KIND_ALARM,
  KIND_POOL,
} kind;

typedef struct field {
  const char *key;
  size_t offset, size;
  int64_t max;
  kind kind;
  bool is_new; /* it may be missing: an earlier release wrote the file */
} field;

#define ROW(key, kind, member, max, is_new)                                                        \
  {                                                                                                \
    key, offsetof(pl_memory_store, member), sizeof(((pl_memory_store *)0)->member), max, kind,     \
        is_new                                                                                     \
  }
#define FIELD(key, kind, member, max) ROW(key, kind, member, max, false)
#define NEW_FIELD(key, kind, member, max) ROW(key, kind, member, max, true)

static const field fields[] = {
    FIELD("alarm", KIND_ALARM, alarm.state, 0),
    FIELD("unsettled", KIND_BOOL, alarm.unsettled, 0),
    FIELD("blocks", KIND_NUMBER, alarm.blocks, 1000),
    FIELD("written", KIND_STAMP, written, 0),
    FIELD("gap", KIND_NUMBER, gap, SECONDS_MAX),
    FIELD("proven", KIND_STAMP, proven, 0),
    FIELD("host", KIND_HEX, host, 0),
    FIELD("binding", KIND_HEX, binding, 0),
    FIELD("baseline", KIND_STAMP, baseline, 0),
    FIELD("baseline_public", KIND_NUMBER, baseline_public, 599),
    FIELD("baseline_private", KIND_NUMBER, baseline_private, 599),
    FIELD("signs", KIND_HEX, signs, 0),
    FIELD("sign_since", KIND_STAMP, sign_since, 0),
    FIELD("sign_caused", KIND_BOOL, sign_caused, 0),
    FIELD("let_in", KIND_BOOL, let_in, 0),
    NEW_FIELD("agent_let_in", KIND_BOOL, agent_let_in, 0),
    FIELD("forms", KIND_NUMBER, forms, UINT32_MAX),
    FIELD("sibling", KIND_STAMP, controls[PL_KEPT_SIBLING], 0),
    FIELD("request", KIND_STAMP, controls[PL_KEPT_REQUEST], 0),
    FIELD("key", KIND_STAMP, controls[PL_KEPT_KEY], 0),
    FIELD("hops", KIND_STAMP, controls[PL_KEPT_HOPS], 0),
    FIELD("hops_tried", KIND_STAMP, hops_tried, 0),
    FIELD("hops_addresses", KIND_NUMBER, hops_addresses, UINT32_MAX),
    FIELD("hops_against", KIND_BOOL, hops_against, 0),
    FIELD("variations", KIND_STAMP, variations, 0),
    FIELD("varied", KIND_STAMP, varied, 0),
    FIELD("throttled", KIND_STAMP, throttled, 0),
    FIELD("open_ipv4", KIND_BOOL, open_ipv4, 0),
    FIELD("open_ipv6", KIND_BOOL, open_ipv6, 0),
    FIELD("look", KIND_HEX, look, 0),
    FIELD("look_changed", KIND_STAMP, look_changed, 0),
    FIELD("pool_changed", KIND_STAMP, pool_changed, 0),
    FIELD("pool", KIND_POOL, pool, 0),
    FIELD("pool_next", KIND_NUMBER, pool_next, PL_LIMIT_POOL - 1),
    FIELD("path", KIND_HEX, path, 0),
    FIELD("round", KIND_STAMP, rounds[0].at, 0),
    FIELD("round_attempts", KIND_NUMBER, rounds[0].attempts, PL_LIMIT_ATTEMPTS),
    FIELD("round_addresses", KIND_NUMBER, rounds[0].addresses, UINT32_MAX),
    FIELD("before", KIND_STAMP, rounds[1].at, 0),
    FIELD("before_attempts", KIND_NUMBER, rounds[1].attempts, PL_LIMIT_ATTEMPTS),
    FIELD("before_addresses", KIND_NUMBER, rounds[1].addresses, UINT32_MAX),
    FIELD("public_verdict", KIND_NUMBER, public_verdict, PL_PUBLIC_UNPROVEN),
    FIELD("state_severity", KIND_NUMBER, severities[PL_CHECK_STATE], PL_SEVERITY_UNKNOWN),
    FIELD("dns_severity", KIND_NUMBER, severities[PL_CHECK_DNS], PL_SEVERITY_UNKNOWN),
    FIELD("port_severity", KIND_NUMBER, severities[PL_CHECK_PORT], PL_SEVERITY_UNKNOWN),
    FIELD("public_severity", KIND_NUMBER, severities[PL_CHECK_PUBLIC], PL_SEVERITY_UNKNOWN),
    FIELD("edge", KIND_BOOL, edge, 0),
};

static const char *const alarms[] = {
    [PL_ALARM_OFF] = "off", [PL_ALARM_ON] = "on", [PL_ALARM_UNKNOWN] = "unknown"};

/* ---- numbers of any size -------------------------------------------------------------------- */

/* Where the bytes of a smaller number are in an int64_t. No field is negative. */
static size_t low_bytes(size_t size) {
  return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof(int64_t) - size : 0;
}

static int64_t get_number(const void *at, size_t size) {
  int64_t value = 0;
  memcpy((char *)&value + low_bytes(size), at, size);
  return value;
}

static void set_number(void *at, size_t size, int64_t value) {
  memcpy(at, (const char *)&value + low_bytes(size), size);
}

/* ---- writing -------------------------------------------------------------------------------- */

static void write_pool(pl_buf *buf, const uint32_t *pool) {
  pl_buf_add(buf, "[");
  for (size_t i = 0; i < PL_LIMIT_POOL; i++)
    pl_buf_addf(buf, "%s%" PRIu32, i > 0 ? "," : "", pool[i]);
  pl_buf_add(buf, "]");
}

static void write_field(pl_buf *buf, const field *f, const pl_memory_store *store) {
  const void *at = (const char *)store + f->offset;
  const pl_stamp *stamp = at;
  pl_buf_addf(buf, ",\n \"%s\":", f->key);
  switch (f->kind) {
  case KIND_BOOL:
    pl_buf_add(buf, *(const bool *)at ? "true" : "false");
    return;
  case KIND_NUMBER:
    pl_buf_addf(buf, "%" PRId64, get_number(at, f->size));
    return;
  case KIND_HEX:
    pl_buf_addf(buf, "\"%016" PRIx64 "\"", *(const uint64_t *)at);
    return;
  case KIND_STAMP:
    pl_buf_addf(buf, "[%" PRIu32 ",%" PRIu32 "]", stamp->wall, stamp->boot);
    return;
  case KIND_ALARM:
    pl_buf_addf(buf, "\"%s\"", alarms[*(const pl_alarm_state *)at]);
    return;
  case KIND_POOL:
    write_pool(buf, at);
    return;
  }
}

/* Names need no escapes ([A-Za-z0-9_.-], or a host name). */
void pl_memory_write(pl_buf *buf, const char *name, const pl_memory_store *store) {
  pl_buf_addf(buf, "{\"version\":%d,\n \"name\":\"%s\"", VERSION, name);
  for (size_t i = 0; i < PL_COUNT_OF(fields); i++)
    write_field(buf, &fields[i], store);
  pl_buf_add(buf, "}\n");
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool read_integer(const json_t *value, int64_t max, int64_t *ret_number) {
  if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > max)
    return false;
  *ret_number = json_integer_value(value);
  return true;
}

static bool read_hex(const json_t *value, void *at) {
  const char *text = json_string_value(value);
  if (text == NULL || strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
    return false;
  uint64_t number = strtoull(text, NULL, 16);
  memcpy(at, &number, sizeof(number));
  return true;
}

static bool read_stamp(const json_t *value, void *at) {
  int64_t wall, boot;
  if (!json_is_array(value) || json_array_size(value) != 2 ||
      !read_integer(json_array_get(value, 0), UINT32_MAX, &wall) ||
      !read_integer(json_array_get(value, 1), UINT32_MAX, &boot) || (wall == 0 && boot != 0))
    return false;
  const pl_stamp stamp = {.wall = (uint32_t)wall, .boot = (uint32_t)boot};
  memcpy(at, &stamp, sizeof(stamp));
  return true;
}

static bool read_alarm(const json_t *value, void *at) {
  const char *text = json_string_value(value);
  for (unsigned i = 0; text != NULL && i < PL_COUNT_OF(alarms); i++) {
    if (strcmp(text, alarms[i]) != 0)
      continue;
    pl_alarm_state state = (pl_alarm_state)i;
    memcpy(at, &state, sizeof(state));
    return true;
  }
  return false;
}

static bool read_pool(const json_t *value, uint32_t *pool) {
  if (!json_is_array(value) || json_array_size(value) != PL_LIMIT_POOL)
    return false;
  for (size_t i = 0; i < PL_LIMIT_POOL; i++) {
    int64_t number;
    if (!read_integer(json_array_get(value, i), UINT32_MAX, &number))
      return false;
    pool[i] = (uint32_t)number;
  }
  return true;
}

static bool read_field(const json_t *value, const field *f, pl_memory_store *store) {
  void *at = (char *)store + f->offset;
  int64_t number;
  switch (f->kind) {
  case KIND_BOOL:
    *(bool *)at = json_is_true(value);
    return json_is_boolean(value);
  case KIND_NUMBER:
    if (!read_integer(value, f->max, &number))
      return false;
    set_number(at, f->size, number);
    return true;
  case KIND_HEX:
    return read_hex(value, at);
  case KIND_STAMP:
    return read_stamp(value, at);
  case KIND_ALARM:
    return read_alarm(value, at);
  case KIND_POOL:
    return read_pool(value, at);
  }
  return false;
}

static pl_status read_object(const json_t *root, const char *name, pl_memory_store *store,
                             pl_error *error) {
  int64_t version;
  if (!read_integer(json_object_get(root, "version"), INT32_MAX, &version))
    return pl_fail(error, PL_ERR_INVALID, "it has no version");
  if (version != VERSION)
    return pl_fail(error, PL_ERR_INVALID, "it has version %d, not %d: another release wrote it",
                   (int)version, VERSION);
  const char *owner = json_string_value(json_object_get(root, "name"));
  if (owner == NULL || strcmp(owner, name) != 0)
    return pl_fail(error, PL_ERR_INVALID, "it is of another endpoint");
  size_t found = 0;
  for (size_t i = 0; i < PL_COUNT_OF(fields); i++) {
    const json_t *value = json_object_get(root, fields[i].key);
    if (value == NULL && fields[i].is_new)
      continue;
    if (!read_field(value, &fields[i], store))
      return pl_fail(error, PL_ERR_INVALID, "its field %s is missing or wrong", fields[i].key);
    found++;
  }
  if (json_object_size(root) != found + 2)
    return pl_fail(error, PL_ERR_INVALID, "it has a field that is not known");
  return PL_OK;
}

pl_status pl_memory_read(const char *text, size_t length, const char *name,
                         pl_memory_store *ret_store, pl_error *error) {
  pl_memory_store store;
  pl_memory_init(&store);
  /* jansson takes a number that a NUL ends. */
  bool whole = memchr(text, '\0', length) == NULL;
  json_t *root = whole ? json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
  if (!json_is_object(root)) {
    json_decref(root);
    return pl_fail(error, PL_ERR_INVALID, "it is torn, or not JSON");
  }
  pl_status status = read_object(root, name, &store, error);
  json_decref(root);
  if (status == PL_OK)
    *ret_store = store;
  return status;
}
