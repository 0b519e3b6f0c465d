// Tests reading DNS answers: chains, errors and hostile messages.
#include "alloc_fail.h"
#include "probe/dns/dns_answer.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* after the headers that it needs */
#include <cmocka.h>

#define NAME "svc.example.com"
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

static void put16(message *m, unsigned value) {
  m->bytes[m->length++] = (uint8_t)(value >> 8);
  m->bytes[m->length++] = (uint8_t)value;
}

static void put_name(message *m, const char *name) {
  while (*name != '\0') {
    size_t size = strcspn(name, ".");
    m->bytes[m->length++] = (uint8_t)size;
    memcpy(m->bytes + m->length, name, size);
    m->length += size;
    name += size + (name[size] == '.' ? 1 : 0);
  }
  m->bytes[m->length++] = 0;
}

static void put_data(message *m, const rr *record) {
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

static void put_record(message *m, const rr *record) {
  put_name(m, record->owner);
  put16(m, record->type);
  put16(m, record->class != 0 ? record->class : 1);
  put16(m, record->ttl >> 16);
  put16(m, record->ttl & 0xffff);
  put_data(m, record);
}

static void put_question(message *m, unsigned flags, const char *name, unsigned type) {
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

static void count(message *m, size_t at) {
  unsigned value = (unsigned)(m->bytes[at] << 8 | m->bytes[at + 1]) + 1;
  m->bytes[at] = (uint8_t)(value >> 8);
  m->bytes[at + 1] = (uint8_t)value;
}

static void build(message *m, unsigned flags, unsigned type, const rr *records) {
  put_question(m, flags, NAME, type);
  for (; records->owner != NULL; records++) {
    put_record(m, records);
    count(m, records->authority ? 8 : 6);
  }
}

/* ---- whole messages ------------------------------------------------------------------------- */

typedef struct answer_case {
  const char *name;
  unsigned flags;
  pl_dns_type type;
  rr records[20];
  bool over_tcp;
  pl_dns_outcome outcome;
  const char *answers; /* as text, in order */
  const char *canonical;
  uint32_t ttl;
} answer_case;

#define SOA_OF(zone)                                                                               \
  { zone, T_SOA, "!22", 60, true, 0 }

static const answer_case cases[] = {
    {.name = "one address",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR(NAME, T_A, "10.0.1.10", 60)},
     .outcome = PL_DNS_ANSWER,
     .answers = "10.0.1.10",
     .ttl = 60},
    {.name = "several addresses, sorted, smallest TTL",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR(NAME, T_A, "10.0.3.10", 60), RR(NAME, T_A, "10.0.1.10", 30),
                 RR(NAME, T_A, "10.0.3.10", 60)},
     .outcome = PL_DNS_ANSWER,
     .answers = "10.0.1.10 10.0.3.10",
     .ttl = 30},
    {.name = "an owner in other letters",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR("SVC.Example.COM", T_A, "10.0.1.10", 60)},
     .outcome = PL_DNS_ANSWER,
     .answers = "10.0.1.10",
     .ttl = 60},
    {.name = "IPv6",
     .flags = QR | RA,
     .type = PL_DNS_AAAA,
     .records = {RR(NAME, T_AAAA, "2001:db8::1", 60)},
     .outcome = PL_DNS_ANSWER,
     .answers = "2001:db8::1",
     .ttl = 60},
    {.name = "a chain, its records in any order, with signatures",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR("c.example.net", T_A, "10.0.1.10", 60),
                 RR("b.example.net", T_CNAME, "C.example.net", 20), RR(NAME, T_RRSIG, "!40", 5),
                 RR(NAME, T_CNAME, "b.example.net", 300)},
     .outcome = PL_DNS_ANSWER,
     .answers = "10.0.1.10",
     .canonical = "c.example.net",
     .ttl = 20},
    {.name = "an alias by DNAME",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR("example.com", T_DNAME, "example.net", 60),
                 RR(NAME, T_CNAME, "svc.example.net", 0),
                 RR("svc.example.net", T_A, "10.0.1.10", 60)},
     .outcome = PL_DNS_ANSWER,
     .answers = "10.0.1.10",
     .canonical = "svc.example.net"},
    {.name = "a TTL with its highest bit set is zero",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR(NAME, T_A, "10.0.1.10", 0x80000001u)},
     .outcome = PL_DNS_ANSWER,
     .answers = "10.0.1.10"},
    {.name = "answers beside a stranger's",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR(NAME, T_A, "10.0.1.10", 60), RR("other.example", T_A, "10.9.9.9", 60)},
     .outcome = PL_DNS_ANSWER,
     .answers = "10.0.1.10",
     .ttl = 60},
    {.name = "no data, with the zone's SOA",
     .flags = QR | RA,
     .type = PL_DNS_AAAA,
     .records = {SOA_OF("example.com")},
     .outcome = PL_DNS_NODATA,
     .ttl = 0},
    {.name = "no data, bare", .flags = QR, .type = PL_DNS_AAAA, .outcome = PL_DNS_NODATA},
    {.name = "no data after a chain, with a SOA",
     .flags = QR,
     .type = PL_DNS_AAAA,
     .records = {RR(NAME, T_CNAME, "a.example.net", 60), SOA_OF("example.net")},
     .outcome = PL_DNS_NODATA,
     .canonical = "a.example.net",
     .ttl = 60},
    {.name = "no data after a chain, from a recursive resolver",
     .flags = QR | RA,
     .type = PL_DNS_AAAA,
     .records = {RR(NAME, T_CNAME, "a.example.net", 60)},
     .outcome = PL_DNS_NODATA,
     .canonical = "a.example.net",
     .ttl = 60},
    {.name = "a chain that the server did not follow",
     .flags = QR,
     .type = PL_DNS_AAAA,
     .records = {RR(NAME, T_CNAME, "a.example.net", 60)},
     .outcome = PL_DNS_MALFORMED},
    {.name = "a referral",
     .flags = QR,
     .type = PL_DNS_A,
     .records = {{"example.com", T_NS, "ns.example.com", 60, true, 0}},
     .outcome = PL_DNS_MALFORMED},
    {.name = "no data with SOA and NS",
     .flags = QR,
     .type = PL_DNS_A,
     .records = {SOA_OF("example.com"), {"example.com", T_NS, "ns.example.com", 60, true, 0}},
     .outcome = PL_DNS_NODATA},
    {.name = "NXDOMAIN",
     .flags = QR | RA | NX,
     .type = PL_DNS_A,
     .records = {SOA_OF("example.com")},
     .outcome = PL_DNS_NXDOMAIN},
    {.name = "NXDOMAIN at the end of a chain",
     .flags = QR | RA | NX,
     .type = PL_DNS_A,
     .records = {RR(NAME, T_CNAME, "gone.example.net", 60), SOA_OF("example.net")},
     .outcome = PL_DNS_NXDOMAIN,
     .canonical = "gone.example.net",
     .ttl = 60},
    {.name = "NXDOMAIN with an address",
     .flags = QR | RA | NX,
     .type = PL_DNS_A,
     .records = {RR(NAME, T_A, "10.0.1.10", 60)},
     .outcome = PL_DNS_MALFORMED},
    {.name = "NXDOMAIN with a stranger's address",
     .flags = QR | RA | NX,
     .type = PL_DNS_A,
     .records = {RR("other.example", T_A, "10.0.1.10", 60)},
     .outcome = PL_DNS_MALFORMED},
    {.name = "SERVFAIL", .flags = QR | 2, .type = PL_DNS_A, .outcome = PL_DNS_SERVFAIL},
    {.name = "REFUSED", .flags = QR | 5, .type = PL_DNS_A, .outcome = PL_DNS_REFUSED},
    {.name = "NOTIMP", .flags = QR | 4, .type = PL_DNS_A, .outcome = PL_DNS_RCODE},
    {.name = "FORMERR", .flags = QR | 1, .type = PL_DNS_A, .outcome = PL_DNS_RCODE},
    {.name = "a loop of two",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR(NAME, T_CNAME, "a.example", 60), RR("a.example", T_CNAME, NAME, 60)},
     .outcome = PL_DNS_MALFORMED},
    {.name = "an alias of itself",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR(NAME, T_CNAME, NAME, 60)},
     .outcome = PL_DNS_MALFORMED},
    {.name = "only a stranger's address",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR("other.example", T_A, "10.0.1.10", 60)},
     .outcome = PL_DNS_MALFORMED},
    {.name = "an address of the other type",
     .flags = QR | RA,
     .type = PL_DNS_AAAA,
     .records = {RR(NAME, T_A, "10.0.1.10", 60)},
     .outcome = PL_DNS_MALFORMED},
    {.name = "another class",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {{NAME, T_A, "10.0.1.10", 60, false, 3}},
     .outcome = PL_DNS_MALFORMED},
    {.name = "two aliases of one name",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR(NAME, T_CNAME, "a.example", 60), RR(NAME, T_CNAME, "b.example", 60),
                 RR("a.example", T_A, "10.0.1.10", 60)},
     .outcome = PL_DNS_MALFORMED},
    {.name = "one alias twice",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR(NAME, T_CNAME, "a.example", 60), RR(NAME, T_CNAME, "a.example", 60),
                 RR("a.example", T_A, "10.0.1.10", 60)},
     .outcome = PL_DNS_ANSWER,
     .answers = "10.0.1.10",
     .canonical = "a.example",
     .ttl = 60},
    {.name = "an alias with an address",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR(NAME, T_CNAME, "a.example", 60), RR(NAME, T_A, "10.0.1.10", 60),
                 RR("a.example", T_A, "10.0.1.11", 60)},
     .outcome = PL_DNS_MALFORMED},
    {.name = "a short address",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR(NAME, T_A, "!3", 60), RR(NAME, T_A, "10.0.1.10", 60)},
     .outcome = PL_DNS_MALFORMED},
    {.name = "a long address",
     .flags = QR | RA,
     .type = PL_DNS_AAAA,
     .records = {RR(NAME, T_AAAA, "!17", 60)},
     .outcome = PL_DNS_MALFORMED},
    {.name = "an alias with bytes after its name",
     .flags = QR | RA,
     .type = PL_DNS_A,
     .records = {RR(NAME, T_CNAME, "!2", 60)},
     .outcome = PL_DNS_MALFORMED},
    {.name = "truncated over UDP",
     .flags = QR | RA | TC,
     .type = PL_DNS_A,
     .records = {RR(NAME, T_A, "10.0.1.10", 60)},
     .outcome = PL_DNS_MALFORMED},
    {.name = "nothing, truncated over TCP",
     .flags = QR | RA | TC,
     .type = PL_DNS_A,
     .over_tcp = true,
     .outcome = PL_DNS_MALFORMED},
    {.name = "a question, not an answer",
     .flags = RA,
     .type = PL_DNS_A,
     .outcome = PL_DNS_MALFORMED},
    {.name = "another operation",
     .flags = QR | 0x2800,
     .type = PL_DNS_A,
     .outcome = PL_DNS_MALFORMED},
};

