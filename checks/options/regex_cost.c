/* Finds regular expressions that are too costly for regcomp() and regexec(). */
#include "options/regex_cost.h"
#include "base/limits.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define TEXT_OF(number) #number
#define DIGITS_OF(limit) TEXT_OF(limit)
/* An anchor costs as much as this many characters: where nothing but what may be empty is between
 * anchors, regcomp()'s time and memory grow with the third power of their number and more. */
#define ANCHOR_SIZE 120

/* An open group, or the whole expression. An atom is a character, a bracket expression or a group.
 */
typedef struct group {
  size_t size;        /* in characters, with all repetitions written out */
  size_t last;        /* the same for the last atom; 0 if there is none yet */
  bool last_empty;    /* the last atom can match the empty text */
  bool last_repeated; /* a repetition follows the last atom */
  bool before_empty;  /* all before the last atom in its branch can match the empty text */
  bool other_empty;   /* an earlier branch can match the empty text */
} group;

static const group fresh = {.last_empty = true, .before_empty = true};

static bool branch_is_empty(const group *g) { return g->before_empty && g->last_empty; }

static void add_atom(group *to, size_t size, bool empty) {
  to->before_empty = branch_is_empty(to);
  to->size += size;
  to->last = size;
  to->last_empty = empty;
  to->last_repeated = false;
}

static void begin_branch(group *in) {
  in->other_empty |= branch_is_empty(in);
  in->before_empty = in->last_empty = true;
  in->last_repeated = false;
  in->last = 0;
}

/* "{m,n}". "{m}" has n = m, and "{m,}" has n = 0. */
typedef struct bounds {
  size_t least, most;
} bounds;

/* Reads the digits at `*text` and moves it past them. At most PL_LIMIT_REGEX_SIZE + 1. */
static size_t parse_count(const char **text) {
  size_t count = 0;
  for (; **text >= '0' && **text <= '9'; (*text)++) {
    count = count * 10 + (size_t)(**text - '0');
    if (count > PL_LIMIT_REGEX_SIZE)
      count = PL_LIMIT_REGEX_SIZE + 1;
  }
  return count;
}

/* Reads the repetition at `*c`, and moves it to the last byte of "{m,n}". False for "{\\0,9}",
 * which glibc reads as "{0,9}". What else is no number between braces is an error of regcomp(). */
static bool parse_bounds(const char **c, bounds *ret_bounds) {
  *ret_bounds = (bounds){0, 1};
  if (**c == '+')
    *ret_bounds = (bounds){1, 2}; /* glibc compiles it as "xx*" */
  if (**c != '{')
    return true;
  const char *at = *c + 1;
  bounds result = {.least = parse_count(&at)};
  result.most = result.least;
  if (*at == ',') {
    at++;
    result.most = parse_count(&at);
  }
  *ret_bounds = result;
  if (*at == '}')
    *c = at;
  return *at != '\\';
}

static bool is_repetition(char c) { return c != '\0' && strchr("*+?{", c) != NULL; }

/* False if the last atom must not be repeated. */
static bool repeat(group *in, bounds times) {
  if (in->last_repeated || (in->last_empty && in->last > 0))
    return false;
  size_t most = times.most > times.least ? times.most : times.least;
  if (most > 1) {
    in->size += in->last * (most - 1);
    in->last *= most;
  }
  in->last_empty |= times.least == 0;
  in->last_repeated = true;
  return true;
}

/* The last byte of the bracket expression that begins at `c`; `c` if it has no end. "]" is ordinary
 * at the beginning, and in [:class:], [.x.] and [=x=] (POSIX, XBD 9.3.5). */
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

/* Adds the atom at `c`, which is not a group, and returns its last byte. */
static const char *add_plain(group *to, const char *c) {
  bool escaped = *c == '\\' && c[1] != '\0';
  bool anchor = escaped ? strchr("bB<>`'", c[1]) != NULL : *c == '^' || *c == '$';
  add_atom(to, anchor ? ANCHOR_SIZE : 1, anchor);
  if (*c == '[')
    return end_of_brackets(c);
  return c + escaped;
}

/* regcomp() copies a repeated atom as often as it is repeated. If that atom can match the empty
 * text, the number of ways to match doubles with each copy. Two repetitions in a row, which POSIX
 * leaves undefined (XBD 9.4.6), do the same. With a back-reference, which POSIX does not have in
 * extended expressions, regexec() tries every way to match. */
const char *pl_regex_flaw(const char *regex) {
  group groups[PL_LIMIT_REGEX + 1] = {fresh};
  group *open = groups;
  for (const char *c = regex; *c != '\0'; c++) {
    if (*c == '\\' && c[1] >= '1' && c[1] <= '9')
      return "has a back-reference";
    if (*c == '(') {
      *++open = fresh;
    } else if (*c == ')' && open > groups) {
      bool empty = branch_is_empty(open) || open->other_empty;
      open--;
      add_atom(open, open[1].size > 0 ? open[1].size : 1, empty);
    } else if (*c == '|') {
      begin_branch(open);
    } else if (is_repetition(*c)) {
      bounds times;
      if (!parse_bounds(&c, &times))
        return "has a backslash between { and }";
      if (!repeat(open, times))
        return "repeats what is repeated already, or what may be empty";
    } else {
      c = add_plain(open, c);
    }
    if (open->size > PL_LIMIT_REGEX_SIZE)
      return "has more than " DIGITS_OF(
          PL_LIMIT_REGEX_SIZE) " characters where its repetitions are written out (an anchor "
                               "such as ^ counts as " DIGITS_OF(ANCHOR_SIZE) ")";
  }
  return NULL;
}
