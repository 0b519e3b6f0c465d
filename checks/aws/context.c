/* Environment, deadlines, and texts that all parts of the AWS client need. */
#include "aws/context.h"
#include "base/file.h"
#include "base/limits.h"
#include "facts/partition.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#define NAP (50 * PL_MSEC) /* a cancellation is noticed after this time at most */

/* ---- secrets -------------------------------------------------------------------------------- */

void pl_aws_wipe_free(char *secret) {
  if (secret == NULL)
    return;
  explicit_bzero(secret, strlen(secret));
  free(secret);
}

/* Hexadecimal or base64 with the length of a key, and with a digit, which no long word has. */
static bool may_be_secret(const char *run, size_t length) {
  enum { SHORTEST = 32 };
  size_t digits = 0;
  for (size_t i = 0; i < length; i++)
    digits += run[i] >= '0' && run[i] <= '9';
  return length >= SHORTEST && digits > 0;
}

/* Length of the ARN at the beginning of the text ("Amazon Resource Names", IAM User Guide: account,
 * and a resource with its path); 0: there is none. */
static size_t arn_length(const char *text) {
  if (strncmp(text, "arn:aws", strlen("arn:aws")) != 0)
    return 0;
  return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:/+=,.@_-");
}

void pl_aws_hide_secrets(char *text) {
  static const char alphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  static const char instead[] = "...left out..."; /* shorter than what it replaces */
  char *out = text;
  while (*text != '\0') {
    size_t arn = arn_length(text), run = strspn(text, alphabet), length = run == 0 ? 1 : run;
    bool secret = arn == 0 && may_be_secret(text, run);
    length = arn > 0 ? arn : length;
    size_t kept = secret ? sizeof(instead) - 1 : length;
    memmove(out, secret ? instead : text, kept);
    out += kept;
    text += length;
  }
  *out = '\0';
}

/* ---- environment ---------------------------------------------------------------------------- */

/* Bytes that a value needs; 0 if it is not set, or empty. */
static size_t text_size(const char *value) {
  return value == NULL || *value == '\0' ? 0 : strlen(value) + 1;
}

static const char *copy_text(const char *value, char **cursor) {
  size_t size = text_size(value);
  if (size == 0)
    return NULL;
  char *copy = *cursor;
  memcpy(copy, value, size);
  *cursor += size;
  return copy;
}

pl_status pl_aws_environment_read(pl_aws_getenv get, void *user, char *const *process,
                                  pl_aws_environment *ret_environment) {
  pl_aws_environment environment = {.process = process, .texts_size = 1};
#define PL_AWS_SIZE(field, name) environment.texts_size += text_size(get(user, name));
  PL_AWS_VARIABLES(PL_AWS_SIZE)
#undef PL_AWS_SIZE
  environment.texts = pl_secret_alloc(environment.texts_size);
  if (environment.texts == NULL)
    return PL_ERR_MEMORY;
  char *cursor = environment.texts;
#define PL_AWS_COPY(field, name) environment.field = copy_text(get(user, name), &cursor);
  PL_AWS_VARIABLES(PL_AWS_COPY)
#undef PL_AWS_COPY
  *ret_environment = environment;
  return PL_OK;
}

void pl_aws_environment_free(pl_aws_environment *environment) {
  pl_secret_release(environment->texts, environment->texts_size);
  *environment = (pl_aws_environment){0};
}

char *pl_aws_path(const pl_aws_environment *environment, const char *path) {
  bool home = *path == '~' && (path[1] == '/' || path[1] == '\0') && environment->home != NULL;
  pl_buf whole;
  pl_buf_init(&whole, PL_LIMIT_CONFIG_LINE);
  pl_buf_addf(&whole, "%s%s", home ? environment->home : "", home ? path + 1 : path);
  char *copy = pl_buf_status(&whole) == PL_OK ? strdup(pl_buf_text(&whole)) : NULL;
  pl_buf_free(&whole);
  return copy;
}

bool pl_aws_flag(const char *text) {
  static const char *const yes[] = {"true", "1", "yes", "on"};
  for (size_t i = 0; text != NULL && i < PL_COUNT_OF(yes); i++) {
    if (strcasecmp(text, yes[i]) == 0)
      return true;
  }
  return false;
}

