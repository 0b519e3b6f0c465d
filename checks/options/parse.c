/* Reads the value of an option that is no list, and checks what strings hold. */
#include "options/parse.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SHOWN 80 /* bytes of a value that a message repeats */

_Static_assert(sizeof(pl_depth) == sizeof(int) && sizeof(pl_expect_public) == sizeof(int) &&
                   sizeof(pl_expect_dns) == sizeof(int) && sizeof(pl_severity) == sizeof(int) &&
                   sizeof(pl_further_names) == sizeof(int),
               "pl_parse_word stores enums as int");
_Static_assert(offsetof(pl_spec, certificate_critical) ==
                   offsetof(pl_spec, certificate_warning) + sizeof(unsigned),
               "pl_parse_certificate stores both");

/* A long value is cut, so that the rest of the message fits. */
pl_status pl_value_fail(pl_error *error, const char *value, const char *format, ...) {
  char shown[SHOWN + 1], problem[sizeof(error->text)];
  pl_buf cut, text;
  pl_buf_fixed(&cut, shown, sizeof(shown));
  pl_buf_add(&cut, value);
  pl_buf_fixed(&text, problem, sizeof(problem));
  va_list args;
  va_start(args, format);
  pl_buf_addv(&text, format, args);
  va_end(args);
  return pl_fail(error, PL_ERR_INVALID, "'%s%s'%s", shown, cut.truncated ? "..." : "", problem);
}

/* ---- scalars -------------------------------------------------------------------------------- */

/* The text of an option that takes exactly one argument. */
static pl_status single(const pl_input *input, const char **ret_text, pl_error *error) {
  if (input->count != 1)
    return pl_fail(error, PL_ERR_INVALID, "takes one value");
  if (strlen(input->arguments[0]) > PL_LIMIT_VALUE)
    return pl_fail(error, PL_ERR_LIMIT, "takes at most %d bytes", PL_LIMIT_VALUE);
  *ret_text = input->arguments[0];
  return PL_OK;
}

static bool quotes_value(const char *value, const char *quoted, size_t length) {
  char text[sizeof(((pl_error *)0)->text)];
  pl_buf buf;
  pl_buf_fixed(&buf, text, sizeof(text));
  pl_buf_add_bytes(&buf, quoted, length);
  return length > 0 && strstr(value, text) != NULL;
}

void pl_error_redact(pl_error *error, const char *value) {
  pl_error original = *error;
  pl_buf buf;
  pl_buf_fixed(&buf, error->text, sizeof(error->text));
  const char *rest = original.text, *open;
  while ((open = strchr(rest, '\'')) != NULL) {
    /* A value with a quote in it makes it unclear where what is quoted ends. */
    const char *end = strchr(value, '\'') != NULL ? strrchr(open, '\'') : strchr(open + 1, '\'');
    if (end == NULL || end == open)
      break;
    pl_buf_add_bytes(&buf, rest, (size_t)(open + 1 - rest));
    size_t length = (size_t)(end - open - 1);
    if (strchr(value, '\'') != NULL || quotes_value(value, open + 1, length))
      pl_buf_add(&buf, "...");
    else
      pl_buf_add_bytes(&buf, open + 1, length);
    pl_buf_add_char(&buf, '\'');
    rest = end + 1;
  }
  pl_buf_add(&buf, rest);
}

/* strtod() accepts "0x1p3", "inf" and blanks too. */
bool pl_decimal_parse(const char *text, bool fraction, double *ret_value) {
  size_t digits = strspn(text, PL_DIGITS);
  const char *end = text + digits;
  double value = 0;
  for (const char *c = text; c < end; c++)
    value = value * 10 + (*c - '0');
  if (fraction && *end == '.') {
    double place = 1;
    for (end++; *end >= '0' && *end <= '9'; end++) {
      place /= 10;
      value += (*end - '0') * place;
      digits++;
    }
  }
  if (digits == 0 || digits > 15 || *end != '\0')
    return false;
  *ret_value = value;
  return true;
}