static void list_text(const pl_addr_list *list, char *text, size_t size) {
  char one[PL_ADDR_TEXT];
  text[0] = '\0';
  for (size_t i = 0; i < list->count; i++) {
    size_t length = strlen(text);
    (void)snprintf(text + length, size - length, "%s%s", i > 0 ? " " : "",
                   pl_addr_format(&list->items[i], one));
  }
}

static void run_case(const answer_case *c) {
  static message m;
  char text[1024];
  pl_dns_fact fact = {.over_tcp = c->over_tcp};
  build(&m, c->flags, c->type, c->records);
  assert_int_equal(pl_dns_answer_read(m.bytes, m.length, NAME, c->type, &fact), PL_OK);
  if (fact.outcome != c->outcome)
    fail_msg("%s: outcome %d, not %d", c->name, (int)fact.outcome, (int)c->outcome);
  list_text(&fact.answers, text, sizeof(text));
  if (strcmp(text, c->answers != NULL ? c->answers : "") != 0)
    fail_msg("%s: answers %s", c->name, text);
  if (strcmp(fact.canonical, c->canonical != NULL ? c->canonical : "") != 0)
    fail_msg("%s: canonical %s", c->name, fact.canonical);
  if (fact.ttl != c->ttl)
    fail_msg("%s: ttl %u", c->name, fact.ttl);
  pl_addr_list_free(&fact.answers);
}