pl_status pl_aws_url(const char *service, const char *region, const pl_aws_environment *environment,
                     char *ret_url, size_t size) {
  char host[PL_LIMIT_HOST + 1];
  unsigned variant = PL_AWS_HOST_PLAIN;
  variant |= pl_aws_flag(environment->dual_stack) ? PL_AWS_HOST_DUAL_STACK : 0;
  variant |= pl_aws_flag(environment->fips) ? PL_AWS_HOST_FIPS : 0;
  pl_status status = pl_aws_host(service, region, variant, host, sizeof(host));
  if (status != PL_OK)
    return status;
  pl_buf url;
  pl_buf_fixed(&url, ret_url, size);
  pl_buf_addf(&url, "https://%s", host);
  return pl_buf_status(&url);
}

static bool is_cancelled(const pl_aws_context *context) {
  return context->cancel != NULL && atomic_load(context->cancel);
}

pl_nsec pl_aws_time_left(const pl_aws_context *context) {
  pl_nsec now = pl_clock_now(&context->clock);
  if (now >= context->deadline || is_cancelled(context))
    return 0;
  return context->deadline - now;
}

int64_t pl_aws_wall(const pl_aws_context *context) {
  return pl_clock_wall_seconds(&context->clock);
}

bool pl_aws_sleep(const pl_aws_context *context, pl_nsec duration) {
  while (duration > 0) {
    pl_nsec left = pl_aws_time_left(context);
    if (left == 0)
      return false;
    pl_nsec nap = duration < NAP ? duration : NAP;
    nap = nap < left ? nap : left;
    nanosleep(&(struct timespec){.tv_sec = nap / PL_SEC, .tv_nsec = nap % PL_SEC}, NULL);
    duration -= nap;
  }
  return true;
}

double pl_aws_random(void) {
  uint32_t bits = 0;
  /* Without entropy, only the jitter is missing. */
  if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != (ssize_t)sizeof(bits))
    bits = UINT32_MAX / 2;
  return (double)bits / ((double)UINT32_MAX + 1.0);
}

/* Whether the text begins like the pattern, in which 0 stands for any digit. */
static bool begins_like(const char *text, const char *pattern) {
  for (; *pattern != '\0'; text++, pattern++) {
    if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern)
      return false;
  }
  return true;
}

static int two_digits(const char *text) { return (text[0] - '0') * 10 + text[1] - '0'; }

bool pl_aws_time_parse(const char *text, int64_t *ret_time) {
  if (!begins_like(text, "0000-00-00T00:00:00"))
    return false;
  struct tm parts = {.tm_year = two_digits(text) * 100 + two_digits(text + 2) - 1900,
                     .tm_mon = two_digits(text + 5) - 1,
                     .tm_mday = two_digits(text + 8),
                     .tm_hour = two_digits(text + 11),
                     .tm_min = two_digits(text + 14),
                     .tm_sec = two_digits(text + 17)};
  if (parts.tm_mon < 0 || parts.tm_mon > 11 || parts.tm_mday < 1 || parts.tm_mday > 31 ||
      parts.tm_hour > 23 || parts.tm_min > 59 || parts.tm_sec > 60)
    return false;
  const char *rest = text + strlen("0000-00-00T00:00:00");
  int offset = 0; /* seconds east of Greenwich */
  if (*rest == '.')
    rest += 1 + strspn(rest + 1, "0123456789");
  bool colon = begins_like(rest, "+00:00") || begins_like(rest, "-00:00");
  if (colon || begins_like(rest, "+0000") || begins_like(rest, "-0000")) {
    const char *minutes = rest + strlen("+00") + colon;
    offset = two_digits(rest + 1) * 3600 + two_digits(minutes) * 60;
    offset = *rest == '-' ? -offset : offset;
    rest = minutes + strlen("00");
  } else if (*rest++ != 'Z') {
    return false;
  }
  if (*rest != '\0')
    return false;
  *ret_time = (int64_t)timegm(&parts) - offset;
  return true;
}

static void add_encoded(pl_buf *body, const char *text) {
  static const char hex[] = "0123456789ABCDEF";
  for (; *text != '\0'; text++) {
    const unsigned char c = (unsigned char)*text;
    bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                 c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      pl_buf_add_char(body, (char)c);
      continue;
    }
    pl_buf_add_char(body, '%');
    pl_buf_add_char(body, hex[c >> 4]);
    pl_buf_add_char(body, hex[c & 15]);
  }
}

void pl_aws_form_add(pl_buf *body, const char *name, const char *value) {
  if (body->length > 0)
    pl_buf_add_char(body, '&');
  add_encoded(body, name);
  pl_buf_add_char(body, '=');
  add_encoded(body, value);
}
