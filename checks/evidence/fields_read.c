/* Reads the members of a struct from a JSON object, and checks every value. */
#include "base/addr.h"
#include "base/range.h"
#include "evidence/fields.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Where a value is: "facts.targets[2].role". */
typedef struct place {
  const struct place *in; /* NULL: the outermost */
  const char *key;
  size_t index; /* of the element of a list, where key is NULL */
} place;

void pl_field_set(void *at, size_t size, int64_t value) {
  uint8_t byte = (uint8_t)value;
  uint16_t word = (uint16_t)value;
  uint32_t number = (uint32_t)value;
  switch (size) {
  case sizeof(byte):
    memcpy(at, &byte, size);
    return;
  case sizeof(word):
    memcpy(at, &word, size);
    return;
  case sizeof(number):
    memcpy(at, &number, size);
    return;
  default:
    memcpy(at, &value, sizeof(value));
  }
}

static void add_place(pl_buf *text, const place *at) {
  if (at->in != NULL)
    add_place(text, at->in);
  if (at->key != NULL)
    pl_buf_addf(text, "%s%s", at->in != NULL ? "." : "", at->key);
  else
    pl_buf_addf(text, "[%zu]", at->index);
}

static pl_status PL_PRINTF(3, 4) wrong(const place *at, pl_error *error, const char *format, ...) {
  char where[160], what[160];
  pl_buf text;
  va_list args;
  pl_buf_fixed(&text, where, sizeof(where));
  add_place(&text, at);
  pl_buf_fixed(&text, what, sizeof(what));
  va_start(args, format);
  pl_buf_addv(&text, format, args);
  va_end(args);
  return pl_fail(error, PL_ERR_INVALID, "%s %s", where, what);
}

/* ---- one value ------------------------------------------------------------------------------ */

static pl_status read_number(const pl_field *f, const json_t *value, const place *at, void *ret,
                             pl_error *error) {
  if (!json_is_integer(value) || json_integer_value(value) < f->min ||
      json_integer_value(value) > f->max)
    return wrong(at, error, "is not a whole number from %" PRId64 " to %" PRId64, f->min, f->max);
  pl_field_set(ret, f->size, json_integer_value(value));
  return PL_OK;
}

static pl_status read_real(const pl_field *f, const json_t *value, const place *at, void *ret,
                           pl_error *error) {
  double real = json_number_value(value);
  if (!json_is_number(value) || !(real >= (double)f->min) || !(real <= (double)f->max))
    return wrong(at, error, "is not a number from %" PRId64 " to %" PRId64, f->min, f->max);
  memcpy(ret, &real, sizeof(real));
  return PL_OK;
}

/* -1: it is none of the words. */
static int64_t find_word(const pl_field *f, const json_t *value) {
  const char *text = json_string_value(value);
  for (int64_t i = 0; text != NULL && i <= f->max; i++) {
    if (strcmp(text, f->words[i]) == 0)
      return i;
  }
  return -1;
}

static pl_status read_word(const pl_field *f, const json_t *value, const place *at, void *ret,
                           pl_error *error) {
  int64_t word = find_word(f, value);
  if (word < 0)
    return wrong(at, error, "is not a word that this version knows here");
  pl_field_set(ret, f->size, word);
  return PL_OK;
}

static pl_status read_bits(const pl_field *f, const json_t *value, const place *at, void *ret,
                           pl_error *error) {
  int64_t set = 0;
  bool known = json_is_array(value) && json_array_size(value) <= (size_t)f->max + 1;
  for (size_t i = 0; known && i < json_array_size(value); i++) {
    int64_t word = find_word(f, json_array_get(value, i));
    known = word >= 0;
    set |= known ? INT64_C(1) << word : 0;
  }
  if (!known)
    return wrong(at, error, "is not a list of words that this version knows here");
  pl_field_set(ret, f->size, set);
  return PL_OK;
}

static bool read_digits(const json_t *value, unsigned char *bytes, size_t size) {
  const char *text = json_string_value(value);
  if (text == NULL || json_string_length(value) != 2 * size ||
      strspn(text, "0123456789abcdef") != 2 * size)
    return false;
  for (size_t i = 0; i < size; i++) {
    char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
    bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
  }
  return true;
}