static void answers_are_read(void **state) {
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++)
    run_case(&cases[i]);
}

/* Every message that is cut anywhere is malformed, or a bare error code. */
static void cut_messages_are_malformed(void **state) {
  static message m;
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    build(&m, cases[i].flags, cases[i].type, cases[i].records);
    for (size_t length = 0; length < m.length; length++) {
      uint8_t *exact = malloc(length + 1); /* of the right size, for ASan */
      assert_non_null(exact);
      memcpy(exact, m.bytes, length);
      pl_dns_fact fact = {0};
      assert_int_equal(pl_dns_answer_read(exact, length, NAME, cases[i].type, &fact), PL_OK);
      if (fact.outcome != PL_DNS_MALFORMED)
        fail_msg("%s, cut at %zu: outcome %d", cases[i].name, length, (int)fact.outcome);
      assert_int_equal(fact.answers.count, 0);
      free(exact);
    }
  }
}

static void truncated_answer_over_tcp_is_kept_and_marked(void **state) {
  static message m;
  static const rr records[] = {RR(NAME, T_A, "10.0.1.10", 60), {0}};
  pl_dns_fact fact = {.over_tcp = true};
  (void)state;
  build(&m, QR | RA | TC, T_A, records);
  assert_int_equal(pl_dns_answer_read(m.bytes, m.length, NAME, PL_DNS_A, &fact), PL_OK);
  assert_int_equal(fact.outcome, PL_DNS_ANSWER);
  assert_true(fact.answers.truncated);
  pl_addr_list_free(&fact.answers);
}

