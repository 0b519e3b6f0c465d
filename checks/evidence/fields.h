/* The members of a C struct as a JSON object, both ways: one table of fields for writer and reader.
 *
 * A member that has its usual value is left out of the object, and a missing key means that value.
 * Tables are static. Any thread.
 */
#ifndef PL_EVIDENCE_FIELDS_H
#define PL_EVIDENCE_FIELDS_H

#include "base/buf.h"
#include "base/status.h"
#include <jansson.h>
#include <stdint.h>

typedef enum pl_field_kind {
  PL_FIELD_OUT,     /* not in the record, on purpose; after reading it is as before */
  PL_FIELD_BOOL,    /* usually false */
  PL_FIELD_NUMBER,  /* a whole number of any size, `min` to `max`, usually `usual` */
  PL_FIELD_REAL,    /* a double, `min` to `max`, usually `usual` */
  PL_FIELD_WORD,    /* an enum of any size: one of `words`, usually the one at `usual` */
  PL_FIELD_BITS,    /* a set of any size: bit i is words[i] */
  PL_FIELD_HEX,     /* bytes as hexadecimal digits, usually all zero */
  PL_FIELD_MASK,    /* 64 bits: hexadecimal, as JSON numbers of other programs have 53 bits */
  PL_FIELD_TEXT,    /* a char array; printable (pl_buf_add_printable) */
  PL_FIELD_LINE,    /* a char array, where '<' and '>' are allowed, too: a text of the judge */
  PL_FIELD_STRING,  /* a char *, usually NULL: at most `max` bytes that `valid` accepts; owned */
  PL_FIELD_PATH,    /* likewise, written without what follows '?' */
  PL_FIELD_GIVEN,   /* a char *, written as whether there is one; read as a static "" */
  PL_FIELD_ADDRESS, /* a pl_addr, usually none */
  PL_FIELD_SOCKADDR,
  PL_FIELD_CIDR,
  PL_FIELD_RANGE,  /* a pl_range */
  PL_FIELD_OBJECT, /* a struct of its own: `record` */
  PL_FIELD_ARRAY,  /* an array inside the struct, with the count elsewhere; elements: `record` */
  PL_FIELD_LIST,   /* a pointer to an array that the struct owns, at most `max` elements */
} pl_field_kind;

struct pl_record;

typedef struct pl_field {
  const char *key; /* "": the element of a list is this value itself */
  pl_field_kind kind;
  size_t offset, size;
  int64_t min, max, usual;
  const char *const *words; /* `max` + 1 of them */
  bool (*valid)(const char *text);
  const struct pl_record *record;
  size_t count, count_size; /* ARRAY and LIST: where the count is */
} pl_field;

/* A struct. */
typedef struct pl_record {
  const pl_field *fields;
  size_t count, size; /* of the fields; of the struct in bytes */
} pl_record;

/* A new object, or the bare value of a record whose only key is "". NULL: no memory. */
json_t *pl_record_write(const pl_record *record, const void *from);

/* Fills the struct from an object; NULL is an empty one. Checks every value: kind, range, length,
 * and that no key is unknown. PL_ERR_INVALID: the error begins with the key, below `name`. What is
 * read by then is in the struct, for pl_*_free of its type, also on failure: `ret` must be zeroed,
 * or hold the usual values and own nothing. */
pl_status pl_record_read(const pl_record *record, const json_t *value, const char *name, void *ret,
                         pl_error *error) PL_MUST_USE;

/* Parses a text of at most `max` bytes into an object. */
pl_status pl_record_parse(const char *text, size_t length, size_t max, json_t **ret_object,
                          pl_error *error) PL_MUST_USE;

/* For tables. `type` is the struct; members may be nested ("alarm.state"). */
#define PL_FIELD_AT(type, member)                                                                  \
  .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define PL_FIELD_OF(of, type, name, member)                                                        \
  { .key = (name), .kind = PL_FIELD_##of, PL_FIELD_AT(type, member) }
#define PL_FIELD_INT(type, name, member, low, high, fallback)                                      \
  {                                                                                                \
    .key = (name), .kind = PL_FIELD_NUMBER, PL_FIELD_AT(type, member), .min = (low),               \
    .max = (high), .usual = (fallback)                                                             \
  }
#define PL_FIELD_ONE_OF(type, name, member, list, fallback)                                        \
  {                                                                                                \
    .key = (name), .kind = PL_FIELD_WORD, PL_FIELD_AT(type, member), .words = (list),              \
    .max = PL_COUNT_OF(list) - 1, .usual = (fallback)                                              \
  }
#define PL_FIELD_SET(type, name, member, list)                                                     \
  {                                                                                                \
    .key = (name), .kind = PL_FIELD_BITS, PL_FIELD_AT(type, member), .words = (list),              \
    .max = PL_COUNT_OF(list) - 1                                                                   \
  }
#define PL_FIELD_CHECKED(of, type, name, member, longest, accepts)                                 \
  {                                                                                                \
    .key = (name), .kind = PL_FIELD_##of, PL_FIELD_AT(type, member), .max = (longest),             \
    .valid = (accepts)                                                                             \
  }
#define PL_FIELD_INNER(type, name, member, inner)                                                  \
  { .key = (name), .kind = PL_FIELD_OBJECT, PL_FIELD_AT(type, member), .record = (inner) }
#define PL_FIELD_MANY(of, type, name, member, number, most, element)                               \
  {                                                                                                \
    .key = (name), .kind = PL_FIELD_##of, PL_FIELD_AT(type, member), .max = (most),                \
    .record = (element), .count = offsetof(type, number),                                          \
    .count_size = sizeof(((type *)0)->number)                                                      \
  }
#define PL_RECORD(type, table)                                                                     \
  { (table), PL_COUNT_OF(table), sizeof(type) }

/* ---- for fields_write.c and fields_read.c --------------------------------------------------- */

/* Whole numbers of 1, 2, 4 or 8 bytes. Unsigned ones of 8 bytes are below 2^63. */
int64_t pl_field_get(const void *at, size_t size, bool is_signed);
void pl_field_set(void *at, size_t size, int64_t value);

/* TEXT and LINE: adds the text, with '?' for what is not allowed. */
void pl_field_add_printable(const pl_field *f, const char *text, size_t length, pl_buf *buf);

#endif
