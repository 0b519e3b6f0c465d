/* What the parsers of options share (option_parse.h). */
#ifndef PL_OPTIONS_PARSE_INTERNAL_H
#define PL_OPTIONS_PARSE_INTERNAL_H

#include "base/list.h"
#include "options/parse.h"

#define PL_BLANKS " \t"
#define PL_LOWER "abcdefghijklmnopqrstuvwxyz"
#define PL_UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define PL_DIGITS "0123456789"

/* "'value'" and what is wrong with it. */
pl_status PL_PRINTF(3, 4)
    pl_option_refuse(pl_error *error, const char *value, const char *format, ...);

/* Decimal digits, at most 15, with a fraction where one may be. */
bool pl_option_decimal(const char *text, bool fraction, double *ret_value);
/* Three digits, 100 to 599. */
bool pl_option_http_status(const char *text, size_t length, uint16_t *ret_status);
/* HOST, HOST:PORT or an address as pl_sockaddr_parse takes it; the host without brackets and
 * without a dot at its end. The port is 0 where none is given. */
bool pl_option_host_port(const char *text, char host[PL_LIMIT_HOST + 1], uint16_t *ret_port);

/* The place of `text` among `words`, whatever its case; -1 where it is none of them. */
int pl_option_find_word(const char *text, const char *const *words);
/* "'text' is none of ..." */
pl_status pl_option_fail_words(const char *text, const char *const *words, pl_error *error);

/* How the items of one option's list are read. */
typedef struct pl_list_rule {
  const pl_list_kind *of;
  size_t max; /* elements */
  /* Takes one item; `out` is a fresh element. */
  pl_status (*parse)(const char *text, const pl_input *input, void *out, pl_error *error);
  bool (*to_the_end)(const char *); /* this item runs to the end of its argument; NULL: none does */
} pl_list_rule;

pl_status pl_option_parse_list(const pl_list_rule *rule, const pl_input *input,
                               pl_error *error) PL_MUST_USE;

#endif
