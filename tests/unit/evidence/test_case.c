// Tests a recorded case: the verdict survives, no secret is in it, and every other text is refused.
#include "alloc_fail.h"
#include "any_record.h"
#include "evidence/case.h"
#include "evidence/case_fields.h"
#include "judge/judge.h"
#include "judge_world.h"
#include "sample_run.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CANARY "CaNaRy"

static char *write_case(const pl_spec *spec, const pl_facts *facts, int64_t now) {
  char *text = pl_evidence_case_write(spec, facts, NULL, now);
  assert_non_null(text);
  return text;
}

/* A text is made in a buffer on the stack: what follows its end is chance. */
static void clear_rest(char *text, size_t size) {
  size_t length = strnlen(text, size);
  memset(text + length, 0, size - length);
}

static void judge(const pl_spec *spec, const pl_facts *facts, int64_t now, pl_verdict *verdict) {
  pl_judge(spec, facts, now, verdict);
  for (size_t i = 0; i < PL_CHECK_COUNT; i++)
    clear_rest(verdict->checks[i].summary, sizeof(verdict->checks[i].summary));
  for (size_t i = 0; i < verdict->finding_count; i++) {
    clear_rest(verdict->findings[i].text, sizeof(verdict->findings[i].text));
    clear_rest(verdict->findings[i].zone, sizeof(verdict->findings[i].zone));
  }
}

/* Writes the case, reads it, and judges it again. */
static void assert_kept(const pl_spec *spec, const pl_facts *facts, int64_t now) {
  static pl_verdict first, second;
  pl_evidence_case again;
  pl_error error = {""};
  char *text = write_case(spec, facts, now);
  if (pl_evidence_case_read(text, strlen(text), &again, &error) != PL_OK)
    fail_msg("%s: %s", error.text, text);
  judge(spec, facts, now, &first);
  judge(&again.spec, &again.facts, again.wall_now, &second);
  for (size_t i = 0; i < PL_CHECK_COUNT; i++)
    assert_string_equal(first.checks[i].summary, second.checks[i].summary);
  /* Pointers in it are to static texts. */
  if (memcmp(&first, &second, sizeof(first)) != 0)
    fail_msg("the verdict differs: %s", text);
  char *copy = write_case(&again.spec, &again.facts, again.wall_now);
  assert_string_equal(text, copy);
  free(copy);
  free(text);
  pl_evidence_case_free(&again);
}

/* ---- random worlds -------------------------------------------------------------------------- */

static void fill_bytes(uint64_t *seed, uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    bytes[i] = (uint8_t)any_below(seed, 256);
}

/* No engine finds a signature that is not listed. */
static void repair_signatures(const pl_spec *spec, pl_facts *facts) {
  for (size_t i = 0; i < facts->target_count; i++) {
    for (unsigned n = 0; n < PL_LIMIT_ATTEMPTS; n++) {
      int16_t *signature = &facts->targets[i].attempts[n].signature;
      if (*signature >= (int16_t)spec->blocked_by.count)
        *signature = -1;
    }
  }
}

/* Worlds of the public check, in which blocks are proven. */
static void test_public_worlds(void **state) {
  (void)state;
  static judge_world world;
  const char *wanted = getenv("PL_TEST_WORLDS");
  unsigned long worlds = wanted != NULL ? strtoul(wanted, NULL, 10) : 2000;
  uint64_t seed = 20;
  uint8_t bytes[512];
  for (unsigned long i = 0; i < worlds; i++) {
    fill_bytes(&seed, bytes, sizeof(bytes));
    judge_world_build(bytes, sizeof(bytes), &world);
    repair_signatures(&world.spec, &world.facts);
    assert_kept(&world.spec, &world.facts, JUDGE_NOW);
  }
}

/* Any value in every field of the tables. */
typedef struct any_case {
  pl_spec spec;
  pl_facts facts;
  pl_memory memory;
  pl_endpoint *endpoint;
} any_case;

static void repair_dns(pl_dns_fact *facts, size_t count) {
  for (size_t i = 0; i < count; i++)
    facts[i].type = i % 2 == 0 ? PL_DNS_A : PL_DNS_AAAA;
}

