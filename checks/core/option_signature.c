/* --blocked-by: the signs of a block. */
#include "core/option_internal.h"
#include <regex.h>
#include <stdlib.h>
#include <string.h>

static bool is_http_regex(const char *text) {
  return strncmp(text, "http:", 5) == 0 && strcspn(text + 5, ":") < strcspn(text + 5, ",");
}

/* ---- what a regular expression costs --------------------------------------------------------- */

/* A group that is open, or the whole expression. */
typedef struct group {
  size_t size; /* with all repetitions written out */
  size_t last; /* of it, what a repetition that comes next would repeat */
} group;

static void add_atom(group *to, size_t size) {
  to->size += size;
  to->last = size;
}

static void repeat(group *in, size_t times) {
  in->size += in->last * (times - 1);
  in->last *= times;
}

/* Digits at `*text`, which is moved behind them; at most PL_LIMIT_REGEX_SIZE + 1. */
static size_t parse_count(const char **text) {
  size_t count = 0;
  for (; **text >= '0' && **text <= '9'; (*text)++) {
    count = count * 10 + (size_t)(**text - '0');
    if (count > PL_LIMIT_REGEX_SIZE)
      count = PL_LIMIT_REGEX_SIZE + 1;
  }
  return count;
}

/* How often "{m,n}" at `braces` makes glibc write down what stands before it. */
static size_t times_of(const char *braces) {
  const char *digits = braces + 1;
  size_t first = parse_count(&digits);
  digits += *digits == ',';
  size_t second = parse_count(&digits);
  size_t most = second > first ? second : first;
  return most > 1 ? most : 1;
}

/* The last byte of the bracket expression that begins at `c`; `c` where it has no end, which
 * regcomp will say. "]" is an ordinary character at its beginning and inside [:class:], [.x.] and
 * [=x=]. */
static const char *end_of_brackets(const char *c) {
  const char *at = c + 1;
  at += *at == '^';
  for (bool first = true; *at != '\0' && (first || *at != ']'); first = false, at++) {
    if (*at != '[' || at[1] == '\0' || strchr(":.=", at[1]) == NULL)
      continue;
    const char end[] = {at[1], ']', '\0'};
    at = strstr(at + 2, end);
    if (at == NULL)
      return c;
    at++;
  }
  return *at == ']' ? at : c;
}

/* glibc compiles a repetition by writing its object down once more: "+" twice, {m,n} n times, and
 * one inside another, or behind it, multiplies. A back-reference, which POSIX does not have in
 * extended expressions, makes it try every way to match. */
static bool regex_is_costly(const char *regex) {
  group groups[PL_LIMIT_REGEX + 1] = {{0}};
  group *open = groups;
  for (const char *c = regex; *c != '\0'; c++) {
    if (*c == '\\' && c[1] >= '1' && c[1] <= '9')
      return true;
    if (*c == '(') {
      *++open = (group){0};
    } else if (*c == ')' && open > groups) {
      open--;
      add_atom(open, open[1].size);
    } else if (*c == '+') {
      repeat(open, 2);
    } else if (*c == '{') {
      repeat(open, times_of(c));
    } else {
      add_atom(open, 1);
      if (*c == '[')
        c = end_of_brackets(c);
      else if (*c == '\\' && c[1] != '\0')
        c++;
    }
    if (open->size > PL_LIMIT_REGEX_SIZE)
      return true;
  }
  return false;
}

/* ---- parsing --------------------------------------------------------------------------------- */

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
  if (regex_is_costly(regex))
    return pl_option_refuse(error, regex,
                            " has a back-reference, or more than %d characters where its "
                            "repetitions are written out",
                            PL_LIMIT_REGEX_SIZE);
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
