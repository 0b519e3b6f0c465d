/* --blocked-by: the signs of a block. */
#include "options/parse_internal.h"
#include "options/regex_cost.h"
#include <regex.h>
#include <stdlib.h>
#include <string.h>

static bool is_http_regex(const char *text) {
  return strncmp(text, "http:", 5) == 0 && strcspn(text + 5, ":") < strcspn(text + 5, ",");
}

static pl_status parse_http_signature(const char *text, pl_signature *signature, pl_error *error) {
  const char *status = text + strlen("http:");
  const char *colon = strchr(status, ':');
  size_t length = colon != NULL ? (size_t)(colon - status) : strlen(status);
  if (!pl_option_http_status(status, length, &signature->status) || signature->status < 200)
    return pl_option_refuse(error, text, ": http: takes a final status, 200 to 599");
  if (colon == NULL) {
    if (signature->status < 400)
      return pl_option_refuse(
          error, text, ": a 2xx or 3xx needs a body, http:%u:REGEX, since an open door answers so",
          signature->status);
    return PL_OK;
  }
  const char *regex = colon + 1;
  if (*regex == '\0' || strlen(regex) > PL_LIMIT_REGEX)
    return pl_option_refuse(error, text, ": REGEX has 1 to %d bytes", PL_LIMIT_REGEX);
  const char *flaw = pl_regex_flaw(regex);
  if (flaw != NULL)
    return pl_option_refuse(error, regex, " %s", flaw);
  regex_t compiled;
  if (regcomp(&compiled, regex, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
    return pl_option_refuse(error, regex, " is not a POSIX extended regular expression");
  /* One that matches nothing at all would match every body. */
  bool matches_empty = regexec(&compiled, "", 0, NULL, 0) == 0;
  regfree(&compiled);
  if (matches_empty)
    return pl_option_refuse(error, regex, " matches an empty body, so it proves nothing");
  signature->regex = strdup(regex);
  return signature->regex != NULL ? PL_OK : pl_fail(error, PL_ERR_MEMORY, "out of memory");
}

static pl_status parse_alert_signature(const char *text, pl_signature *signature, pl_error *error) {
  const char *number = text + strlen("tls:alert=");
  double alert;
  if (!pl_option_decimal(number, false, &alert) || alert > 255)
    return pl_option_refuse(error, text, ": an alert is a number from 0 to 255 (RFC 8446)");
  signature->alert = (int16_t)alert;
  return PL_OK;
}

static const struct {
  const char *text;
  pl_signature_kind kind;
} plain_signatures[] = {
    {"tls:reset", PL_SIGNATURE_TLS_RESET},       {"tls:alert", PL_SIGNATURE_TLS_ALERT},
    {"tcp:refused", PL_SIGNATURE_TCP_REFUSED},   {"tcp:timeout", PL_SIGNATURE_TCP_TIMEOUT},
    {"tcp:rejected", PL_SIGNATURE_TCP_REJECTED}, {"dns:nxdomain", PL_SIGNATURE_DNS_NXDOMAIN},
};

static pl_status parse_signature(const char *text, const pl_input *input, void *out,
                                 pl_error *error) {
  pl_signature signature = {.evidence = input->evidence, .alert = -1};
  pl_status status = PL_OK;
  if (strncmp(text, "http:", 5) == 0) {
    signature.kind = PL_SIGNATURE_HTTP;
    status = parse_http_signature(text, &signature, error);
  } else if (strncmp(text, "tls:alert=", 10) == 0) {
    signature.kind = PL_SIGNATURE_TLS_ALERT;
    status = parse_alert_signature(text, &signature, error);
  } else {
    size_t i = 0;
    while (i < PL_COUNT_OF(plain_signatures) && strcmp(text, plain_signatures[i].text) != 0)
      i++;
    if (i == PL_COUNT_OF(plain_signatures))
      return pl_option_refuse(
          error, text,
          " is none of http:STATUS, http:STATUS:REGEX, tls:reset, tls:alert[=N], "
          "tcp:refused, tcp:timeout, tcp:rejected, dns:nxdomain");
    signature.kind = plain_signatures[i].kind;
  }
  if (status == PL_OK)
    memcpy(out, &signature, sizeof(signature));
  return status;
}

pl_status pl_parse_signatures(const pl_input *input, pl_error *error) {
  static const pl_list_rule rule = {.of = &pl_list_of_signatures,
                                    .max = PL_LIMIT_LIST,
                                    .parse = parse_signature,
                                    .to_the_end = is_http_regex};
  return pl_option_parse_list(&rule, input, error);
}

void pl_signature_add(pl_buf *buf, const pl_signature *signature) {
  if (signature->kind == PL_SIGNATURE_HTTP) {
    pl_buf_addf(buf, "http:%u", signature->status);
    if (signature->regex != NULL)
      pl_buf_addf(buf, ":%s", signature->regex);
    return;
  }
  for (size_t i = 0; i < PL_COUNT_OF(plain_signatures); i++) {
    if (plain_signatures[i].kind == signature->kind)
      pl_buf_add(buf, plain_signatures[i].text);
  }
  if (signature->kind == PL_SIGNATURE_TLS_ALERT && signature->alert >= 0)
    pl_buf_addf(buf, "=%d", signature->alert);
}