static pl_status parse_bounded(const pl_input *input, bool fraction, double *ret_value,
                               pl_error *error) {
  const char *text;
  pl_status status = single(input, &text, error);
  if (status != PL_OK)
    return status;
  double value;
  if (!pl_decimal_parse(text, fraction, &value) || value < input->rule->min ||
      value > input->rule->max)
    return pl_value_fail(error, text, " is not a %s from %g to %g",
                         fraction ? "number" : "whole number", input->rule->min, input->rule->max);
  *ret_value = value;
  return PL_OK;
}

pl_status pl_parse_flag(const pl_input *input, pl_error *error) {
  const char *text = "yes";
  pl_status status = input->count == 0 ? PL_OK : single(input, &text, error);
  if (status != PL_OK)
    return status;
  int word = pl_word_find(text, "yes|no|true|false|on|off");
  if (word < 0)
    return pl_value_fail(error, text, " is neither yes nor no");
  *(bool *)input->target = word % 2 == 0;
  return PL_OK;
}

pl_status pl_parse_string(const pl_input *input, pl_error *error) {
  const char *text;
  pl_status status = single(input, &text, error);
  if (status != PL_OK)
    return status;
  if (!input->rule->valid(text))
    return pl_value_fail(error, text, " is not %s", input->rule->wanted);
  char *copy = strdup(text);
  if (copy == NULL)
    return pl_fail_memory(error);
  char **target = input->target;
  free(*target);
  *target = copy;
  return PL_OK;
}

pl_status pl_parse_unsigned(const pl_input *input, pl_error *error) {
  double value = 0;
  pl_status status = parse_bounded(input, false, &value, error);
  if (status == PL_OK)
    *(unsigned *)input->target = (unsigned)value;
  return status;
}

pl_status pl_parse_port(const pl_input *input, pl_error *error) {
  double value = 0;
  pl_status status = parse_bounded(input, false, &value, error);
  if (status == PL_OK)
    *(uint16_t *)input->target = (uint16_t)value;
  return status;
}

pl_status pl_parse_seconds(const pl_input *input, pl_error *error) {
  double value = 0;
  pl_status status = parse_bounded(input, true, &value, error);
  /* Without llround(), which would need libm. */
  if (status == PL_OK)
    *(pl_nsec *)input->target = (pl_nsec)(value * (double)PL_SEC + 0.5);
  return status;
}

pl_status pl_parse_number(const pl_input *input, pl_error *error) {
  return parse_bounded(input, true, input->target, error);
}

int pl_word_find(const char *text, const char *words) {
  for (int i = 0;; i++) {
    size_t length = strcspn(words, "|");
    if (length == strlen(text) && strncasecmp(text, words, length) == 0)
      return i;
    if (words[length] == '\0')
      return -1;
    words += length + 1;
  }
}

pl_status pl_word_fail(const char *text, const char *words, pl_error *error) {
  char storage[256];
  pl_buf list;
  pl_buf_fixed(&list, storage, sizeof(storage));
  for (const char *word = words; *word != '\0';) {
    size_t length = strcspn(word, "|");
    pl_buf_add(&list, word == words ? "" : word[length] != '\0' ? ", " : " or ");
    pl_buf_add_bytes(&list, word, length);
    word += length + (word[length] != '\0');
  }
  return pl_value_fail(error, text, " is not one of %s", pl_buf_text(&list));
}

pl_status pl_parse_word(const pl_input *input, pl_error *error) {
  const char *text;
  pl_status status = single(input, &text, error);
  if (status != PL_OK)
    return status;
  int found = pl_word_find(text, input->words);
  if (found < 0)
    return pl_word_fail(text, input->words, error);
  memcpy(input->target, &found, sizeof(found));
  return PL_OK;
}

