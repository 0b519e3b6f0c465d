/* Reads what another host saw of the private side. */
#include "memory/private_evidence.h"
#include "base/file.h"
#include "facts/endpoint.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

static void refuse(pl_facts *facts, const char *problem) {
  facts->private_evidence.up = false;
  facts->private_evidence.answer = facts->private_evidence.status = 0;
  pl_text_set_foreign(facts->private_evidence.problem, sizeof(facts->private_evidence.problem),
                      problem, strlen(problem));
}

static const char *text_of(const json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}

static bool has_text(const json_t *object, const char *key, const char *wanted) {
  const char *text = text_of(object, key);
  return text != NULL && wanted != NULL && strcmp(text, wanted) == 0;
}

/* Whether the key is an integer of this value. */
static bool has_number(const json_t *object, const char *key, json_int_t wanted) {
  const json_t *value = json_object_get(object, key);
  return json_is_integer(value) && json_integer_value(value) == wanted;
}

/* ---- its age --------------------------------------------------------------------------------- */

/* "2026-11-30T09:00:00Z", as report/json.c writes it. */
static bool parse_instant(const char *text, int64_t *ret_seconds) {
  static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
  if (text == NULL || strlen(text) != sizeof(form) - 1)
    return false;
  for (size_t i = 0; form[i] != '\0'; i++) {
    if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
      return false;
  }
  struct tm parts = {.tm_isdst = 0};
  const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (end == NULL || *end != '\0')
    return false;
  *ret_seconds = timegm(&parts);
  return true;
}

/* Why a result that began then does not count; NULL: it does. */
static const char *flaw_of_age(const json_t *root, int64_t now) {
  int64_t started;
  if (!has_number(root, "schema", 1) || !parse_instant(text_of(root, "started"), &started))
    return "not an output of check_privatelink --output json";
  if (started > now)
    return "it is from the future: compare the clocks of both hosts";
  return now - started > PL_PRIVATE_EVIDENCE_AGE ? "it is older than ten minutes" : NULL;
}

/* ---- its endpoint ---------------------------------------------------------------------------- */

/* Whether the other host asked for the same certificate as this one would. */
static bool has_tls_name(const json_t *endpoint, const pl_spec *spec, const char *private_name) {
  const char *theirs = text_of(endpoint, "tls_name");
  const char *ours = spec->tls_name != NULL ? spec->tls_name : private_name;
  return strcasecmp(theirs != NULL ? theirs : private_name, ours) == 0;
}

static bool is_this_endpoint(const json_t *endpoint, const pl_spec *spec,
                             const char *private_name) {
  const char *name = text_of(endpoint, "private_name");
  const char *public_name = text_of(endpoint, "public_name");
  if (name == NULL || strcasecmp(name, private_name) != 0 ||
      !has_number(endpoint, "port", spec->port) || !has_text(endpoint, "path", spec->path) ||
      !has_tls_name(endpoint, spec, private_name))
    return false;
  return public_name == NULL || spec->public_name == NULL ||
         strcasecmp(public_name, spec->public_name) == 0;
}

static const json_t *find_endpoint(const json_t *root, const pl_spec *spec,
                                   const char *private_name, const char **ret_flaw) {
  const json_t *list = json_object_get(root, "endpoints"), *found = NULL;
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *endpoint = json_array_get(list, i);
    if (!is_this_endpoint(endpoint, spec, private_name))
      continue;
    if (found != NULL) {
      *ret_flaw = "it has this endpoint twice";
      return NULL;
    }
    found = endpoint;
  }
  if (found == NULL)
    *ret_flaw = "it has no endpoint with these names, this port, this path and this --tls-name";
  return found;
}

static const json_t *find_port_check(const json_t *endpoint, const char **ret_flaw) {
  const json_t *checks = json_object_get(endpoint, "checks"), *found = NULL;
  for (size_t i = 0; i < json_array_size(checks); i++) {
    const json_t *check = json_array_get(checks, i);
    if (!has_text(check, "check", "port"))
      continue;
    if (found != NULL || !has_number(check, "severity", PL_SEVERITY_OK)) {
      *ret_flaw = "its port check was not OK";
      return NULL;
    }
    found = check;
  }
  if (found == NULL)
    *ret_flaw = "it has no port check";
  return found;
}