static void build_chain(message *m, unsigned length) {
  char owner[64] = NAME, target[64], address[] = "10.0.1.10";
  put_question(m, QR | RA, NAME, T_A);
  for (unsigned i = 0; i < length; i++) {
    (void)snprintf(target, sizeof(target), "c%u.example.net", i);
    put_record(m, &(rr)RR(owner, T_CNAME, target, 60));
    count(m, 6);
    (void)snprintf(owner, sizeof(owner), "%s", target);
  }
  put_record(m, &(rr)RR(owner, T_A, address, 60));
  count(m, 6);
}

static void chains_end_at_the_limit(void **state) {
  static const struct {
    unsigned length;
    pl_dns_outcome outcome;
  } chains[] = {
      {1, PL_DNS_ANSWER},
      {PL_LIMIT_DNS_CHAIN, PL_DNS_ANSWER},
      {PL_LIMIT_DNS_CHAIN + 1, PL_DNS_MALFORMED},
      {100, PL_DNS_MALFORMED},
  };
  static message m;
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(chains); i++) {
    pl_dns_fact fact = {0};
    build_chain(&m, chains[i].length);
    assert_int_equal(pl_dns_answer_read(m.bytes, m.length, NAME, PL_DNS_A, &fact), PL_OK);
    if (fact.outcome != chains[i].outcome)
      fail_msg("chain of %u: outcome %d", chains[i].length, (int)fact.outcome);
    pl_addr_list_free(&fact.answers);
  }
}

static void build_many(message *m, unsigned addresses) {
  char address[32];
  put_question(m, QR | RA, NAME, T_A);
  for (unsigned i = 0; i < addresses; i++) {
    (void)snprintf(address, sizeof(address), "10.0.%u.%u", i / 250, i % 250 + 1);
    put_record(m, &(rr)RR(NAME, T_A, address, 60));
    count(m, 6);
  }
}

static void too_many_addresses_are_marked(void **state) {
  static message m;
  (void)state;
  for (unsigned addresses = PL_LIMIT_ADDRESSES; addresses <= 500; addresses += 109) {
    pl_dns_fact fact = {0};
    build_many(&m, addresses);
    assert_int_equal(pl_dns_answer_read(m.bytes, m.length, NAME, PL_DNS_A, &fact), PL_OK);
    assert_int_equal(fact.outcome, PL_DNS_ANSWER);
    assert_int_equal(fact.answers.count, PL_LIMIT_ADDRESSES);
    assert_int_equal(fact.answers.truncated, addresses > PL_LIMIT_ADDRESSES);
    pl_addr_list_free(&fact.answers);
  }
}