static pl_status read_hex(const pl_field *f, const json_t *value, const place *at, void *ret,
                          pl_error *error) {
  if (!read_digits(value, ret, f->size))
    return wrong(at, error, "is not %zu hexadecimal digits", 2 * f->size);
  if (f->kind == PL_FIELD_MASK) {
    uint64_t mask = strtoull(json_string_value(value), NULL, 16);
    memcpy(ret, &mask, sizeof(mask));
  }
  return PL_OK;
}

static pl_status read_text(const pl_field *f, const json_t *value, const place *at, void *ret,
                           pl_error *error) {
  const char *text = json_string_value(value);
  size_t length = json_string_length(value);
  if (text == NULL || length >= f->size || strlen(text) != length)
    return wrong(at, error, "is not a text of at most %zu bytes", f->size - 1);
  pl_buf buf;
  pl_buf_fixed(&buf, ret, f->size);
  pl_field_add_printable(f, text, length, &buf);
  return strcmp(ret, text) == 0 ? PL_OK : wrong(at, error, "has a character that is not printable");
}

/* A text, or {"hex":"..."}. */
static pl_status copy_string(const json_t *value, const place *at, size_t max, char **ret_text,
                             pl_error *error) {
  const json_t *digits = json_object_get(value, "hex");
  size_t length = digits != NULL ? json_string_length(digits) / 2 : json_string_length(value);
  if ((digits == NULL && !json_is_string(value)) || length > max)
    return wrong(at, error, "is not a text of at most %zu bytes", max);
  char *text = calloc(1, length + 1);
  if (text == NULL)
    return pl_fail_memory(error);
  bool good = true;
  if (digits != NULL)
    good = json_object_size(value) == 1 && read_digits(digits, (unsigned char *)text, length);
  else
    memcpy(text, json_string_value(value), length);
  if (!good || strlen(text) != length) {
    free(text);
    return wrong(at, error, "is not a text");
  }
  *ret_text = text;
  return PL_OK;
}

static pl_status read_string(const pl_field *f, const json_t *value, const place *at, void *ret,
                             pl_error *error) {
  char *text = NULL;
  pl_status status = copy_string(value, at, (size_t)f->max, &text, error);
  if (status != PL_OK)
    return status;
  if (f->valid != NULL && !f->valid(text)) {
    free(text);
    return wrong(at, error, "is not valid");
  }
  memcpy(ret, &text, sizeof(text));
  return PL_OK;
}

static pl_status read_given(const json_t *value, const place *at, void *ret, pl_error *error) {
  static char given[] = "";
  char *text = given;
  if (!json_is_true(value))
    return wrong(at, error, "is not true");
  memcpy(ret, &text, sizeof(text));
  return PL_OK;
}

/* Addresses, blocks and ranges. */
static pl_status read_formatted(const pl_field *f, const json_t *value, const place *at, void *ret,
                                pl_error *error) {
  const char *text = json_string_value(value);
  pl_status status = PL_ERR_INVALID;
  if (text != NULL && f->kind == PL_FIELD_ADDRESS)
    status = pl_addr_parse(text, ret);
  else if (text != NULL && f->kind == PL_FIELD_SOCKADDR)
    status = pl_sockaddr_parse(text, 0, ret);
  else if (text != NULL && f->kind == PL_FIELD_CIDR)
    status = pl_cidr_parse(text, ret);
  else if (text != NULL)
    status = pl_range_parse(text, ret);
  if (status != PL_OK)
    return wrong(at, error, "is not %s", f->kind == PL_FIELD_RANGE ? "a range" : "an address");
  return PL_OK;
}

/* ---- structs -------------------------------------------------------------------------------- */

static pl_status read_record(const pl_record *record, const json_t *value, const place *at,
                             void *ret, pl_error *error);

/* For each element of an array in the struct, or in memory that it owns. */
static pl_status read_many(const pl_field *f, const json_t *value, const place *at, void *ret,
                           pl_error *error) {
  char *items = (char *)ret + f->offset;
  size_t size = f->record->size, room = f->kind == PL_FIELD_ARRAY ? f->size / size : 0;
  size_t most = (size_t)f->max, count = json_array_size(value);
  if (value != NULL && (!json_is_array(value) || count > most))
    return wrong(at, error, "is not a list of at most %zu elements", most);
  if (f->kind == PL_FIELD_LIST) {
    char *list = count > 0 ? calloc(count, size) : NULL;
    if (count > 0 && list == NULL)
      return pl_fail_memory(error);
    memcpy(items, &list, sizeof(list));
    items = list;
  }
  pl_field_set((char *)ret + f->count, f->count_size, (int64_t)count);
  pl_status status = PL_OK;
  for (size_t i = 0; i < (room > count ? room : count) && status == PL_OK; i++) {
    place element = {.in = at, .index = i};
    status = read_record(f->record, json_array_get(value, i), &element, items + i * size, error);
  }
  return status;
}

