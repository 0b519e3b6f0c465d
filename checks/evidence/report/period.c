/* Reads a date, or an instant of RFC 3339. */
#include "evidence/report/period.h"
#include <string.h>

#define DAY (86400 * PL_SEC)
#define SECONDS_LENGTH (sizeof("2026-11-30T12:00:00") - 1)

/* Of a fraction with 1 to 9 digits, after its point. */
static bool take_fraction(const char **at, pl_nsec *ret_nsec) {
  pl_nsec unit = PL_SEC / 10, nsec = 0;
  const char *begin = *at;
  for (; **at >= '0' && **at <= '9' && unit > 0; (*at)++) {
    nsec += (**at - '0') * unit;
    unit /= 10;
  }
  *ret_nsec = nsec;
  return *at > begin;
}

/* "Z", "+01:00" or "-05:30", to the end. */
static bool parse_zone(const char *text, pl_nsec *ret_offset) {
  *ret_offset = 0;
  if ((text[0] == 'Z' || text[0] == 'z') && text[1] == '\0')
    return true;
  if ((text[0] != '+' && text[0] != '-') || strlen(text) != strlen("+01:00") || text[3] != ':')
    return false;
  for (unsigned i = 1; i < 6; i++) {
    if (i != 3 && (text[i] < '0' || text[i] > '9'))
      return false;
  }
  int hours = (text[1] - '0') * 10 + text[2] - '0', minutes = (text[4] - '0') * 10 + text[5] - '0';
  *ret_offset = (hours * INT64_C(3600) + minutes * INT64_C(60)) * PL_SEC;
  if (text[0] == '-')
    *ret_offset = -*ret_offset;
  return hours < 24 && minutes < 60;
}

bool pl_period_parse(const char *text, pl_period_end end, pl_nsec *ret_wall) {
  char whole[PL_LINE_TIME];
  pl_buf buf;
  pl_nsec wall, fraction = 0, offset = 0;
  size_t length = strlen(text);
  bool date = length == PL_DATE_LENGTH;
  if (!date && length <= SECONDS_LENGTH)
    return false;
  pl_buf_fixed(&buf, whole, sizeof(whole));
  pl_buf_add_bytes(&buf, text, date ? PL_DATE_LENGTH : SECONDS_LENGTH);
  pl_buf_add(&buf, date ? "T00:00:00.000000000Z" : ".000000000Z");
  if (!date && (whole[PL_DATE_LENGTH] == 't' || whole[PL_DATE_LENGTH] == ' '))
    whole[PL_DATE_LENGTH] = 'T'; /* section 5.6 */
  if (!pl_time_parse(whole, buf.length, &wall))
    return false;
  const char *rest = text + (date ? length : SECONDS_LENGTH);
  if (*rest == '.' && (rest++, !take_fraction(&rest, &fraction)))
    return false;
  if (!date && !parse_zone(rest, &offset))
    return false;
  wall += fraction - offset + (date && end == PL_PERIOD_TO ? DAY : 0);
  if (wall < 0)
    return false;
  *ret_wall = wall;
  return true;
}