/* ---- EDNS ----------------------------------------------------------------------------------- */

/* `options` OPT records whose TTL begins with `extension` (RFC 6891 6.1.3). */
static void build_extended(message *m, unsigned flags, const rr *records, unsigned extension,
                           unsigned options) {
  build(m, flags, T_A, records);
  for (unsigned i = 0; i < options; i++) {
    put_record(m,
               &(rr){.owner = "", .type = 41, .data = "!0", .ttl = extension << 24, .class = 1232});
    count(m, 10);
  }
}

static void the_code_includes_its_extension(void **state) {
  static const rr none[] = {{0}}, address[] = {RR(NAME, T_A, "10.0.1.10", 60), {0}};
  static const struct {
    const char *name;
    unsigned flags;
    const rr *records;
    unsigned extension, options;
    pl_dns_outcome outcome;
    unsigned rcode;
  } extended[] = {
      {"without an extension", QR | RA, none, 0, 1, PL_DNS_NODATA, 0},
      {"BADVERS", QR | RA, none, 1, 1, PL_DNS_RCODE, 16},
      {"BADVERS with an address", QR | RA, address, 1, 1, PL_DNS_RCODE, 16},
      {"no NXDOMAIN", QR | RA | NX, none, 1, 1, PL_DNS_RCODE, 19},
      {"BADCOOKIE", QR | RA | 7, none, 1, 1, PL_DNS_RCODE, 23},
      {"the largest code", QR | RA | 15, none, 255, 1, PL_DNS_RCODE, 4095},
      {"two OPT records", QR | RA, address, 0, 2, PL_DNS_MALFORMED, 0},
  };
  static message m;
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(extended); i++) {
    pl_dns_fact fact = {0};
    build_extended(&m, extended[i].flags, extended[i].records, extended[i].extension,
                   extended[i].options);
    assert_int_equal(pl_dns_answer_read(m.bytes, m.length, NAME, PL_DNS_A, &fact), PL_OK);
    if (fact.outcome != extended[i].outcome || fact.rcode != extended[i].rcode)
      fail_msg("%s: outcome %d, code %u", extended[i].name, (int)fact.outcome, fact.rcode);
    pl_addr_list_free(&fact.answers);
  }
}

/* The reader takes back what the writer wrote, once it is marked as an answer. */
static void a_question_can_be_answered(void **state) {
  char longest[PL_LIMIT_HOST + 2];
  const char *names[] = {NAME, NAME ".", "SVC.Example.COM", longest};
  (void)state;
  memset(longest, 'a', sizeof(longest));
  longest[63] = longest[127] = longest[191] = '.';
  longest[PL_LIMIT_HOST] = '\0';
  for (size_t i = 0; i < PL_COUNT_OF(names); i++) {
    pl_dns_question question;
    pl_dns_fact fact = {0};
    assert_int_equal(pl_dns_question_make(0xabcd, names[i], PL_DNS_AAAA, &question), PL_OK);
    assert_int_equal(question.bytes[0], 0xab);
    assert_int_equal(question.bytes[1], 0xcd);
    assert_int_equal(question.bytes[2], 1); /* recursion desired */
    assert_int_equal(question.bytes[11], 1);
    assert_true(question.length <= sizeof(question.bytes));
    question.bytes[2] |= QR >> 8;
    question.bytes[3] |= RA;
    assert_int_equal(
        pl_dns_answer_read(question.bytes, question.length, names[i], PL_DNS_AAAA, &fact), PL_OK);
    assert_int_equal(fact.outcome, PL_DNS_NODATA);
  }
  pl_dns_question question;
  assert_int_equal(pl_dns_question_make(0, "a..b", PL_DNS_A, &question), PL_ERR_INVALID);
}

/* ---- forged bytes --------------------------------------------------------------------------- */

