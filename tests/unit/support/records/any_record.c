// Fills structs from their tables with random valid values.
#include "any_record.h"
#include "base/addr.h"
#include "base/range.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned any_below(uint64_t *seed, unsigned below) {
  *seed = *seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(*seed >> 33) % below;
}

static int64_t any_number(uint64_t *seed, int64_t min, int64_t max) {
  int64_t wide = (int64_t)any_below(seed, 1u << 30) << any_below(seed, 31);
  switch (any_below(seed, 4)) {
  case 0:
    return min;
  case 1:
    return max;
  case 2:
    return min + wide % (max - min + 1);
  default:
    return min + (int64_t)any_below(seed, 1000) % (max - min + 1);
  }
}

/* Each accepted by one of the functions that a table may name, or by all. */
static char *any_string(uint64_t *seed, const pl_field *f) {
  static const char *const texts[] = {"api",
                                      "api.example.com",
                                      "/v1/self",
                                      "vpce-0abc123def4567890",
                                      "eu-central-1",
                                      "eu-west-1",
                                      "acme-prod",
                                      "b.example",
                                      "vpce-0123456789abcdef0",
                                      "/",
                                      "us-gov-west-1",
                                      "com.amazonaws.vpce.eu-central-1.vpce-svc-0123456789abcdef0",
                                      "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0"};
  if (f->valid == NULL && any_below(seed, 4) == 0)
    return strdup("not UTF-8: \xe9\xff \"\\\x01");
  for (unsigned tries = 0; tries < 1000; tries++) {
    const char *text = texts[any_below(seed, PL_COUNT_OF(texts))];
    if (f->valid == NULL || f->valid(text))
      return strdup(text);
  }
  fprintf(stderr, "no text for %s\n", f->key);
  abort();
}

static pl_addr any_address(uint64_t *seed) {
  static const char *const texts[] = {"10.0.1.10",        "52.58.0.10", "52.58.0.11", "169.254.1.1",
                                      "64:ff9b::102:304", "2a05::1",    "fd00::1",    "100.64.0.1"};
  pl_addr address;
  if (pl_addr_parse(texts[any_below(seed, PL_COUNT_OF(texts))], &address) != PL_OK)
    abort();
  return address;
}

static void any_text(uint64_t *seed, char *to, size_t size) {
  static const char *const words[] = {
      "", "eu-central-1a", "api.example.com", "CN=caf\xc3\xa9 \"x\"", "available", "ipv4"};
  memset(to, 0, size);
  if (any_below(seed, 8) == 0)
    memset(to, 'x', size - 1);
  else
    snprintf(to, size, "%s", words[any_below(seed, PL_COUNT_OF(words))]);
}

static void any_formatted(uint64_t *seed, const pl_field *f, void *to) {
  pl_addr address = any_address(seed);
  bool none = any_below(seed, 4) == 0 && f->key[0] != '\0';
  if (f->kind == PL_FIELD_ADDRESS) {
    *(pl_addr *)to = none ? (pl_addr){0} : address;
  } else if (f->kind == PL_FIELD_SOCKADDR) {
    *(pl_sockaddr *)to =
        (pl_sockaddr){.address = address, .port = (uint16_t)any_number(seed, 1, UINT16_MAX)};
  } else if (f->kind == PL_FIELD_CIDR) {
    uint8_t length = address.family == PL_FAMILY_IPV4 ? 32 : 128;
    *(pl_cidr *)to = none ? (pl_cidr){0} : (pl_cidr){.address = address, .prefix = length};
  } else {
    double start = (double)any_number(seed, -5, 5);
    *(pl_range *)to = (pl_range){.start = any_below(seed, 3) == 0 ? -HUGE_VAL : start,
                                 .end = any_below(seed, 3) == 0 ? HUGE_VAL : start + 0.5,
                                 .inside = any_below(seed, 2) == 0};
  }
}

static void any_many(uint64_t *seed, const pl_field *f, void *to) {
  size_t count =
      any_below(seed, 4) > 0 ? any_below(seed, f->max < 4 ? (unsigned)f->max + 1 : 4) : 0;
  char *items = (char *)to + f->offset;
  if (f->kind == PL_FIELD_LIST) {
    char *list = calloc(count + 1, f->record->size);
    memcpy(items, &list, sizeof(list));
    items = list;
  }
  pl_field_set((char *)to + f->count, f->count_size, (int64_t)count);
  for (size_t i = 0; i < count; i++)
    any_record(seed, f->record, items + i * f->record->size);
}

void any_field(uint64_t *seed, const pl_field *f, void *to) {
  char *at = (char *)to + f->offset;
  double real = (double)any_number(seed, 0, 100) / 8;
  static char secret[] = "secret";
  char *string;
  switch (f->kind) {
  case PL_FIELD_OUT:
    return;
  case PL_FIELD_BOOL:
    *(bool *)(void *)at = any_below(seed, 2) == 0;
    return;
  case PL_FIELD_NUMBER:
    pl_field_set(at, f->size, any_number(seed, f->min, f->max));
    return;
  case PL_FIELD_REAL:
    memcpy(at, &real, sizeof(real));
    return;
  case PL_FIELD_WORD:
    pl_field_set(at, f->size, any_below(seed, (unsigned)f->max + 1));
    return;
  case PL_FIELD_BITS:
    pl_field_set(at, f->size, any_below(seed, 1u << (f->max + 1)));
    return;
  case PL_FIELD_HEX:
  case PL_FIELD_MASK:
    for (size_t i = 0; i < f->size; i++)
      at[i] = (char)any_below(seed, 256);
    return;
  case PL_FIELD_TEXT:
  case PL_FIELD_LINE:
    any_text(seed, at, f->size);
    return;
  case PL_FIELD_STRING:
  case PL_FIELD_PATH:
    string = any_string(seed, f);
    memcpy(at, &string, sizeof(string));
    return;
  case PL_FIELD_GIVEN:
    string = any_below(seed, 2) == 0 ? secret : NULL;
    memcpy(at, &string, sizeof(string));
    return;
  case PL_FIELD_ADDRESS:
  case PL_FIELD_SOCKADDR:
  case PL_FIELD_CIDR:
  case PL_FIELD_RANGE:
    any_formatted(seed, f, at);
    return;
  case PL_FIELD_OBJECT:
    any_record(seed, f->record, at);
    return;
  case PL_FIELD_ARRAY:
  case PL_FIELD_LIST:
    any_many(seed, f, to);
    return;
  }
}

void any_record(uint64_t *seed, const pl_record *record, void *to) {
  for (size_t i = 0; i < record->count; i++)
    any_field(seed, &record->fields[i], to);
}
