#include "core/option_parse.h"
#include "core/metrics.h"
#include <errno.h>
#include <math.h>
#include <regex.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define SHOWN 80 /* bytes of a value that a message repeats */

/* "'value'" and what is wrong with it. A long value is cut: what would be right must fit, too. */
static pl_status PL_PRINTF(3, 4)
    refuse(pl_error *error, const char *value, const char *format, ...) {
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

/* ---- lists ---------------------------------------------------------------------------------- */

/* Takes one item of a list; `out` is a fresh element of the list's type. */
typedef pl_status (*item_parser)(const char *text, const pl_input *input, void *out,
                                 pl_error *error);

/* All lists of a spec begin with the same two members. */
typedef struct any_list {
  void *items;
  size_t count;
} any_list;

typedef struct list_kind {
  size_t size; /* of an element */
  size_t max;  /* elements */
  item_parser parse;
  void (*release)(void *item);      /* NULL where an element owns nothing */
  bool (*to_the_end)(const char *); /* this item runs to the end of its argument */
} list_kind;

static void list_release(const list_kind *kind, any_list *list) {
  for (size_t i = 0; kind->release != NULL && i < list->count; i++)
    kind->release((char *)list->items + i * kind->size);
  free(list->items);
  *list = (any_list){0};
}

static pl_status list_push(const list_kind *kind, any_list *list, const char *text,
                           const pl_input *input, pl_error *error) {
  if (list->count >= kind->max)
    return pl_fail(error, PL_ERR_LIMIT, "takes at most %zu items", kind->max);
  union {
    unsigned bits;
    pl_sockaddr sockaddr;
    pl_cidr cidr;
    pl_status_range statuses;
    pl_signature signature;
    pl_witness_spec witness;
    pl_threshold threshold;
  } item;
  memset(&item, 0, sizeof(item));
  pl_status status = kind->parse(text, input, &item, error);
  if (status != PL_OK)
    return status;
  void *items = realloc(list->items, (list->count + 1) * kind->size);
  if (items == NULL) {
    if (kind->release != NULL)
      kind->release(&item);
    return pl_fail(error, PL_ERR_MEMORY, "out of memory");
  }
  list->items = items;
  memcpy((char *)items + list->count * kind->size, &item, kind->size);
  list->count++;
  return PL_OK;
}

/* Splits one argument at its commas. An item that runs to the end of its argument keeps the blanks
 * there. */
static pl_status list_split(const list_kind *kind, any_list *list, const char *argument,
                            const pl_input *input, pl_error *error) {
  if (strlen(argument) > PL_LIMIT_VALUE)
    return pl_fail(error, PL_ERR_LIMIT, "takes at most %d bytes", PL_LIMIT_VALUE);
  char copy[PL_LIMIT_VALUE + 1];
  memcpy(copy, argument, strlen(argument) + 1);
  char *rest = copy;
  while (rest != NULL) {
    rest += strspn(rest, BLANKS);
    bool last = kind->to_the_end != NULL && kind->to_the_end(rest);
    char *comma = last ? NULL : strchr(rest, ',');
    if (comma != NULL)
      *comma = '\0';
    size_t length = strlen(rest);
    while (!last && length > 0 && strchr(BLANKS, rest[length - 1]) != NULL)
      rest[--length] = '\0';
    if (length == 0)
      return pl_fail(error, PL_ERR_INVALID,
                     "an item of the list is empty; items stand between single commas");
    pl_status status = list_push(kind, list, rest, input, error);
    if (status != PL_OK)
      return status;
    rest = comma != NULL ? comma + 1 : NULL;
  }
  return PL_OK;
}

/* The new items first go into a list of their own, so that a mistake in the last one costs
 * nothing. */
static pl_status parse_list(const list_kind *kind, const pl_input *input, pl_error *error) {
  any_list fresh = {0}, *target = input->target;
  pl_status status = PL_OK;
  for (size_t i = 0; i < input->count && status == PL_OK; i++)
    status = list_split(kind, &fresh, input->arguments[i], input, error);
  if (status == PL_OK && fresh.count == 0)
    status = pl_fail(error, PL_ERR_INVALID, "takes at least one item");
  size_t kept = input->append ? target->count : 0;
  if (status == PL_OK && kept + fresh.count > kind->max)
    status = pl_fail(error, PL_ERR_LIMIT, "takes at most %zu items", kind->max);
  if (status == PL_OK && kept > 0) {
    void *items = realloc(target->items, (kept + fresh.count) * kind->size);
    if (items == NULL) {
      status = pl_fail(error, PL_ERR_MEMORY, "out of memory");
    } else {
      memcpy((char *)items + kept * kind->size, fresh.items, fresh.count * kind->size);
      *target = (any_list){.items = items, .count = kept + fresh.count};
      free(fresh.items);
      return PL_OK;
    }
  }
  if (status != PL_OK) {
    list_release(kind, &fresh);
    return status;
  }
  list_release(kind, target);
  *target = fresh;
  return PL_OK;
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

/* Decimal digits with an optional fraction; strtod alone would take "0x1p3", "inf" and blanks. */
static bool parse_decimal(const char *text, bool fraction, double *ret_value) {
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
  if (!parse_decimal(text, fraction, &value) || value < input->min || value > input->max)
    return refuse(error, text, " is not a %s from %g to %g", fraction ? "number" : "whole number",
                  input->min, input->max);
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
  return refuse(error, text, " is neither yes nor no");
}

pl_status pl_parse_string(const pl_input *input, pl_error *error) {
  const char *text;
  pl_status status = single(input, &text, error);
  if (status != PL_OK)
    return status;
  if (!input->valid(text))
    return refuse(error, text, " is not %s", input->wanted);
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
  if (status == PL_OK)
    *(pl_nsec *)input->target = (pl_nsec)llround(value * (double)PL_SEC);
  return status;
}

pl_status pl_parse_number(const pl_input *input, pl_error *error) {
  return parse_bounded(input, true, input->target, error);
}

static void add_words(pl_buf *buf, const char *const *words) {
  for (size_t i = 0; words[i] != NULL; i++)
    pl_buf_addf(buf, "%s%s", i == 0 ? "" : words[i + 1] != NULL ? ", " : " or ", words[i]);
}

static int find_word(const char *text, const char *const *words) {
  for (int i = 0; words[i] != NULL; i++) {
    if (strcasecmp(text, words[i]) == 0)
      return i;
  }
  return -1;
}

static pl_status fail_words(const char *text, const char *const *words, pl_error *error) {
  char storage[256];
  pl_buf list;
  pl_buf_fixed(&list, storage, sizeof(storage));
  add_words(&list, words);
  return refuse(error, text, " is none of %s", pl_buf_text(&list));
}

/* Enums of the spec are stored through an int: their values are the places of their words. */
pl_status pl_parse_word(const pl_input *input, pl_error *error) {
  const char *text;
  pl_status status = single(input, &text, error);
  if (status != PL_OK)
    return status;
  int found = find_word(text, input->words);
  if (found < 0)
    return fail_words(text, input->words, error);
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
    return fail_words(text, names, error);
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
    second = comma + 1 + strspn(comma + 1, BLANKS);
  }
  double days[2];
  if (!parse_decimal(first, false, &days[0]) || !parse_decimal(second, false, &days[1]) ||
      days[0] > input->max || days[1] > days[0])
    return refuse(error, text,
                  " is not WARN,CRIT in whole days, with WARN at least CRIT and at most %g",
                  input->max);
  unsigned *target = input->target; /* certificate_warning, certificate_critical */
  target[0] = (unsigned)days[0];
  target[1] = (unsigned)days[1];
  return PL_OK;
}

/* ---- list items ----------------------------------------------------------------------------- */

static pl_status parse_check(const char *text, const pl_input *input, void *out, pl_error *error) {
  static const char *const words[] = {"state", "dns", "port", "public", NULL};
  (void)input;
  int found = find_word(text, words);
  if (found < 0)
    return fail_words(text, words, error);
  *(unsigned *)out = PL_CHECK_BIT((unsigned)found);
  return PL_OK;
}

pl_status pl_parse_checks(const pl_input *input, pl_error *error) {
  static const list_kind kind = {
      .size = sizeof(unsigned), .max = PL_LIMIT_LIST, .parse = parse_check};
  any_list bits = {0};
  pl_input list = *input;
  list.target = &bits;
  list.append = false;
  pl_status status = parse_list(&kind, &list, error);
  if (status != PL_OK)
    return status;
  unsigned mask = 0;
  for (size_t i = 0; i < bits.count; i++)
    mask |= ((unsigned *)bits.items)[i];
  *(unsigned *)input->target = mask;
  list_release(&kind, &bits);
  return PL_OK;
}

static pl_status parse_address(const char *text, const pl_input *input, void *out,
                               pl_error *error) {
  (void)input;
  pl_sockaddr *sockaddr = out;
  if (pl_addr_parse(text, &sockaddr->address) != PL_OK)
    return refuse(error, text, " is not an IP address");
  return PL_OK;
}

pl_status pl_parse_addresses(const pl_input *input, pl_error *error) {
  static const list_kind kind = {
      .size = sizeof(pl_sockaddr), .max = PL_LIMIT_LIST, .parse = parse_address};
  return parse_list(&kind, input, error);
}

static pl_status parse_sockaddr(const char *text, const pl_input *input, void *out,
                                pl_error *error) {
  if (pl_sockaddr_parse(text, input->port, out) != PL_OK)
    return refuse(error, text, " is not IP or IP:PORT ([IPv6]:PORT)");
  return PL_OK;
}

pl_status pl_parse_sockaddrs(const pl_input *input, pl_error *error) {
  static const list_kind kind = {
      .size = sizeof(pl_sockaddr), .max = PL_LIMIT_RESOLVERS, .parse = parse_sockaddr};
  return parse_list(&kind, input, error);
}

static pl_status parse_cidr(const char *text, const pl_input *input, void *out, pl_error *error) {
  (void)input;
  if (pl_cidr_parse(text, out) != PL_OK)
    return refuse(error, text,
                  " is not a CIDR block such as 10.0.0.0/8 (no bits set behind the prefix)");
  return PL_OK;
}

pl_status pl_parse_cidrs(const pl_input *input, pl_error *error) {
  static const list_kind kind = {
      .size = sizeof(pl_cidr), .max = PL_LIMIT_LIST, .parse = parse_cidr};
  return parse_list(&kind, input, error);
}

static bool parse_http_status(const char *text, size_t length, uint16_t *ret_status) {
  if (length != 3 || strspn(text, "0123456789") < 3 || text[0] < '1' || text[0] > '5')
    return false;
  *ret_status = (uint16_t)((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
  return true;
}

static pl_status parse_status_range(const char *text, const pl_input *input, void *out,
                                    pl_error *error) {
  (void)input;
  pl_status_range range;
  const char *dash = strchr(text, '-');
  size_t first = dash != NULL ? (size_t)(dash - text) : strlen(text);
  const char *second = dash != NULL ? dash + 1 : text;
  if (!parse_http_status(text, first, &range.first) ||
      !parse_http_status(second, strlen(second), &range.last) || range.last < range.first)
    return refuse(error, text,
                  " is not an HTTP status or a range of them (100 to 599), such as 200-399");
  memcpy(out, &range, sizeof(range));
  return PL_OK;
}

pl_status pl_parse_statuses(const pl_input *input, pl_error *error) {
  static const list_kind kind = {
      .size = sizeof(pl_status_range), .max = PL_LIMIT_LIST, .parse = parse_status_range};
  return parse_list(&kind, input, error);
}

/* ---- signatures ----------------------------------------------------------------------------- */

static bool is_http_regex(const char *text) {
  return strncmp(text, "http:", 5) == 0 && strcspn(text + 5, ":") < strcspn(text + 5, ",");
}

/* Digits at `*text`, which is moved behind them; at most PL_LIMIT_REGEX_REPEATS + 1. */
static unsigned parse_count(const char **text) {
  unsigned count = 0;
  for (; **text >= '0' && **text <= '9'; (*text)++) {
    if (count <= PL_LIMIT_REGEX_REPEATS)
      count = count * 10 + (unsigned)(**text - '0');
  }
  return count;
}

/* A back-reference, which POSIX does not have in extended expressions, makes glibc try every way
 * to match; {m,n} inside {m,n} multiplies the memory of the compiled expression. Bracket
 * expressions are not told apart: what looks like either inside one is refused, too. */
static bool regex_is_costly(const char *regex) {
  unsigned repeats = 1;
  for (const char *c = regex; *c != '\0'; c++) {
    if (*c == '\\' && c[1] != '\0') {
      c++;
      if (*c >= '1' && *c <= '9')
        return true;
    } else if (*c == '{') {
      const char *digits = c + 1;
      unsigned first = parse_count(&digits);
      digits += *digits == ',';
      unsigned second = parse_count(&digits);
      unsigned most = second > first ? second : first;
      repeats *= most > 1 ? most : 1;
      if (repeats > PL_LIMIT_REGEX_REPEATS)
        return true;
    }
  }
  return false;
}

static pl_status parse_http_signature(const char *text, pl_signature *signature, pl_error *error) {
  const char *status = text + strlen("http:");
  const char *colon = strchr(status, ':');
  size_t length = colon != NULL ? (size_t)(colon - status) : strlen(status);
  if (!parse_http_status(status, length, &signature->status) || signature->status < 200)
    return refuse(error, text, ": http: takes a final status, 200 to 599");
  if (colon == NULL) {
    if (signature->status < 400)
      return refuse(error, text,
                    ": a 2xx or 3xx needs a body, http:%u:REGEX, since an open door answers so",
                    signature->status);
    return PL_OK;
  }
  const char *regex = colon + 1;
  if (*regex == '\0' || strlen(regex) > PL_LIMIT_REGEX)
    return refuse(error, text, ": REGEX has 1 to %d bytes", PL_LIMIT_REGEX);
  if (regex_is_costly(regex))
    return refuse(error, regex, " has a back-reference, or repetitions of more than %d in all",
                  PL_LIMIT_REGEX_REPEATS);
  regex_t compiled;
  if (regcomp(&compiled, regex, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
    return refuse(error, regex, " is not a POSIX extended regular expression");
  /* One that matches nothing at all would match every body. */
  bool matches_empty = regexec(&compiled, "", 0, NULL, 0) == 0;
  regfree(&compiled);
  if (matches_empty)
    return refuse(error, regex, " matches an empty body, so it proves nothing");
  signature->regex = strdup(regex);
  return signature->regex != NULL ? PL_OK : pl_fail(error, PL_ERR_MEMORY, "out of memory");
}

static pl_status parse_alert_signature(const char *text, pl_signature *signature, pl_error *error) {
  const char *number = text + strlen("tls:alert=");
  double alert;
  if (!parse_decimal(number, false, &alert) || alert > 255)
    return refuse(error, text, ": an alert is a number from 0 to 255 (RFC 8446)");
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
      return refuse(error, text,
                    " is none of http:STATUS, http:STATUS:REGEX, tls:reset, tls:alert[=N], "
                    "tcp:refused, tcp:timeout, tcp:rejected, dns:nxdomain");
    signature.kind = plain_signatures[i].kind;
  }
  if (status == PL_OK)
    memcpy(out, &signature, sizeof(signature));
  return status;
}

static void release_signature(void *item) { free(((pl_signature *)item)->regex); }

pl_status pl_parse_signatures(const pl_input *input, pl_error *error) {
  static const list_kind kind = {.size = sizeof(pl_signature),
                                 .max = PL_LIMIT_LIST,
                                 .parse = parse_signature,
                                 .release = release_signature,
                                 .to_the_end = is_http_regex};
  return parse_list(&kind, input, error);
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

/* ---- witnesses and thresholds --------------------------------------------------------------- */

/* HOST, HOST:PORT or an address as pl_sockaddr_parse takes it; the host without brackets and
 * without a dot at its end. The port is 0 where none is given. */
static bool split_host_port(const char *text, char host[PL_LIMIT_HOST + 1], uint16_t *ret_port) {
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
  if (length > PL_LIMIT_HOST ||
      (colon != NULL && (!parse_decimal(colon + 1, false, &port) || port < 1 || port > UINT16_MAX)))
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

static pl_status parse_witness(const char *text, const pl_input *input, void *out,
                               pl_error *error) {
  char host[PL_LIMIT_HOST + 1];
  uint16_t port;
  if (!split_host_port(text, host, &port))
    return refuse(error, text, " is not HOST or HOST:PORT");
  pl_witness_spec witness = {
      .host = strdup(host), .port = port != 0 ? port : input->port, .port_named = port != 0};
  if (witness.host == NULL)
    return pl_fail(error, PL_ERR_MEMORY, "out of memory");
  memcpy(out, &witness, sizeof(witness));
  return PL_OK;
}

static void release_witness(void *item) { free(((pl_witness_spec *)item)->host); }

pl_status pl_parse_witnesses(const pl_input *input, pl_error *error) {
  static const list_kind kind = {.size = sizeof(pl_witness_spec),
                                 .max = PL_LIMIT_WITNESSES,
                                 .parse = parse_witness,
                                 .release = release_witness};
  return parse_list(&kind, input, error);
}

/* A metric's name, or NAME-ZONE where it has one for each zone: no metric has a dash in its name.
 */
static bool parse_metric_name(const char *text, size_t length, pl_threshold *threshold) {
  char name[PL_LIMIT_NAME] = "";
  const char *dash = memchr(text, '-', length);
  size_t plain = dash != NULL ? (size_t)(dash - text) : length;
  if (plain >= sizeof(name))
    return false;
  memcpy(name, text, plain);
  pl_metric_id metric = pl_metric_find(name);
  if (metric == PL_METRIC_COUNT)
    return false;
  threshold->metric = (uint8_t)metric;
  if (dash == NULL)
    return true;
  size_t zone = length - plain - 1;
  if (!pl_metric_has_zones(metric) || zone == 0 || zone > PL_LIMIT_ZONE ||
      strspn(dash + 1, LOWER DIGITS "-") < zone)
    return false;
  memcpy(threshold->zone, dash + 1, zone);
  return true;
}

static pl_status parse_threshold(const char *text, const pl_input *input, void *out,
                                 pl_error *error) {
  (void)input;
  pl_threshold threshold = {.metric = PL_METRIC_TIME};
  const char *equals = strchr(text, '=');
  const char *range = equals != NULL ? equals + 1 : text;
  if (equals != NULL && !parse_metric_name(text, (size_t)(equals - text), &threshold))
    return refuse(error, text, ": there is no metric of that name");
  if (pl_range_parse(range, &threshold.range) != PL_OK)
    return refuse(error, text, " is not a range such as 10, 10:, ~:10 or @10:20");
  memcpy(out, &threshold, sizeof(threshold));
  return PL_OK;
}

pl_status pl_parse_thresholds(const pl_input *input, pl_error *error) {
  static const list_kind kind = {
      .size = sizeof(pl_threshold), .max = PL_LIMIT_LIST, .parse = parse_threshold};
  return parse_list(&kind, input, error);
}

/* ---- what strings may hold ------------------------------------------------------------------ */

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
  return only(text, LOWER UPPER DIGITS "_.-", 1, PL_LIMIT_NAME);
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
  return only(text, LOWER UPPER DIGITS "!#$%&'*+-.^_`|~", 1, PL_LIMIT_NAME);
}

bool pl_valid_endpoint_id(const char *text) {
  return strncmp(text, "vpce-", 5) == 0 && only(text + 5, LOWER DIGITS, 8, 32);
}

bool pl_valid_region(const char *text) {
  size_t length = strlen(text);
  if (!only(text, LOWER DIGITS "-", 9, 32) || strspn(text, LOWER) < 2)
    return false;
  const char *last = strrchr(text, '-');
  return strchr(text, '-') != last && only(last + 1, DIGITS, 1, 2) && text[length - 1] != '-' &&
         strstr(text, "--") == NULL;
}

bool pl_valid_service_name(const char *text) {
  return pl_host_valid(text) && strchr(text, '.') != NULL && text[strlen(text) - 1] != '.';
}

bool pl_valid_profile(const char *text) {
  return pl_valid_file(text) && strpbrk(text, "[]") == NULL && strlen(text) <= PL_LIMIT_HOST;
}

bool pl_valid_role_arn(const char *text) {
  return strncmp(text, "arn:aws", 7) == 0 && strstr(text, ":iam::") != NULL &&
         strstr(text, ":role/") != NULL && visible(text, 2048);
}

bool pl_valid_external_id(const char *text) {
  return only(text, LOWER UPPER DIGITS "_+=,.@:/-", 2, 1224);
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
  return split_host_port(authority, host, &port);
}
