#include "options/parse.h"
#include "options/parse_internal.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SHOWN 80 /* bytes of a value that a message repeats */

/* A long value is cut: what would be right must fit, too. */
pl_status pl_option_refuse(pl_error *error, const char *value, const char *format, ...) {
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

/* Scalars take exactly one argument. */
static pl_status single(const pl_input *input, const char **ret_text, pl_error *error) {
  if (input->count != 1)
    return pl_fail(error, PL_ERR_INVALID, "takes one value");
  if (strlen(input->arguments[0]) > PL_LIMIT_VALUE)
    return pl_fail(error, PL_ERR_LIMIT, "takes at most %d bytes", PL_LIMIT_VALUE);
  *ret_text = input->arguments[0];
  return PL_OK;
}

/* strtod alone would take "0x1p3", "inf" and blanks. */
bool pl_option_decimal(const char *text, bool fraction, double *ret_value) {
  size_t digits = strspn(text, "0123456789");
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
  if (!pl_option_decimal(text, fraction, &value) || value < input->min || value > input->max)
    return pl_option_refuse(error, text, " is not a %s from %g to %g",
                            fraction ? "number" : "whole number", input->min, input->max);
  *ret_value = value;
  return PL_OK;
}

pl_status pl_parse_flag(const pl_input *input, pl_error *error) {
  static const struct {
    const char *word;
    bool value;
  } words[] = {{"yes", true},    {"no", false}, {"true", true},
               {"false", false}, {"on", true},  {"off", false}};
  if (input->count == 0) {
    *(bool *)input->target = true;
    return PL_OK;
  }
  const char *text;
  pl_status status = single(input, &text, error);
  if (status != PL_OK)
    return status;
  for (size_t i = 0; i < PL_COUNT_OF(words); i++) {
    if (strcasecmp(text, words[i].word) == 0) {
      *(bool *)input->target = words[i].value;
      return PL_OK;
    }
  }
  return pl_option_refuse(error, text, " is neither yes nor no");
}

pl_status pl_parse_string(const pl_input *input, pl_error *error) {
  const char *text;
  pl_status status = single(input, &text, error);
  if (status != PL_OK)
    return status;
  if (!input->valid(text))
    return pl_option_refuse(error, text, " is not %s", input->wanted);
  char *copy = strdup(text);
  if (copy == NULL)
    return pl_fail(error, PL_ERR_MEMORY, "out of memory");
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
  /* llround() would be all that libm is loaded for. */
  if (status == PL_OK)
    *(pl_nsec *)input->target = (pl_nsec)(value * (double)PL_SEC + 0.5);
  return status;
}

pl_status pl_parse_number(const pl_input *input, pl_error *error) {
  return parse_bounded(input, true, input->target, error);
}

static void add_words(pl_buf *buf, const char *const *words) {
  for (size_t i = 0; words[i] != NULL; i++)
    pl_buf_addf(buf, "%s%s", i == 0 ? "" : words[i + 1] != NULL ? ", " : " or ", words[i]);
}

int pl_option_find_word(const char *text, const char *const *words) {
  for (int i = 0; words[i] != NULL; i++) {
    if (strcasecmp(text, words[i]) == 0)
      return i;
  }
  return -1;
}

pl_status pl_option_fail_words(const char *text, const char *const *words, pl_error *error) {
  char storage[256];
  pl_buf list;
  pl_buf_fixed(&list, storage, sizeof(storage));
  add_words(&list, words);
  return pl_option_refuse(error, text, " is none of %s", pl_buf_text(&list));
}

/* Enums of the spec are stored through an int: their values are the places of their words. */
pl_status pl_parse_word(const pl_input *input, pl_error *error) {
  const char *text;
  pl_status status = single(input, &text, error);
  if (status != PL_OK)
    return status;
  int found = pl_option_find_word(text, input->words);
  if (found < 0)
    return pl_option_fail_words(text, input->words, error);
  memcpy(input->target, &found, sizeof(found));
  return PL_OK;
}

pl_status pl_parse_preset(const pl_input *input, pl_error *error) {
  const char *text;
  pl_status status = single(input, &text, error);
  if (status != PL_OK)
    return status;
  const pl_preset *preset = pl_preset_find(text);
  if (preset == NULL) {
    const char *names[32] = {0};
    for (size_t i = 0; i + 1 < PL_COUNT_OF(names) && pl_preset_at(i) != NULL; i++)
      names[i] = pl_preset_at(i)->name;
    return pl_option_fail_words(text, names, error);
  }
  *(const pl_preset **)input->target = preset;
  return PL_OK;
}

/* WARN,CRIT in one argument, or each in its own, as collectd.conf has lists. */
pl_status pl_parse_certificate(const pl_input *input, pl_error *error) {
  const char *text = "";
  pl_status status = input->count == 2 ? PL_OK : single(input, &text, error);
  if (status != PL_OK)
    return status;
  char first[17] = ""; /* more digits than a number may have */
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
  if (!pl_option_decimal(first, false, &days[0]) || !pl_option_decimal(second, false, &days[1]) ||
      days[0] > input->max || days[1] > days[0])
    return pl_option_refuse(
        error, text, " is not WARN,CRIT in whole days, with WARN at least CRIT and at most %g",
        input->max);
  unsigned *target = input->target; /* certificate_warning, certificate_critical */
  target[0] = (unsigned)days[0];
  target[1] = (unsigned)days[1];
  return PL_OK;
}
