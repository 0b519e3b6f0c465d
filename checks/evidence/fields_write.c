/* Writes the members of a struct as a JSON object. */
#include "base/addr.h"
#include "base/range.h"
#include "evidence/fields.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t pl_field_get(const void *at, size_t size, bool is_signed) {
  uint8_t byte;
  uint16_t word;
  uint32_t number;
  int64_t large;
  switch (size) {
  case sizeof(byte):
    memcpy(&byte, at, size);
    return is_signed ? (int8_t)byte : byte;
  case sizeof(word):
    memcpy(&word, at, size);
    return is_signed ? (int16_t)word : word;
  case sizeof(number):
    memcpy(&number, at, size);
    return is_signed ? (int32_t)number : (int64_t)number;
  default:
    memcpy(&large, at, sizeof(large));
    return large;
  }
}

void pl_field_add_printable(const pl_field *f, const char *text, size_t length, pl_buf *buf) {
  const char *end = text + length;
  while (text < end) {
    size_t piece = f->kind == PL_FIELD_LINE ? strcspn(text, "<>") : length;
    piece = piece < (size_t)(end - text) ? piece : (size_t)(end - text);
    pl_buf_add_printable(buf, text, piece, piece);
    text += piece;
    if (text < end)
      pl_buf_add_char(buf, *text++);
  }
}

static bool is_zero(const void *at, size_t size) {
  const unsigned char *bytes = at;
  for (size_t i = 0; i < size; i++) {
    if (bytes[i] != 0)
      return false;
  }
  return true;
}

static json_t *hex(const void *at, size_t size) {
  static const char digits[] = "0123456789abcdef";
  const unsigned char *bytes = at;
  char *text = malloc(2 * size + 1);
  if (text == NULL)
    return NULL;
  for (size_t i = 0; i < size; i++) {
    text[2 * i] = digits[bytes[i] >> 4];
    text[2 * i + 1] = digits[bytes[i] & 15];
  }
  json_t *value = json_stringn(text, 2 * size);
  free(text);
  return value;
}

/* Text that is not UTF-8 (a regular expression may be anything) is {"hex":"..."}. */
static json_t *string(const char *text, size_t length) {
  json_t *value = json_stringn(text, length);
  if (value != NULL)
    return value;
  json_t *object = json_object();
  if (json_object_set_new(object, "hex", hex(text, length)) == 0)
    return object;
  json_decref(object);
  return NULL;
}

static json_t *printable(const pl_field *f, const char *text) {
  pl_buf buf;
  pl_buf_init(&buf, f->size);
  pl_field_add_printable(f, text, strnlen(text, f->size), &buf);
  json_t *value = pl_buf_status(&buf) == PL_OK ? json_string(pl_buf_text(&buf)) : NULL;
  pl_buf_free(&buf);
  return value;
}

/* NULL for a value that the table does not have. */
static json_t *word(const pl_field *f, int64_t value) {
  return value >= 0 && value <= f->max ? json_string(f->words[value]) : NULL;
}

static json_t *bits(const pl_field *f, int64_t set) {
  json_t *array = json_array();
  for (int64_t i = 0; array != NULL && i <= f->max; i++) {
    if ((set & INT64_C(1) << i) != 0 &&
        json_array_append_new(array, json_string(f->words[i])) != 0) {
      json_decref(array);
      return NULL;
    }
  }
  return array;
}

static json_t *elements(const pl_field *f, const void *items, size_t count) {
  json_t *array = json_array();
  for (size_t i = 0; array != NULL && i < count; i++) {
    const char *item = (const char *)items + i * f->record->size;
    if (json_array_append_new(array, pl_record_write(f->record, item)) != 0) {
      json_decref(array);
      return NULL;
    }
  }
  return array;
}

/* Addresses, blocks and ranges are text. */
static json_t *formatted(const pl_field *f, const void *at) {
  char storage[128], address[PL_ADDR_TEXT];
  pl_buf text;
  pl_buf_fixed(&text, storage, sizeof(storage));
  if (f->kind == PL_FIELD_ADDRESS) {
    pl_buf_add(&text, pl_addr_format(at, address));
  } else if (f->kind == PL_FIELD_SOCKADDR) {
    pl_sockaddr_add(&text, at);
  } else if (f->kind == PL_FIELD_RANGE) {
    pl_range_add(&text, at);
  } else {
    const pl_cidr *cidr = at;
    pl_buf_addf(&text, "%s/%u", pl_addr_format(&cidr->address, address), cidr->prefix);
  }
  return json_string(pl_buf_text(&text));
}