static void make_any(uint64_t *seed, any_case *c) {
  memset(c, 0, sizeof(*c));
  pl_spec_init(&c->spec);
  pl_facts_init(&c->facts);
  any_record(seed, &pl_record_of_spec, &c->spec);
  if (c->spec.name == NULL)
    c->spec.name = strdup("api");
  any_record(seed, &pl_record_of_facts, &c->facts);
  any_record(seed, &pl_record_of_memory, &c->memory);
  assert_int_equal(pl_endpoint_create("", &c->endpoint), PL_OK);
  any_record(seed, &pl_record_of_endpoint, c->endpoint);
  c->facts.memory = any_below(seed, 4) > 0 ? &c->memory : NULL;
  c->facts.endpoint = any_below(seed, 4) > 0 ? c->endpoint : NULL;
  if (any_below(seed, 8) > 0)
    c->facts.local_problem[0] = '\0';
  repair_signatures(&c->spec, &c->facts);
  repair_dns(c->facts.private_dns, c->facts.private_dns_count);
  repair_dns(c->facts.public_dns, c->facts.public_dns_count);
  for (size_t i = 0; i < c->facts.further_count; i++)
    repair_dns(c->facts.further[i].dns, c->facts.further[i].dns_count);
  for (size_t i = 0; i < c->facts.target_count; i++) {
    if (c->facts.targets[i].address.family == PL_FAMILY_NONE)
      c->facts.targets[i].address = pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){52, 58, 0, 10});
  }
}

static void free_any(any_case *c) {
  c->spec.api_key = c->spec.private_evidence = NULL; /* static */
  pl_spec_free(&c->spec);
  pl_facts_free(&c->facts);
  pl_endpoint_unref(c->endpoint);
}

static void test_any_values(void **state) {
  (void)state;
  uint64_t seed = 21;
  for (unsigned i = 0; i < 1000; i++) {
    any_case c;
    make_any(&seed, &c);
    assert_kept(&c.spec, &c.facts, JUDGE_NOW + (int64_t)any_below(&seed, 100000));
    free_any(&c);
  }
}

static void test_samples(void **state) {
  (void)state;
  static void (*const make[])(sample *) = {sample_open, sample_unproven, sample_fine};
  for (size_t i = 0; i < PL_COUNT_OF(make); i++) {
    static sample s;
    make[i](&s);
    assert_kept(&s.spec, &s.facts, 1785585600);
    sample_free(&s);
  }
}

/* ---- secrets -------------------------------------------------------------------------------- */

/* Everything that is secret, that we send, or that an answer said. */
static void test_no_secret(void **state) {
  (void)state;
  static sample s;
  sample_open(&s);
  char **const strings[] = {
      &s.spec.api_key,         &s.spec.public_key,       &s.spec.client_key,
      &s.spec.client_cert,     &s.spec.api_key_file,     &s.spec.api_key_scheme,
      &s.spec.public_key_file, &s.spec.client_key_file,  &s.spec.client_cert_file,
      &s.spec.user_agent,      &s.spec.aws_external_id,  &s.spec.aws_role_arn,
      &s.spec.state_dir,       &s.spec.aws_endpoint_url, &s.spec.aws_readable_file,
      &s.spec.public_control,  &s.spec.private_evidence,
  };
  static char canary[] = CANARY;
  for (size_t i = 0; i < PL_COUNT_OF(strings); i++)
    *strings[i] = canary;
  free(s.spec.path);
  s.spec.path = strdup("/v1?token=" CANARY);
  for (size_t i = 0; i < s.facts.target_count; i++) {
    for (unsigned n = 0; n < PL_LIMIT_ATTEMPTS; n++)
      snprintf(s.facts.targets[i].attempts[n].http_note, PL_LIMIT_FOREIGN, CANARY);
  }
  char *text = write_case(&s.spec, &s.facts, 1785585600);
  assert_null(strstr(text, CANARY));
  assert_non_null(strstr(text, "\"path\":\"/v1\""));
  assert_non_null(strstr(text, "\"api_key\":true"));
  free(text);
  for (size_t i = 0; i < PL_COUNT_OF(strings); i++)
    *strings[i] = NULL;
  sample_free(&s);
}