static pl_dns_outcome read_bytes(const message *m, pl_dns_type type) {
  pl_dns_fact fact = {0};
  assert_int_equal(pl_dns_answer_read(m->bytes, m->length, NAME, type, &fact), PL_OK);
  pl_addr_list_free(&fact.answers);
  return fact.outcome;
}

static void answer_of_bytes(message *m, const uint8_t *owner, size_t owner_length) {
  static const uint8_t rest[] = {0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 1, 10};
  put_question(m, QR | RA, NAME, T_A);
  m->bytes[7] = 1;
  memcpy(m->bytes + m->length, owner, owner_length);
  m->length += owner_length;
  memcpy(m->bytes + m->length, rest, sizeof(rest));
  m->length += sizeof(rest);
}

static void owners_are_bounded(void **state) {
  static const struct {
    const char *name;
    uint8_t owner[8];
    size_t length;
    pl_dns_outcome outcome;
  } owners[] = {
      {"pointer to the question", {0xc0, 12}, 2, PL_DNS_ANSWER},
      {"pointer to itself", {0xc0, 33}, 2, PL_DNS_MALFORMED},
      {"pointer forward", {0xc0, 35}, 2, PL_DNS_MALFORMED},
      {"pointer past the end", {0xff, 0xff}, 2, PL_DNS_MALFORMED},
      {"label and pointer to it", {1, 'a', 0xc0, 33}, 4, PL_DNS_MALFORMED},
      {"pointer into the header", {0xc0, 0}, 2, PL_DNS_MALFORMED},
      {"reserved kind of label", {0x80, 0}, 2, PL_DNS_MALFORMED},
      {"extended label", {0x40, 0}, 2, PL_DNS_MALFORMED},
  };
  static message m;
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(owners); i++) {
    answer_of_bytes(&m, owners[i].owner, owners[i].length);
    if (read_bytes(&m, PL_DNS_A) != owners[i].outcome)
      fail_msg("%s", owners[i].name);
  }
}

static void a_name_over_255_bytes_is_malformed(void **state) {
  static message m;
  uint8_t owner[300];
  size_t length = 0;
  (void)state;
  for (int i = 0; i < 4; i++) {
    owner[length++] = 63;
    memset(owner + length, 'a', 63);
    length += 63;
  }
  owner[length++] = 0;
  answer_of_bytes(&m, owner, length);
  assert_int_equal(read_bytes(&m, PL_DNS_A), PL_DNS_MALFORMED);
}

static void counts_that_lie_are_malformed(void **state) {
  static message m;
  static const rr records[] = {RR(NAME, T_A, "10.0.1.10", 60), {0}};
  static const size_t counts[] = {6, 8, 10};
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(counts); i++) {
    build(&m, QR | RA, T_A, records);
    m.bytes[counts[i]] = 0xff;
    m.bytes[counts[i] + 1] = 0xff;
    assert_int_equal(read_bytes(&m, PL_DNS_A), PL_DNS_MALFORMED);
  }
}

static void answers_to_another_question_are_malformed(void **state) {
  static message m;
  (void)state;
  put_question(&m, QR | RA, "other.example.com", T_A);
  assert_int_equal(read_bytes(&m, PL_DNS_A), PL_DNS_MALFORMED);
  put_question(&m, QR | RA, NAME, T_AAAA);
  assert_int_equal(read_bytes(&m, PL_DNS_A), PL_DNS_MALFORMED);
  put_question(&m, QR | RA | 2, "other.example.com", T_A);
  assert_int_equal(read_bytes(&m, PL_DNS_A), PL_DNS_MALFORMED);
  put_question(&m, QR | RA, NAME, T_A);
  m.bytes[m.length - 1] = 3; /* class CH */
  assert_int_equal(read_bytes(&m, PL_DNS_A), PL_DNS_MALFORMED);
  put_question(&m, QR | RA, NAME, T_A);
  m.bytes[5] = 2; /* two questions */
  assert_int_equal(read_bytes(&m, PL_DNS_A), PL_DNS_MALFORMED);
}

