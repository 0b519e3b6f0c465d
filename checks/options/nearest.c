#include "options/options.h"
#include <string.h>

#define NEAR 3 /* edits that still count as a typing mistake */
#define CUT 3  /* letters from which a name that was cut short is recognized */

/* A name as every face would compare it: letters and digits, in lower case. */
typedef struct folded {
  char text[PL_LIMIT_NAME + 1];
  size_t length;
} folded;

static folded fold(const char *name) {
  folded f = {.length = 0};
  for (; *name != '\0' && f.length < PL_LIMIT_NAME; name++) {
    if (*name != '-' && *name != '_')
      f.text[f.length++] = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
  }
  return f;
}

static size_t smallest(size_t a, size_t b, size_t c) {
  size_t least = a < b ? a : b;
  return least < c ? least : c;
}

/* Levenshtein distance. */
static size_t distance(const folded *a, const folded *b) {
  size_t row[PL_LIMIT_NAME + 1];
  for (size_t i = 0; i <= b->length; i++)
    row[i] = i;
  for (size_t i = 1; i <= a->length; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t k = 1; k <= b->length; k++) {
      size_t above = row[k];
      row[k] = smallest(above + 1, row[k - 1] + 1, diagonal + (a->text[i - 1] != b->text[k - 1]));
      diagonal = above;
    }
  }
  return row[b->length];
}

/* A name that was cut short, or that goes on, is nearer than one with other letters. */
static size_t edits_between(const folded *a, const folded *b) {
  size_t common = a->length < b->length ? a->length : b->length;
  if (a->length != b->length && common >= CUT && memcmp(a->text, b->text, common) == 0)
    return 1;
  return distance(a, b);
}

const pl_option *pl_option_nearest(const char *name, unsigned front_ends) {
  folded wanted = fold(name);
  const pl_option *nearest = NULL;
  size_t best = NEAR + 1;
  for (unsigned id = 0; id < PL_OPTION_COUNT; id++) {
    const pl_option *option = pl_option_at((pl_option_id)id);
    if ((option->front_ends & front_ends) == 0)
      continue;
    folded known = fold(option->name);
    size_t edits = edits_between(&wanted, &known);
    if (edits < best) {
      best = edits;
      nearest = option;
    }
  }
  return nearest;
}