/* ---- the text ------------------------------------------------------------------------------- */

/* Sorted keys, no white space: as jansson writes what it reads. */
static void test_canonical(void **state) {
  (void)state;
  static sample s;
  sample_open(&s);
  char *text = write_case(&s.spec, &s.facts, 1785585600);
  json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
  assert_non_null(root);
  char *sorted = json_dumps(root, JSON_SORT_KEYS | JSON_COMPACT);
  assert_string_equal(text, sorted);
  assert_null(strchr(text, '\n'));
  free(sorted);
  json_decref(root);
  free(text);
  sample_free(&s);
}

static void assert_refused(const char *text, size_t length, const char *wanted) {
  pl_evidence_case c;
  pl_error error = {""};
  pl_status status = pl_evidence_case_read(text, length, &c, &error);
  if (status == PL_OK)
    fail_msg("accepted, instead of '%s'", wanted);
  if (strstr(error.text, wanted) == NULL)
    fail_msg("'%s', not '%s'", error.text, wanted);
}

/* `from` is in the text once or more: the first is replaced. */
static void assert_edit_refused(const char *text, const char *from, const char *to,
                                const char *wanted) {
  const char *at = strstr(text, from);
  if (at == NULL)
    fail_msg("no %s in %s", from, text);
  size_t before = (size_t)(at - text);
  char *edited = malloc(strlen(text) + strlen(to) + 1);
  assert_non_null(edited);
  sprintf(edited, "%.*s%s%s", (int)before, text, to, at + strlen(from));
  assert_refused(edited, strlen(edited), wanted);
  free(edited);
}

static void test_refused(void **state) {
  (void)state;
  static const struct {
    const char *from, *to, *wanted;
  } edits[] = {
      {"\"format\":1", "\"format\":2", "format is not 1: another release wrote it"},
      {"\"format\":1,", "", "format is missing"},
      {"\"now\":1785585600", "\"now\":0", "case.now is not a whole number from 1 to"},
      {"\"now\":1785585600", "\"now\":\"x\"", "case.now is not a whole number from 1 to"},
      {"\"now\":1785585600,", "", "case.now is missing"},
      {"\"now\":", "\"then\":1,\"now\":", "case has a key that this version does not know"},
      {"\"name\":\"rockset-prod\",", "", "case.spec.name is missing"},
      {"\"name\":\"rockset-prod\"", "\"name\":\"<b>\"", "case.spec.name is not valid"},
      {"\"name\":\"rockset-prod\"", "\"name\":{\"hex\":\"xx\"}", "case.spec.name is not a text"},
      {"\"port\":443", "\"port\":-1", "case.facts.targets[0].port is not a whole number"},
      {"\"port\":443", "\"port\":65536", "case.facts.targets[0].port is not a whole number"},
      {"\"end\":\"http-answer\"", "\"end\":\"nothing\"",
       "case.facts.targets[0].attempts[0].end is not a word that this version knows here"},
      {"\"end\":\"http-answer\"", "\"end\":\"http-answer\",\"signature\":0",
       "case.facts.targets[0].attempts[0].signature is not in case.spec.blocked_by"},
      {"\"role\":\"counter\"", "\"role\":7", "case.facts.targets[1].role is not a word"},
      {"\"address\":\"10.0.1.10\"", "\"address\":\"10.0.1\"",
       "case.facts.targets[0].address is not an address"},
      {"\"address\":\"10.0.1.10\",", "", "case.facts.targets[0] has no address"},
      {"\"checks\":[\"state\"", "\"checks\":[\"statue\"",
       "case.spec.checks is not a list of words"},
      {"\"type\":28", "\"type\":5", "a DNS question is of neither type A nor AAAA"},
      {"\"seen\":true", "\"seen\":1", "certificate.seen is neither true nor false"},
      {"\"not_after\":1798761600", "\"not_after\":1e99",
       "certificate.not_after is not a whole number from"},
      {"\"sha256\":\"ab", "\"sha256\":\"a", "certificate.sha256 is not 64 hexadecimal digits"},
      {"\"subject\":\"CN", "\"subject\":\"\\u001b", "has a character that is not printable"},
      {"\"zone\":\"eu-central-1a\"", "\"zone\":\"eu-central-1aeu-central-1aeu-central-1a\"",
       "zone is not a text of at most 31 bytes"},
      {"\"answers\":[", "\"answers\":[[],",
       "case.facts.further[0].dns[0].answers[0] is not an address"},
      {"\"spec\":{", "\"spec\":{\"name\":\"a\",", "is torn, or no JSON object"},
  };
  static sample s;
  sample_open(&s);
  char *text = write_case(&s.spec, &s.facts, 1785585600);
  for (size_t i = 0; i < PL_COUNT_OF(edits); i++)
    assert_edit_refused(text, edits[i].from, edits[i].to, edits[i].wanted);
  for (size_t length = 0; length < strlen(text); length += 7)
    assert_refused(text, length, "is torn, or no JSON object");
  assert_refused("[]", 2, "is torn, or no JSON object");
  free(text);
  sample_free(&s);
}

