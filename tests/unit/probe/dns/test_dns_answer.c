// Tests reading DNS answers: whole messages, chains, limits and EDNS.
#include "alloc_fail.h"
#include "dns_message.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
      cmocka_unit_test(a_dot_at_the_end_of_the_name_is_fine),
      cmocka_unit_test(without_memory_there_is_no_answer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
