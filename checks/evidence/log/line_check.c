/* Verifies one line of the evidence log by itself. */
#include "evidence/log/line_check.h"
#include "evidence/log/entry.h"
#include <stdlib.h>
#include <string.h>

#define VERDICT_MAX ((size_t)8192) /* bytes of pl_entry_add_verdict */

static pl_status check_signature(const pl_log_line_checker *checker, const pl_log_line_check *check,
                                 pl_error *error) {
  const pl_log_line *line = &check->line;
  uint8_t signature[PL_SIGNATURE_BYTES];
  if (line->sig.length != 2 * sizeof(signature) ||
      !pl_hex_parse(line->sig.at, line->sig.length, signature))
    return pl_fail(error, PL_ERR_INVALID, "the signature is damaged");
  if (checker->keys == NULL)
    return PL_OK;
  const pl_signing_key *key = pl_public_keys_find(checker->keys, line->key);
  if (key == NULL)
    return pl_fail(error, PL_ERR_INVALID, "signed with another key: %.*s", (int)line->key.length,
                   line->key.at);
  if (!pl_signing_verify(key, check->text.at, line->signed_length, signature))
    return pl_fail(error, PL_ERR_INVALID, "the signature is not good");
  return PL_OK;
}

static pl_status check_anchor(const pl_log_line_checker *checker, pl_log_line_check *check,
                              pl_error *error) {
  size_t length;
  uint8_t *response = malloc(PL_LIMIT_TIME_STAMP);
  if (response == NULL)
    return PL_ERR_MEMORY;
  pl_status status;
  if (pl_base64_parse(check->line.response, response, &length))
    status = pl_anchor_read(response, length, &check->anchor, error);
  else
    status = pl_fail(error, PL_ERR_INVALID, "the time stamp is damaged");
  if (status == PL_OK && checker->config->ca_file != NULL)
    status = pl_anchor_verify(response, length, checker->config->ca_file, error);
  free(response);
  return status;
}

/* Whether a line of this version must give the same verdict again. */
static bool is_own_version(const pl_log_line_checker *checker, pl_slice by) {
  const char *version = checker->config->version;
  size_t length = strlen(version);
  return by.length > length && by.at[by.length - length - 1] == ' ' &&
         memcmp(by.at + by.length - length, version, length) == 0;
}

static pl_status judge_again(const pl_log_line_checker *checker, pl_log_line_check *check,
                             pl_verdict *verdict, pl_error *error) {
  const pl_log_line *line = &check->line;
  char storage[VERDICT_MAX];
  pl_buf text;
  pl_error why = {""};
  pl_buf_fixed(&text, storage, sizeof(storage));
  pl_status status = checker->config->judge(line->facts.at, line->facts.length, verdict, &why);
  if (status == PL_ERR_MEMORY)
    return status;
  if (status == PL_OK)
    pl_entry_add_verdict(&text, verdict);
  bool same = status == PL_OK && pl_slice_is(line->verdict, storage);
  check->judged = same ? PL_JUDGED_SAME : PL_JUDGED_OTHER;
  if (same || !is_own_version(checker, line->by))
    return PL_OK;
  if (status != PL_OK)
    return pl_fail(error, PL_ERR_INVALID, "the facts of %.*s can't be read: %s",
                   (int)line->endpoint.length, line->endpoint.at, why.text);
  return pl_fail(error, PL_ERR_INVALID, "the facts of %.*s give another verdict: %.300s",
                 (int)line->endpoint.length, line->endpoint.at, storage);
}

static pl_status check_verdict(const pl_log_line_checker *checker, pl_log_line_check *check,
                               pl_error *error) {
  if (checker->config->judge == NULL)
    return PL_OK;
  pl_verdict *verdict = malloc(sizeof(*verdict));
  if (verdict == NULL)
    return PL_ERR_MEMORY;
  pl_status status = judge_again(checker, check, verdict, error);
  free(verdict);
  return status;
}

static pl_status check_parts(const pl_log_line_checker *checker, pl_log_line_check *check,
                             pl_error *error) {
  pl_status status = pl_log_line_parse(check->text.at, check->text.length, &check->line, error);
  check->read = status == PL_OK;
  if (status != PL_OK || check->torn)
    return status;
  if (check->line.type == PL_LINE_SIGNATURE)
    return check_signature(checker, check, error);
  if (check->line.type == PL_LINE_ANCHOR)
    return check_anchor(checker, check, error);
  if (check->line.type == PL_LINE_VERDICT)
    return check_verdict(checker, check, error);
  return PL_OK;
}

bool pl_log_line_check_run(const pl_log_line_checker *checker, pl_log_line_check *check) {
  pl_error why = {""};
  check->hash = pl_sha256_of(check->text.at, check->text.length);
  pl_status status = check_parts(checker, check, &why);
  if (status == PL_OK)
    return true;
  if (status == PL_ERR_MEMORY)
    return false;
  check->why = strdup(why.text);
  return check->why != NULL;
}