/* More targets of a role than the engine makes, and more of a list than it may have. */
static void test_too_many(void **state) {
  (void)state;
  static pl_target targets[PL_LIMIT_ADDRESSES + 1];
  pl_spec spec;
  pl_facts facts;
  pl_spec_init(&spec);
  pl_facts_init(&facts);
  spec.name = strdup("api");
  for (size_t i = 0; i < PL_COUNT_OF(targets); i++) {
    targets[i].role = PL_ROLE_PUBLIC;
    targets[i].address = pl_addr_make(PL_FAMILY_IPV4, (uint8_t[]){52, 58, 0, (uint8_t)i});
  }
  facts.targets = targets;
  facts.target_count = PL_COUNT_OF(targets);
  char *text = write_case(&spec, &facts, 1);
  assert_refused(text, strlen(text), "case.facts.targets has too many of the role public");
  free(text);
  for (size_t i = 0; i < PL_LIMIT_CONTROLS + 1; i++)
    targets[i].role = PL_ROLE_HELLO;
  facts.target_count = PL_LIMIT_CONTROLS + 1;
  text = write_case(&spec, &facts, 1);
  assert_refused(text, strlen(text), "too many of the role hello");
  free(text);
  char *long_text = malloc(PL_LIMIT_EVIDENCE_CASE + 1);
  assert_non_null(long_text);
  memset(long_text, ' ', PL_LIMIT_EVIDENCE_CASE + 1);
  assert_refused(long_text, PL_LIMIT_EVIDENCE_CASE + 1, "is longer than");
  free(long_text);
  pl_spec_free(&spec);
}

static void test_allocations(void **state) {
  (void)state;
  uint64_t seed = 22;
  any_case c;
  make_any(&seed, &c);
  char *text = write_case(&c.spec, &c.facts, 1000);
  for (unsigned nth = 1;; nth++) {
    pl_evidence_case again;
    pl_error error = {""};
    alloc_fail_arm(nth);
    pl_status status = pl_evidence_case_read(text, strlen(text), &again, &error);
    if (!alloc_fail_disarm()) {
      assert_int_equal(status, PL_OK);
      pl_evidence_case_free(&again);
      break;
    }
    assert_int_equal(status, PL_ERR_MEMORY);
    assert_string_equal(error.text, "out of memory");
  }
  for (unsigned nth = 1;; nth++) {
    alloc_fail_arm(nth);
    char *copy = pl_evidence_case_write(&c.spec, &c.facts, NULL, 1000);
    bool failed = alloc_fail_disarm();
    assert_true((copy == NULL) == failed);
    free(copy);
    if (!failed)
      break;
  }
  free(text);
  free_any(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_public_worlds), cmocka_unit_test(test_any_values),
      cmocka_unit_test(test_samples),       cmocka_unit_test(test_no_secret),
      cmocka_unit_test(test_canonical),     cmocka_unit_test(test_refused),
      cmocka_unit_test(test_too_many),      cmocka_unit_test(test_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