pl_status pl_parse_preset(const pl_input *input, pl_error *error) {
  const char *text;
  pl_status status = single(input, &text, error);
  if (status != PL_OK)
    return status;
  const pl_preset *preset = pl_preset_find(text);
  if (preset != NULL) {
    *(const pl_preset **)input->target = preset;
    return PL_OK;
  }
  char storage[256];
  pl_buf names;
  pl_buf_fixed(&names, storage, sizeof(storage));
  for (size_t i = 0; pl_preset_at(i) != NULL; i++)
    pl_buf_addf(&names, "%s%s", i == 0 ? "" : "|", pl_preset_at(i)->name);
  return pl_word_fail(text, pl_buf_text(&names), error);
}

/* WARN,CRIT in one argument, or in two as collectd.conf has lists. */
pl_status pl_parse_certificate(const pl_input *input, pl_error *error) {
  const char *text = "";
  pl_status status = input->count == 2 ? PL_OK : single(input, &text, error);
  if (status != PL_OK)
    return status;
  char first[17] = ""; /* longer than any number */
  const char *comma = strchr(text, ','), *second = "";
  if (input->count == 2) {
    text = input->arguments[0];
    memcpy(first, text, strnlen(text, sizeof(first) - 1));
    second = input->arguments[1];
  } else if (comma != NULL) {
    size_t length = (size_t)(comma - text);
    memcpy(first, text, length < sizeof(first) ? length : sizeof(first) - 1);
    second = comma + 1 + strspn(comma + 1, PL_BLANKS);
  }
  double days[2];
  if (!pl_decimal_parse(first, false, &days[0]) || !pl_decimal_parse(second, false, &days[1]) ||
      days[0] > input->rule->max || days[1] > days[0])
    return pl_value_fail(error, text,
                         " is not WARN,CRIT as whole days, with WARN at least CRIT and at most %g",
                         input->rule->max);
  unsigned *target = input->target; /* certificate_warning, certificate_critical */
  target[0] = (unsigned)days[0];
  target[1] = (unsigned)days[1];
  return PL_OK;
}

/* ---- parts of a value ----------------------------------------------------------------------- */

bool pl_host_port_parse(const char *text, char host[PL_LIMIT_HOST + 1], uint16_t *ret_port) {
  pl_sockaddr numeric;
  if (pl_sockaddr_parse(text, 0, &numeric) == PL_OK) {
    char address[PL_ADDR_TEXT];
    pl_addr_format(&numeric.address, address);
    memcpy(host, address, sizeof(address));
    *ret_port = numeric.port;
    return true;
  }
  const char *colon = strrchr(text, ':');
  size_t length = colon != NULL ? (size_t)(colon - text) : strlen(text);
  double port = 0;
  if (length > PL_LIMIT_HOST || (colon != NULL && (!pl_decimal_parse(colon + 1, false, &port) ||
                                                   port < 1 || port > UINT16_MAX)))
    return false;
  memcpy(host, text, length);
  host[length] = '\0';
  if (!pl_host_valid(host))
    return false;
  if (host[length - 1] == '.')
    host[length - 1] = '\0';
  *ret_port = (uint16_t)port;
  return true;
}