static pl_status read_value(const pl_field *f, const json_t *value, const place *at, void *ret,
                            pl_error *error) {
  char *to = (char *)ret + f->offset;
  switch (f->kind) {
  case PL_FIELD_BOOL:
    if (!json_is_boolean(value))
      return wrong(at, error, "is neither true nor false");
    *(bool *)(void *)to = json_is_true(value);
    return PL_OK;
  case PL_FIELD_NUMBER:
    return read_number(f, value, at, to, error);
  case PL_FIELD_REAL:
    return read_real(f, value, at, to, error);
  case PL_FIELD_WORD:
    return read_word(f, value, at, to, error);
  case PL_FIELD_BITS:
    return read_bits(f, value, at, to, error);
  case PL_FIELD_HEX:
  case PL_FIELD_MASK:
    return read_hex(f, value, at, to, error);
  case PL_FIELD_TEXT:
  case PL_FIELD_LINE:
    return read_text(f, value, at, to, error);
  case PL_FIELD_STRING:
  case PL_FIELD_PATH:
    return read_string(f, value, at, to, error);
  case PL_FIELD_GIVEN:
    return read_given(value, at, to, error);
  case PL_FIELD_ADDRESS:
  case PL_FIELD_SOCKADDR:
  case PL_FIELD_CIDR:
  case PL_FIELD_RANGE:
    return read_formatted(f, value, at, to, error);
  case PL_FIELD_OBJECT:
    return read_record(f->record, value, at, to, error);
  case PL_FIELD_ARRAY:
  case PL_FIELD_LIST:
    return read_many(f, value, at, ret, error);
  case PL_FIELD_OUT:
    break;
  }
  return PL_OK;
}

/* A missing key: what is not zero then. */
static pl_status read_missing(const pl_field *f, const place *at, void *ret, pl_error *error) {
  double real = (double)f->usual;
  if (f->kind == PL_FIELD_NUMBER || f->kind == PL_FIELD_WORD)
    pl_field_set((char *)ret + f->offset, f->size, f->usual);
  if (f->kind == PL_FIELD_REAL)
    memcpy((char *)ret + f->offset, &real, sizeof(real));
  if (f->kind == PL_FIELD_OBJECT || f->kind == PL_FIELD_ARRAY)
    return read_value(f, NULL, at, ret, error);
  return PL_OK;
}

static pl_status read_record(const pl_record *record, const json_t *value, const place *at,
                             void *ret, pl_error *error) {
  if (value != NULL && record->fields[0].key != NULL && record->fields[0].key[0] == '\0')
    return read_value(&record->fields[0], value, at, ret, error);
  if (value != NULL && !json_is_object(value))
    return wrong(at, error, "is not an object");
  size_t found = 0;
  for (size_t i = 0; i < record->count; i++) {
    const pl_field *f = &record->fields[i];
    const json_t *member = f->kind != PL_FIELD_OUT ? json_object_get(value, f->key) : NULL;
    place inner = {.in = at, .key = f->key};
    found += member != NULL;
    pl_status status = member != NULL ? read_value(f, member, &inner, ret, error)
                                      : read_missing(f, &inner, ret, error);
    if (status != PL_OK)
      return status;
  }
  if (found != json_object_size(value))
    return wrong(at, error, "has a key that this version does not know");
  return PL_OK;
}

pl_status pl_record_read(const pl_record *record, const json_t *value, const char *name, void *ret,
                         pl_error *error) {
  place outermost = {.key = name};
  return read_record(record, value, &outermost, ret, error);
}

pl_status pl_record_parse(const char *text, size_t length, size_t max, json_t **ret_object,
                          pl_error *error) {
  if (length > max)
    return pl_fail(error, PL_ERR_INVALID, "it is longer than %zu bytes", max);
  /* jansson takes a number that a NUL ends. */
  bool whole = memchr(text, '\0', length) == NULL;
  json_t *root = whole ? json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
  if (!json_is_object(root)) {
    json_decref(root);
    return pl_fail(error, PL_ERR_INVALID, "it is torn, or no JSON object");
  }
  *ret_object = root;
  return PL_OK;
}
