/* Makes DNS messages for tests of their reader, right or wrong. No allocation. */
#ifndef PL_TEST_DNS_MESSAGE_H
#define PL_TEST_DNS_MESSAGE_H

#include "probe/dns/dns_answer.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NAME "svc.example.com" /* of the question */
#define QR 0x8000
#define TC 0x0200
#define RA 0x0080
#define NX 3

enum { T_A = 1, T_NS = 2, T_CNAME = 5, T_SOA = 6, T_AAAA = 28, T_DNAME = 39, T_RRSIG = 46 };

/* One record of a message; a zeroed owner ends the list. */
typedef struct rr {
  const char *owner;
  unsigned type;
  const char *data; /* address or name, depending on the type; "!N": N bytes of zero */
  uint32_t ttl;
  bool authority;
  unsigned class; /* 0: IN */
} rr;

#define RR(o, t, d, s)                                                                             \
  { .owner = (o), .type = (t), .data = (d), .ttl = (s) }

typedef struct message {
  uint8_t bytes[PL_LIMIT_DNS_MESSAGE];
  size_t length;
} message;

static inline void put16(message *m, unsigned value) {
  m->bytes[m->length++] = (uint8_t)(value >> 8);
  m->bytes[m->length++] = (uint8_t)value;
}

static inline void put_name(message *m, const char *name) {
  while (*name != '\0') {
    size_t size = strcspn(name, ".");
    m->bytes[m->length++] = (uint8_t)size;
    memcpy(m->bytes + m->length, name, size);
    m->length += size;
    name += size + (name[size] == '.' ? 1 : 0);
  }
  m->bytes[m->length++] = 0;
}

static inline void put_data(message *m, const rr *record) {
  size_t at = m->length;
  put16(m, 0);
  uint8_t *data = m->bytes + m->length;
  if (record->data[0] == '!') {
    size_t size = (size_t)strtoul(record->data + 1, NULL, 10);
    memset(data, 0, size);
    m->length += size;
  } else if (record->type == T_A) {
    assert_int_equal(inet_pton(AF_INET, record->data, data), 1);
    m->length += 4;
  } else if (record->type == T_AAAA) {
    assert_int_equal(inet_pton(AF_INET6, record->data, data), 1);
    m->length += 16;
  } else {
    put_name(m, record->data);
  }
  size_t size = m->length - at - 2;
  m->bytes[at] = (uint8_t)(size >> 8);
  m->bytes[at + 1] = (uint8_t)size;
}

static inline void put_record(message *m, const rr *record) {
  put_name(m, record->owner);
  put16(m, record->type);
  put16(m, record->class != 0 ? record->class : 1);
  put16(m, record->ttl >> 16);
  put16(m, record->ttl & 0xffff);
  put_data(m, record);
}

static inline void put_question(message *m, unsigned flags, const char *name, unsigned type) {
  m->length = 0;
  put16(m, 0x1234);
  put16(m, flags);
  put16(m, 1);
  put16(m, 0);
  put16(m, 0);
  put16(m, 0);
  put_name(m, name);
  put16(m, type);
  put16(m, 1);
}

/* Adds one to the number of records at this offset of the header. */
static inline void count(message *m, size_t at) {
  unsigned value = (unsigned)(m->bytes[at] << 8 | m->bytes[at + 1]) + 1;
  m->bytes[at] = (uint8_t)(value >> 8);
  m->bytes[at + 1] = (uint8_t)value;
}

/* A whole message: the question for NAME, and these records. */
static inline void build(message *m, unsigned flags, unsigned type, const rr *records) {
  put_question(m, flags, NAME, type);
  for (; records->owner != NULL; records++) {
    put_record(m, records);
    count(m, records->authority ? 8 : 6);
  }
}

#endif