static void only_an_error_needs_no_question(void **state) {
  static message m;
  (void)state;
  for (unsigned rcode = 0; rcode < 16; rcode++) {
    put_question(&m, QR | rcode, NAME, T_A);
    m.bytes[5] = 0;
    m.length = 12;
    pl_dns_outcome expected = rcode == 0 || rcode == NX ? PL_DNS_MALFORMED
                              : rcode == 2              ? PL_DNS_SERVFAIL
                              : rcode == 5              ? PL_DNS_REFUSED
                                                        : PL_DNS_RCODE;
    assert_int_equal(read_bytes(&m, PL_DNS_A), expected);
  }
}

static void foreign_bytes_in_a_chain_are_made_printable(void **state) {
  static message m;
  static const rr records[] = {RR(NAME, T_CNAME, "a|b\x1b[1m.example", 60),
                               RR("a|b\x1b[1m.example", T_A, "10.0.1.10", 60),
                               {0}};
  pl_dns_fact fact = {0};
  (void)state;
  build(&m, QR | RA, T_A, records);
  assert_int_equal(pl_dns_answer_read(m.bytes, m.length, NAME, PL_DNS_A, &fact), PL_OK);
  assert_string_equal(fact.canonical, "a?b??1m.example");
  pl_addr_list_free(&fact.answers);
}

static void a_dot_inside_a_label_is_no_border(void **state) {
  static message m;
  static const uint8_t owner[] = {11,  's', 'v', 'c', '.', 'e', 'x', 'a', 'm',
                                  'p', 'l', 'e', 3,   'c', 'o', 'm', 0};
  (void)state;
  answer_of_bytes(&m, owner, sizeof(owner));
  assert_int_equal(read_bytes(&m, PL_DNS_A), PL_DNS_MALFORMED);
}

static void a_name_that_can_not_be_asked_is_an_error(void **state) {
  static message m;
  char label[80];
  pl_dns_fact fact = {0};
  (void)state;
  put_question(&m, QR, NAME, T_A);
  memset(label, 'a', sizeof(label) - 1);
  label[sizeof(label) - 1] = '\0';
  assert_int_equal(pl_dns_answer_read(m.bytes, m.length, label, PL_DNS_A, &fact), PL_ERR_INVALID);
  assert_int_equal(pl_dns_answer_read(m.bytes, m.length, "a..b", PL_DNS_A, &fact), PL_ERR_INVALID);
}

static void a_dot_at_the_end_of_the_name_is_fine(void **state) {
  static message m;
  static const rr records[] = {RR(NAME, T_A, "10.0.1.10", 60), {0}};
  pl_dns_fact fact = {0};
  (void)state;
  build(&m, QR | RA, T_A, records);
  assert_int_equal(pl_dns_answer_read(m.bytes, m.length, NAME ".", PL_DNS_A, &fact), PL_OK);
  assert_int_equal(fact.outcome, PL_DNS_ANSWER);
  pl_addr_list_free(&fact.answers);
}

/* ---- the cost of a message ------------------------------------------------------------------- */

static void put_pointer(message *m, size_t target) { put16(m, 0xc000u | (unsigned)target); }

static void put_fixed(message *m, unsigned type, unsigned data_length) {
  put16(m, type);
  put16(m, 1);
  put16(m, 0);
  put16(m, 60);
  put16(m, data_length);
}

/* A record whose data is a chain of pointers: the first leads to the question, and each other one
 * to the one before it. Returns the offset of the last one. */
static size_t put_pointer_chain(message *m, unsigned count) {
  size_t target = 12;
  put_pointer(m, 12);
  put_fixed(m, T_RRSIG, 2 * count);
  for (unsigned i = 0; i < count; i++) {
    size_t at = m->length;
    put_pointer(m, target);
    target = at;
  }
  return target;
}

static void set_answers(message *m, unsigned records) {
  m->bytes[6] = (uint8_t)(records >> 8);
  m->bytes[7] = (uint8_t)records;
}