bool pl_http_status_parse(const char *text, size_t length, uint16_t *ret_status) {
  if (length != 3 || strspn(text, PL_DIGITS) < 3 || text[0] < '1' || text[0] > '5')
    return false;
  *ret_status = (uint16_t)((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
  return true;
}

/* ---- strings -------------------------------------------------------------------------------- */

static bool only(const char *text, const char *allowed, size_t min, size_t max) {
  size_t length = strlen(text);
  return length >= min && length <= max && strspn(text, allowed) == length;
}

static bool visible(const char *text, size_t max) {
  size_t length = strlen(text);
  for (size_t i = 0; i < length; i++) {
    if (text[i] <= ' ' || text[i] > '~')
      return false;
  }
  return length > 0 && length <= max;
}

bool pl_valid_name(const char *text) {
  return only(text, PL_LOWER PL_UPPER PL_DIGITS "_.-", 1, PL_LIMIT_NAME);
}

bool pl_valid_path(const char *text) {
  return text[0] == '/' && visible(text, PL_LIMIT_PATH) && strchr(text, '#') == NULL;
}

bool pl_valid_file(const char *text) {
  for (const char *c = text; *c != '\0'; c++) {
    if ((unsigned char)*c < ' ')
      return false;
  }
  return text[0] != '\0';
}

bool pl_valid_scheme(const char *text) {
  return only(text, PL_LOWER PL_UPPER PL_DIGITS "!#$%&'*+-.^_`|~", 1, PL_LIMIT_NAME);
}

/* Also several labels: "acme-prod.eu-west-1". */
bool pl_valid_label(const char *text) { return strchr(text, '_') == NULL && pl_host_valid(text); }

bool pl_valid_user_agent(const char *text) {
  size_t length = strlen(text);
  if (length == 0 || length > 256 || text[0] == ' ' || text[length - 1] == ' ')
    return false;
  for (const char *c = text; *c != '\0'; c++) {
    if (*c < ' ' || *c > '~')
      return false;
  }
  return true;
}

bool pl_valid_endpoint_id(const char *text) {
  return strncmp(text, "vpce-", 5) == 0 && only(text + 5, PL_LOWER PL_DIGITS, 8, 32);
}

bool pl_valid_region(const char *text) {
  size_t length = strlen(text);
  if (!only(text, PL_LOWER PL_DIGITS "-", 9, 32) || strspn(text, PL_LOWER) < 2)
    return false;
  const char *last = strrchr(text, '-');
  return strchr(text, '-') != last && only(last + 1, PL_DIGITS, 1, 2) && text[length - 1] != '-' &&
         strstr(text, "--") == NULL;
}

bool pl_valid_service_name(const char *text) {
  return pl_host_valid(text) && strchr(text, '.') != NULL && text[strlen(text) - 1] != '.';
}

bool pl_valid_host_or_address(const char *text) {
  pl_addr address;
  return pl_host_valid(text) || pl_addr_parse(text, &address) == PL_OK;
}

bool pl_valid_profile(const char *text) {
  return pl_valid_file(text) && strpbrk(text, "[]") == NULL && strlen(text) <= PL_LIMIT_HOST;
}

bool pl_valid_role_arn(const char *text) {
  return strncmp(text, "arn:aws", 7) == 0 && strstr(text, ":iam::") != NULL &&
         strstr(text, ":role/") != NULL && visible(text, 2048);
}

bool pl_valid_external_id(const char *text) {
  return only(text, PL_LOWER PL_UPPER PL_DIGITS "_+=,.@:/-", 2, 1224);
}

bool pl_valid_url(const char *text) {
  size_t scheme = strncmp(text, "https://", 8) == 0 ? 8 : strncmp(text, "http://", 7) == 0 ? 7 : 0;
  if (scheme == 0 || !visible(text, PL_LIMIT_PATH) || strpbrk(text, "?#@") != NULL)
    return false;
  char authority[PL_LIMIT_HOST + sizeof(":65535")], host[PL_LIMIT_HOST + 1];
  size_t length = strcspn(text + scheme, "/");
  if (length >= sizeof(authority))
    return false;
  memcpy(authority, text + scheme, length);
  authority[length] = '\0';
  uint16_t port;
  if (!pl_host_port_parse(authority, host, &port))
    return false;
  pl_addr address;
  const bool loopback =
      strcasecmp(host, "localhost") == 0 ||
      (pl_addr_parse(host, &address) == PL_OK && pl_addr_classify(&address) == PL_ADDR_LOOPBACK);
  return loopback || strncmp(text, "https://", 8) == 0;
}
