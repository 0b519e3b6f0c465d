// Tests which result of another host counts. The text is what the JSON writer makes of a sample.
#include "memory/private_evidence.h"
#include "report/json.h"
#include "sample_run.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define NAME "api.example.com"
#define WRONG "api.other.example"

static char *text;      /* the other host's output */
static int64_t started; /* of that run */

static int make_text(void **state) {
  (void)state;
  sample s;
  sample_open(&s);
  pl_run run = sample_run(&s.result, 1, false);
  started = run.started;
  pl_buf buf;
  pl_buf_init(&buf, 1 << 20);
  pl_report_json(&run, &buf);
  text = strdup(pl_buf_text(&buf));
  pl_buf_free(&buf);
  sample_free(&s);
  assert_non_null(text);
  return 0;
}

static int free_text(void **state) {
  (void)state;
  free(text);
  return 0;
}

/* The text with the first `from` replaced by `to`; the caller frees it. */
static char *changed(const char *from, const char *to) {
  const char *at = strstr(text, from);
  assert_non_null(at);
  size_t size = strlen(text) + strlen(to) + 1;
  char *made = malloc(size);
  assert_non_null(made);
  snprintf(made, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
  return made;
}

/* This host's spec: the same endpoint, with http:403. */
static sample make_here(void) {
  sample s;
  sample_open(&s);
  assert_int_equal(s.spec.blocked_by.count, 0);
  s.spec.blocked_by.items = calloc(1, sizeof(*s.spec.blocked_by.items));
  assert_non_null(s.spec.blocked_by.items);
  s.spec.blocked_by.items[0] = (pl_signature){.kind = PL_SIGNATURE_HTTP, .status = 403};
  s.spec.blocked_by.count = 1;
  return s;
}

typedef struct change_case {
  const char *name, *from, *to;
  int later; /* seconds from the other run to this one */
  bool up;
  uint16_t status;
} change_case;

static const change_case cases[] = {
    {"as it is", "{", "{", 5, true, 401},
    {"at the same time", "{", "{", 0, true, 401},
    {"ten minutes old", "{", "{", 600, true, 401},
    {"older", "{", "{", 601, false, 0},
    {"from the future", "{", "{", -1, false, 0},
    {"another schema", "\"schema\":1", "\"schema\":2", 5, false, 0},
    {"no time", "\"started\":\"2", "\"started\":\"x", 5, false, 0},
    {"a time in another form", "Z\",\"duration\"", "+\",\"duration\"", 5, false, 0},
    {"a month too many", "\"started\":\"2026-08", "\"started\":\"2026-18", 5, false, 0},
    {"another private name", "\"private_name\":\"" NAME, "\"private_name\":\"" WRONG, 5, false, 0},
    {"a private name in capitals", "\"private_name\":\"api", "\"private_name\":\"API", 5, true,
     401},
    {"another public name", "\"public_name\":\"api", "\"public_name\":\"apj", 5, false, 0},
    {"another port", "\"port\":443,\"path\"", "\"port\":444,\"path\"", 5, false, 0},
    {"a port that is no number", "\"port\":443,\"path\"", "\"port\":\"443\",\"path\"", 5, false, 0},
    {"another --tls-name", "\"tls_name\":\"api.", "\"tls_name\":\"b.", 5, false, 0},
    {"the name is not said", "\"tls_name\":\"api.example.com\",", "", 5, true, 401},
    {"another path", "\"path\":\"/v1", "\"path\":\"/v2", 5, false, 0},
    {"no endpoints", "\"endpoints\":[", "\"endpoints\":[],\"others\":[", 5, false, 0},
    {"endpoints that are no list", "\"endpoints\":[", "\"endpoints\":1,\"others\":[", 5, false, 0},
    {"a key twice", "\"schema\":1", "\"schema\":1,\"schema\":1", 5, false, 0},
    {"port not OK", "\"check\":\"port\",\"severity\":0", "\"check\":\"port\",\"severity\":1", 5,
     false, 0},
    {"port skipped", "\"check\":\"port\",\"severity\":0", "\"check\":\"port\",\"severity\":null", 5,
     false, 0},
    {"no port check", "\"check\":\"port\"", "\"check\":\"sport\"", 5, false, 0},
    {"two port checks", "\"check\":\"dns\"", "\"check\":\"port\"", 5, false, 0},
    {"no answer without a key", "\"role\":\"counter\"", "\"role\":\"agent\"", 5, true, 0},
    {"an answer without a key", "\"with_key\":true", "\"with_key\":false", 5, true, 200},
    {"a status that may be a block", "\"http_status\":401", "\"http_status\":403", 5, true, 0},
    {"a status that is none", "\"http_status\":401", "\"http_status\":4010", 5, true, 0},
};

static void only_a_fresh_ok_for_this_endpoint_counts(void **state) {
  (void)state;
  sample here = make_here();
  for (size_t i = 0; i < PL_COUNT_OF(cases); i++) {
    const change_case *test = &cases[i];
    print_message("  %s\n", test->name);
    char *other = changed(test->from, test->to);
    pl_private_evidence_judge(&here.spec, other, strlen(other), started + test->later, &here.facts);
    assert_int_equal(here.facts.private_evidence.up, test->up);
    assert_int_equal(here.facts.private_evidence.status, test->status);
    bool listed = strstr(test->to, "403") != NULL;
    assert_int_equal(here.facts.private_evidence.answer, listed ? 403 : test->status);
    assert_int_equal(here.facts.private_evidence.problem[0] == '\0', test->up);
    free(other);
  }
  sample_free(&here);
}

static void a_certificate_that_is_not_verified_gives_no_status(void **state) {
  (void)state;
  static const char *const changes[][2] = {{"\"chain_ok\":true", "\"chain_ok\":false"},
                                           {"\"name_ok\":true", "\"name_ok\":false"},
                                           {"\"time\":\"valid\"", "\"time\":\"expired\""},
                                           {"\"end\":\"http-answer\"", "\"end\":\"http-reset\""}};
  sample here = make_here();
  for (size_t i = 0; i < PL_COUNT_OF(changes); i++) {
    char *keyless = changed("\"with_key\":true", "\"with_key\":false"), *kept = text;
    text = keyless; /* now the first of these belongs to an answer without a key */
    char *other = changed(changes[i][0], changes[i][1]);
    pl_private_evidence_judge(&here.spec, other, strlen(other), started, &here.facts);
    assert_true(here.facts.private_evidence.up);
    assert_int_equal(here.facts.private_evidence.status, 401); /* of the next address */
    text = kept;
    free(keyless);
    free(other);
  }
  sample_free(&here);
}

static void an_endpoint_must_be_there_once(void **state) {
  (void)state;
  sample both[2], here = make_here();
  pl_endpoint_result results[2];
  for (size_t i = 0; i < 2; i++) {
    sample_open(&both[i]);
    results[i] = both[i].result;
  }
  pl_run run = sample_run(results, 2, true);
  pl_buf buf;
  pl_buf_init(&buf, 1 << 20);
  pl_report_json(&run, &buf);
  pl_private_evidence_judge(&here.spec, buf.data, buf.length, started, &here.facts);
  assert_false(here.facts.private_evidence.up);
  assert_non_null(strstr(here.facts.private_evidence.problem, "twice"));
  both[1].spec.port = 444;
  pl_buf_clear(&buf);
  pl_report_json(&run, &buf);
  pl_private_evidence_judge(&here.spec, buf.data, buf.length, started, &here.facts);
  assert_true(here.facts.private_evidence.up);
  pl_buf_free(&buf);
  sample_free(&both[0]);
  sample_free(&both[1]);
  sample_free(&here);
}

static void every_part_of_the_text_is_refused(void **state) {
  (void)state;
  sample here = make_here();
  size_t length = strlen(text);
  for (size_t i = 0; i + 2 < length; i += 7) {
    pl_private_evidence_judge(&here.spec, text, i, started, &here.facts);
    assert_false(here.facts.private_evidence.up);
    assert_string_equal(here.facts.private_evidence.problem, "not valid JSON");
  }
  sample_free(&here);
}

static void a_name_is_needed(void **state) {
  (void)state;
  sample here = make_here();
  free(here.spec.private_name);
  here.spec.private_name = NULL;
  here.facts.endpoint = NULL;
  pl_private_evidence_judge(&here.spec, text, strlen(text), started, &here.facts);
  assert_false(here.facts.private_evidence.up);
  assert_non_null(strstr(here.facts.private_evidence.problem, "--private-name"));
  sample_free(&here);
}

/* ---- files ---------------------------------------------------------------------------------- */

static void take(sample *here, const char *path) {
  free(here->spec.private_evidence);
  here->spec.private_evidence = strdup(path);
  pl_private_evidence_take(&here->spec, started + 1, &here->facts);
}

static void the_file_is_read_with_care(void **state) {
  (void)state;
  sample here = make_here();
  char path[] = "/tmp/privatelink-test-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  pl_private_evidence_take(&here.spec, started, &here.facts); /* without the option */
  assert_false(here.facts.private_evidence.up);
  assert_string_equal(here.facts.private_evidence.problem, "");
  take(&here, path);
  assert_true(here.facts.private_evidence.up);
  assert_int_equal(fchmod(fd, 0666), 0);
  take(&here, path);
  assert_false(here.facts.private_evidence.up);
  assert_int_equal(fchmod(fd, 0644), 0);
  assert_int_equal(ftruncate(fd, PL_LIMIT_PRIVATE_EVIDENCE + 1), 0);
  take(&here, path);
  assert_false(here.facts.private_evidence.up);
  assert_true(here.facts.private_evidence.problem[0] != '\0');
  close(fd);
  unlink(path);
  static const char *const bad[] = {"/nonexistent/file", "/tmp", "/dev/null"};
  for (size_t i = 0; i < PL_COUNT_OF(bad); i++) {
    take(&here, bad[i]);
    assert_false(here.facts.private_evidence.up);
    assert_true(here.facts.private_evidence.problem[0] != '\0');
  }
  sample_free(&here);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(only_a_fresh_ok_for_this_endpoint_counts),
      cmocka_unit_test(a_certificate_that_is_not_verified_gives_no_status),
      cmocka_unit_test(an_endpoint_must_be_there_once),
      cmocka_unit_test(every_part_of_the_text_is_refused),
      cmocka_unit_test(a_name_is_needed),
      cmocka_unit_test(the_file_is_read_with_care),
  };
  return cmocka_run_group_tests(tests, make_text, free_text);
}