static json_t *write_string(const pl_field *f, const void *at) {
  const char *text;
  memcpy(&text, at, sizeof(text));
  if (f->kind == PL_FIELD_GIVEN)
    return json_boolean(text != NULL);
  return string(text, f->kind == PL_FIELD_PATH ? strcspn(text, "?") : strlen(text));
}

static json_t *write_many(const pl_field *f, const void *from) {
  const void *items = (const char *)from + f->offset;
  size_t count = (size_t)pl_field_get((const char *)from + f->count, f->count_size, false);
  if (f->kind == PL_FIELD_LIST)
    items = *(void *const *)items;
  return elements(f, items, count);
}

static bool is_usual(const pl_field *f, const void *from) {
  const char *at = (const char *)from + f->offset;
  double real;
  switch (f->kind) {
  case PL_FIELD_OUT:
    return true;
  case PL_FIELD_NUMBER:
  case PL_FIELD_WORD:
    return pl_field_get(at, f->size, f->min < 0) == f->usual;
  case PL_FIELD_REAL:
    memcpy(&real, at, sizeof(real));
    return !(real < (double)f->usual) && !(real > (double)f->usual);
  case PL_FIELD_TEXT:
  case PL_FIELD_LINE:
  case PL_FIELD_ADDRESS: /* the family */
    return at[0] == 0;
  case PL_FIELD_ARRAY:
  case PL_FIELD_LIST:
    return pl_field_get((const char *)from + f->count, f->count_size, false) == 0;
  case PL_FIELD_OBJECT:
    for (size_t i = 0; i < f->record->count; i++) {
      if (!is_usual(&f->record->fields[i], at))
        return false;
    }
    return true;
  case PL_FIELD_BOOL:
  case PL_FIELD_BITS:
  case PL_FIELD_HEX:
  case PL_FIELD_MASK:
  case PL_FIELD_STRING:
  case PL_FIELD_PATH:
  case PL_FIELD_GIVEN:
  case PL_FIELD_SOCKADDR:
  case PL_FIELD_CIDR:
    return is_zero(at, f->size);
  case PL_FIELD_RANGE:
    return false;
  }
  return false;
}

static json_t *write_field(const pl_field *f, const void *from) {
  const char *at = (const char *)from + f->offset;
  double real;
  uint64_t mask;
  char digits[17];
  switch (f->kind) {
  case PL_FIELD_BOOL:
    return json_true();
  case PL_FIELD_NUMBER:
    return json_integer(pl_field_get(at, f->size, f->min < 0));
  case PL_FIELD_REAL:
    memcpy(&real, at, sizeof(real));
    return json_real(real);
  case PL_FIELD_WORD:
    return word(f, pl_field_get(at, f->size, false));
  case PL_FIELD_BITS:
    return bits(f, pl_field_get(at, f->size, false));
  case PL_FIELD_HEX:
    return hex(at, f->size);
  case PL_FIELD_MASK:
    memcpy(&mask, at, sizeof(mask));
    snprintf(digits, sizeof(digits), "%016" PRIx64, mask);
    return json_string(digits);
  case PL_FIELD_TEXT:
  case PL_FIELD_LINE:
    return printable(f, at);
  case PL_FIELD_STRING:
  case PL_FIELD_PATH:
  case PL_FIELD_GIVEN:
    return write_string(f, at);
  case PL_FIELD_ADDRESS:
  case PL_FIELD_SOCKADDR:
  case PL_FIELD_CIDR:
  case PL_FIELD_RANGE:
    return formatted(f, at);
  case PL_FIELD_OBJECT:
    return pl_record_write(f->record, at);
  case PL_FIELD_ARRAY:
  case PL_FIELD_LIST:
    return write_many(f, from);
  case PL_FIELD_OUT:
    break;
  }
  return NULL;
}

json_t *pl_record_write(const pl_record *record, const void *from) {
  if (record->fields[0].key != NULL && record->fields[0].key[0] == '\0')
    return write_field(&record->fields[0], from);
  json_t *object = json_object();
  for (size_t i = 0; object != NULL && i < record->count; i++) {
    const pl_field *f = &record->fields[i];
    if (is_usual(f, from))
      continue;
    if (json_object_set_new(object, f->key, write_field(f, from)) != 0) {
      json_decref(object);
      return NULL;
    }
  }
  return object;
}
