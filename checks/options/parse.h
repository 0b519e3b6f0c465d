/* How the text of an option becomes a value: a parser for each type, and what a string may hold.
 *
 * A parser stores a whole new value, which the spec then owns, or leaves the old one unchanged. Its
 * error says what would be right; pl_spec_set() puts the name of the option in front. All functions
 * may be used from any thread, each spec from one thread at a time.
 */
#ifndef PL_OPTIONS_PARSE_H
#define PL_OPTIONS_PARSE_H

#include "base/buf.h"
#include "options/spec.h"

#define PL_BLANKS " \t"
#define PL_LOWER "abcdefghijklmnopqrstuvwxyz"
#define PL_UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define PL_DIGITS "0123456789"

struct pl_item_kind;
typedef struct pl_input pl_input;

/* The last column of a row of options.def. */
typedef struct pl_option_rule {
  pl_status (*parse)(const pl_input *input, pl_error *error); /* NULL: not part of a spec */
  size_t offset;                                              /* of the field in pl_spec */
  double min, max;                                            /* of a number, both allowed */
  bool (*valid)(const char *text);                            /* strings */
  const char *wanted;               /* strings: completes "'text' is not ..." */
  const struct pl_item_kind *items; /* lists (lists.h) */
  uint16_t port;                    /* lists: of an item that names none */
} pl_option_rule;

/* One occurrence of an option: its arguments, and where its value goes. */
struct pl_input {
  const pl_option_rule *rule;
  const char *const *arguments;
  size_t count;
  void *target;         /* the field */
  const char *words;    /* of an enum, in the order of its values: "tcp|tls|http" */
  bool append;          /* keep the items that a list has */
  pl_evidence evidence; /* of signatures */
};

pl_status pl_parse_flag(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_string(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_unsigned(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_port(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_seconds(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_number(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_word(const pl_input *input, pl_error *error) PL_MUST_USE;
pl_status pl_parse_preset(const pl_input *input, pl_error *error) PL_MUST_USE;
/* WARN,CRIT, both whole days: certificate_warning and certificate_critical. */
pl_status pl_parse_certificate(const pl_input *input, pl_error *error) PL_MUST_USE;

/* The index of `text` in words such as "tcp|tls|http", in upper or lower case; -1 if it is none. */
int pl_word_find(const char *text, const char *words);
/* "'text' is none of tcp, tls or http". */
pl_status pl_word_fail(const char *text, const char *words, pl_error *error);

/* "'value'", cut if it is long, and what is wrong with it. Returns PL_ERR_INVALID. */
pl_status PL_PRINTF(3, 4)
    pl_value_fail(pl_error *error, const char *value, const char *format, ...);

/* Replaces by "..." what an error quotes of `value`: the reader of the message may not be allowed
 * to read the file that the value comes from. */
void pl_error_redact(pl_error *error, const char *value);

/* Decimal digits, at most 15, with a fraction if `fraction` allows it. */
bool pl_decimal_parse(const char *text, bool fraction, double *ret_value);
/* Three digits, 100 to 599 (RFC 9110 section 15). */
bool pl_http_status_parse(const char *text, size_t length, uint16_t *ret_status);
/* HOST, HOST:PORT or an address as pl_sockaddr_parse() takes it. The host loses its brackets and a
 * dot at the end; the port is 0 if there is none. */
bool pl_host_port_parse(const char *text, char ret_host[PL_LIMIT_HOST + 1], uint16_t *ret_port);

/* What a string option accepts. */
bool pl_valid_name(const char *text);
bool pl_valid_host_or_address(const char *text);
bool pl_valid_path(const char *text);
bool pl_valid_file(const char *text);
bool pl_valid_scheme(const char *text);
bool pl_valid_label(const char *text);
bool pl_valid_user_agent(const char *text);
bool pl_valid_endpoint_id(const char *text);
bool pl_valid_region(const char *text);
bool pl_valid_service_name(const char *text);
bool pl_valid_profile(const char *text);
bool pl_valid_role_arn(const char *text);
bool pl_valid_external_id(const char *text);
bool pl_valid_url(const char *text);

#endif
