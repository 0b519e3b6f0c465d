/* How the text of an option becomes a value: one parser per type, between options.c and nobody
 * else. Every parser either stores a whole new value or leaves the old one alone; what is wrong is
 * said as "what would be right", and options.c puts the option's name in front.
 */
#ifndef PL_OPTIONS_PARSE_H
#define PL_OPTIONS_PARSE_H

#include "options/spec.h"

/* One occurrence of an option: its arguments, and where its value goes. */
typedef struct pl_input {
  const char *const *arguments;
  size_t count;
  void *target;                    /* the field of the spec */
  bool append;                     /* keep the items that are there */
  double min, max;                 /* numbers */
  uint16_t port;                   /* default port of addresses */
  pl_evidence evidence;            /* of signatures */
  const char *const *words;        /* enums: words in order of their values, NULL behind the last */
  bool (*valid)(const char *text); /* strings */
  const char *wanted;              /* strings: what would be right */
} pl_input;

typedef pl_status (*pl_parser)(const pl_input *input, pl_error *error);

pl_status pl_parse_flag(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_string(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_unsigned(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_port(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_seconds(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_number(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_word(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_checks(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_preset(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_addresses(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_sockaddrs(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_cidrs(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_statuses(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_certificate(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_signatures(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_witnesses(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_thresholds(const pl_input *input, pl_error *error) PL_MUST_USE;

/* What a string option may hold. */
bool pl_valid_name(const char *text);
bool pl_valid_path(const char *text);
bool pl_valid_file(const char *text);
bool pl_valid_scheme(const char *text);
bool pl_valid_endpoint_id(const char *text);
bool pl_valid_region(const char *text);
bool pl_valid_service_name(const char *text);
bool pl_valid_profile(const char *text);
bool pl_valid_role_arn(const char *text);
bool pl_valid_external_id(const char *text);
bool pl_valid_url(const char *text);

#endif