/* One address, whose owner is read over `pointers` pointers. */
static pl_dns_outcome read_over(unsigned pointers) {
  static message m;
  put_question(&m, QR | RA, NAME, T_A);
  size_t last = put_pointer_chain(&m, pointers - 1);
  put_pointer(&m, last);
  put_fixed(&m, T_A, 4);
  put16(&m, 0x0a00);
  put16(&m, 0x010a);
  set_answers(&m, 2);
  return read_bytes(&m, PL_DNS_A);
}

static void pointers_of_a_name_are_counted(void **state) {
  (void)state;
  assert_int_equal(read_over(PL_LIMIT_DNS_POINTERS), PL_DNS_ANSWER);
  assert_int_equal(read_over(PL_LIMIT_DNS_POINTERS + 1), PL_DNS_MALFORMED);
}

/* Fills the message with aliases: two names that point to each other, each read over `pointers`
 * pointers as owner and as target. */
static void build_expensive(message *m, unsigned pointers) {
  put_question(m, QR | RA, NAME, T_A);
  size_t question = put_pointer_chain(m, pointers);
  size_t other = m->length + 12;
  put_pointer(m, 12);
  put_fixed(m, T_CNAME, 4);
  m->bytes[m->length++] = 1;
  m->bytes[m->length++] = 'a';
  put_pointer(m, question);
  unsigned records = 2;
  while (m->length + 14 <= sizeof(m->bytes)) {
    put_pointer(m, records % 2 == 0 ? other : question);
    put_fixed(m, T_CNAME, 2);
    put_pointer(m, records % 2 == 0 ? question : other);
    records++;
  }
  set_answers(m, records);
}

static double cpu_seconds(void) {
  struct timespec now;
  assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A resolver that sends such an answer would delay every other endpoint of the daemon. */
static void no_message_takes_long(void **state) {
  static message m;
  static const unsigned pointers[] = {PL_LIMIT_DNS_POINTERS - 2, 8000};
  (void)state;
  for (size_t i = 0; i < PL_COUNT_OF(pointers); i++) {
    build_expensive(&m, pointers[i]);
    double before = cpu_seconds();
    assert_int_equal(read_bytes(&m, PL_DNS_A), PL_DNS_MALFORMED);
    double taken = cpu_seconds() - before;
    if (taken > 0.1)
      fail_msg("%u pointers: %.3f s", pointers[i], taken);
  }
}

static void without_memory_there_is_no_answer(void **state) {
  static message m;
  static const rr records[] = {RR(NAME, T_A, "10.0.1.10", 60), {0}};
  (void)state;
  build(&m, QR | RA, T_A, records);
  for (unsigned nth = 1;; nth++) {
    pl_dns_fact fact = {0};
    alloc_fail_arm(nth);
    pl_status status = pl_dns_answer_read(m.bytes, m.length, NAME, PL_DNS_A, &fact);
    bool failed = alloc_fail_disarm();
    assert_int_equal(status, failed ? PL_ERR_MEMORY : PL_OK);
    pl_addr_list_free(&fact.answers);
    if (!failed)
      break;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(answers_are_read),
      cmocka_unit_test(cut_messages_are_malformed),
      cmocka_unit_test(truncated_answer_over_tcp_is_kept_and_marked),
      cmocka_unit_test(chains_end_at_the_limit),
      cmocka_unit_test(too_many_addresses_are_marked),
      cmocka_unit_test(the_code_includes_its_extension),
      cmocka_unit_test(a_question_can_be_answered),
      cmocka_unit_test(owners_are_bounded),
      cmocka_unit_test(a_name_over_255_bytes_is_malformed),
      cmocka_unit_test(counts_that_lie_are_malformed),
      cmocka_unit_test(answers_to_another_question_are_malformed),
      cmocka_unit_test(only_an_error_needs_no_question),
      cmocka_unit_test(foreign_bytes_in_a_chain_are_made_printable),
      cmocka_unit_test(a_dot_inside_a_label_is_no_border),
      cmocka_unit_test(a_name_that_can_not_be_asked_is_an_error),
      cmocka_unit_test(a_dot_at_the_end_of_the_name_is_fine),
      cmocka_unit_test(pointers_of_a_name_are_counted),
      cmocka_unit_test(no_message_takes_long),
      cmocka_unit_test(without_memory_there_is_no_answer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
