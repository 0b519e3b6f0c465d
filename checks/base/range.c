/* Parses, applies and prints threshold ranges. */
#include "base/range.h"
#include <math.h>
#include <string.h>

/* Below 10^15 the digits and the power of ten are exact as doubles, so one division rounds
 * correctly. strtod would depend on the locale. */
#define MAX_DIGITS 15
#define MAX_DECIMALS 9

/* Parses [-]digits[.digits]. The whole part or the fraction may be missing, but not both. */
static pl_status parse_number(const char *text, size_t length, double *ret_value) {
  bool negative = length > 0 && text[0] == '-';
  double value = 0, scale = 1;
  unsigned digits = 0, decimals = 0;
  bool point = false;
  for (size_t i = negative ? 1 : 0; i < length; i++) {
    if (text[i] == '.' && !point) {
      point = true;
      continue;
    }
    if (text[i] < '0' || text[i] > '9' || ++digits > MAX_DIGITS)
      return PL_ERR_INVALID;
    if (point && ++decimals > MAX_DECIMALS)
      return PL_ERR_INVALID;
    value = value * 10 + (text[i] - '0');
    scale = point ? scale * 10 : scale;
  }
  if (digits == 0 || (point && decimals == 0))
    return PL_ERR_INVALID;
  *ret_value = (negative ? -value : value) / scale;
  return PL_OK;
}

/* Parses the text before the colon. */
static pl_status parse_start(const char *text, size_t length, double *ret_start) {
  if (length == 0) {
    *ret_start = 0;
    return PL_OK;
  }
  if (length == 1 && text[0] == '~') {
    *ret_start = -(double)INFINITY;
    return PL_OK;
  }
  return parse_number(text, length, ret_start);
}

pl_status pl_range_parse(const char *text, pl_range *ret_range) {
  pl_range range = {.start = 0, .end = (double)INFINITY, .inside = text[0] == '@'};
  if (range.inside)
    text++;
  if (strcmp(text, ":") == 0)
    return PL_ERR_INVALID;
  const char *end = text;
  const char *colon = strchr(text, ':');
  if (colon != NULL) {
    pl_status status = parse_start(text, (size_t)(colon - text), &range.start);
    if (status != PL_OK)
      return status;
    end = colon + 1;
  }
  if (colon == NULL || *end != '\0') {
    pl_status status = parse_number(end, strlen(end), &range.end);
    if (status != PL_OK)
      return status;
  }
  if (range.start > range.end)
    return PL_ERR_INVALID;
  ret_range->start = range.start; /* one by one: see pl_list_share */
  ret_range->end = range.end;
  ret_range->inside = range.inside;
  return PL_OK;
}

bool pl_range_alerts(const pl_range *range, double value) {
  bool outside = value < range->start || value > range->end;
  return outside != range->inside;
}

static bool is_text_of(const char *text, double number) {
  double parsed;
  return parse_number(text, strlen(text), &parsed) == PL_OK && parsed == number;
}

/* Uses the fewest decimals that parse to the same number. */
static void add_bound(pl_buf *buf, double bound) {
  char text[MAX_DIGITS + MAX_DECIMALS + sizeof("-.")] = "";
  for (int decimals = 0; decimals <= MAX_DECIMALS && !is_text_of(text, bound); decimals++) {
    pl_buf number;
    pl_buf_fixed(&number, text, sizeof(text));
    pl_buf_add_number(&number, bound, decimals);
  }
  pl_buf_add(buf, text);
}

void pl_range_add(pl_buf *buf, const pl_range *range) {
  bool no_start = isinf(range->start);
  bool no_end = isinf(range->end);
  if (range->inside)
    pl_buf_add_char(buf, '@');
  if (no_start) {
    pl_buf_add(buf, "~:");
  } else if (range->start != 0 || no_end) {
    add_bound(buf, range->start);
    pl_buf_add_char(buf, ':');
  }
  if (!no_end)
    add_bound(buf, range->end);
}