/* ---- the status without a key ---------------------------------------------------------------- */

static bool is_asked_without_key(const json_t *address) {
  return has_text(address, "role", "counter") ||
         (has_text(address, "role", "private") &&
          json_is_false(json_object_get(address, "with_key")));
}

static uint16_t status_of_try(const json_t *attempt) {
  const json_t *certificate = json_object_get(attempt, "certificate");
  json_int_t status = json_integer_value(json_object_get(attempt, "http_status"));
  bool verified = json_is_true(json_object_get(certificate, "chain_ok")) &&
                  json_is_true(json_object_get(certificate, "name_ok")) &&
                  has_text(certificate, "time", "valid");
  bool answered = has_text(attempt, "end", pl_end_info_at(PL_END_HTTP_ANSWER)->key);
  return verified && answered && status >= 100 && status <= 599 ? (uint16_t)status : 0;
}

/* The body is not known here, so such an answer may be a block. */
static bool may_be_a_block(const pl_spec *spec, uint16_t status) {
  for (size_t i = 0; i < spec->blocked_by.count; i++) {
    const pl_signature *signature = &spec->blocked_by.items[i];
    if (signature->kind == PL_SIGNATURE_HTTP && signature->status == status)
      return true;
  }
  return false;
}

static uint16_t private_answer(const json_t *check) {
  const json_t *addresses = json_object_get(check, "addresses");
  for (size_t i = 0; i < json_array_size(addresses); i++) {
    const json_t *address = json_array_get(addresses, i);
    if (!is_asked_without_key(address))
      continue;
    uint16_t status = status_of_try(json_array_get(json_object_get(address, "tries"), 0));
    if (status != 0)
      return status;
  }
  return 0;
}

/* ---- the file -------------------------------------------------------------------------------- */

static const char *read_root(const pl_spec *spec, const json_t *root, int64_t now,
                             pl_facts *facts) {
  const char *name = spec->private_name;
  if (name == NULL)
    name = pl_endpoint_private_name(facts->endpoint);
  if (name == NULL)
    return "--private-name is needed, to know which endpoint in it is meant";
  const char *flaw = flaw_of_age(root, now);
  const json_t *endpoint = flaw == NULL ? find_endpoint(root, spec, name, &flaw) : NULL;
  const json_t *check = endpoint != NULL ? find_port_check(endpoint, &flaw) : NULL;
  if (check == NULL)
    return flaw;
  facts->private_evidence.up = true;
  uint16_t answer = private_answer(check);
  facts->private_evidence.answer = answer;
  facts->private_evidence.status = may_be_a_block(spec, answer) ? 0 : answer;
  facts->private_evidence.problem[0] = '\0';
  return NULL;
}

void pl_private_evidence_judge(const pl_spec *spec, const char *text, size_t length, int64_t now,
                               pl_facts *facts) {
  json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
  const char *problem = root != NULL ? read_root(spec, root, now, facts) : "not valid JSON";
  if (problem != NULL)
    refuse(facts, problem);
  json_decref(root);
}

void pl_private_evidence_take(const pl_spec *spec, int64_t now, pl_facts *facts) {
  if (spec->private_evidence == NULL)
    return;
  pl_file_content file;
  pl_error error;
  if (pl_file_read_optional(spec->private_evidence, PL_LIMIT_PRIVATE_EVIDENCE, &file, &error) !=
      PL_OK) {
    refuse(facts, error.text);
    return;
  }
  if (file.text == NULL)
    refuse(facts, "there is no such file");
  else if ((file.mode & S_IWOTH) != 0)
    refuse(facts, "every user may write the file");
  else
    pl_private_evidence_judge(spec, file.text, file.length, now, facts);
  free(file.text);
}
