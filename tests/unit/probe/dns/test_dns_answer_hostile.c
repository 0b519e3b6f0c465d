// Tests reading hostile DNS messages: forged bytes, and messages that take long to read.
#include "dns_message.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

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

#ifdef __SANITIZE_THREAD__
#define BUDGET 1.0 /* ten times as slow */
#else
#define BUDGET 0.1 /* seconds of CPU */
#endif

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
    if (taken > BUDGET)
      fail_msg("%u pointers: %.3f s", pointers[i], taken);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(owners_are_bounded),
      cmocka_unit_test(a_name_over_255_bytes_is_malformed),
      cmocka_unit_test(counts_that_lie_are_malformed),
      cmocka_unit_test(answers_to_another_question_are_malformed),
      cmocka_unit_test(only_an_error_needs_no_question),
      cmocka_unit_test(foreign_bytes_in_a_chain_are_made_printable),
      cmocka_unit_test(a_dot_inside_a_label_is_no_border),
      cmocka_unit_test(a_name_that_can_not_be_asked_is_an_error),
      cmocka_unit_test(pointers_of_a_name_are_counted),
      cmocka_unit_test(no_message_takes_long),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
