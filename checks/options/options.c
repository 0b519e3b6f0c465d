/* The table of options: finds an option by its name, and sets it in a spec. */
#include "options/options.h"
#include "options/lists.h"
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const pl_option options[PL_OPTION_COUNT] = {
#define PL_STRING(field, valid_, wanted_)                                                          \
  .rule = {.parse = pl_parse_string,                                                               \
           .offset = offsetof(pl_spec, field),                                                     \
           .valid = valid_,                                                                        \
           .wanted = wanted_}
#define PL_NUMBER(field, type, min_, max_)                                                         \
  .rule = {.parse = pl_parse_##type, .offset = offsetof(pl_spec, field), .min = min_, .max = max_}
#define PL_LIST(field, kind, port_)                                                                \
  .rule = {.parse = pl_parse_list,                                                                 \
           .offset = offsetof(pl_spec, field),                                                     \
           .items = &pl_items_##kind,                                                              \
           .port = port_}
#define PL_VALUE(field, type) .rule = {.parse = pl_parse_##type, .offset = offsetof(pl_spec, field)}
#define PL_OPTION(id_, name_, letter_, argument_, group_, front_ends_, repeatable_, default_,      \
                  help_, value)                                                                    \
  [PL_OPTION_##id_] = {.id = PL_OPTION_##id_,                                                      \
                       .name = name_,                                                              \
                       .letter = letter_,                                                          \
                       .argument = argument_,                                                      \
                       .group = group_,                                                            \
                       .front_ends = front_ends_,                                                  \
                       .repeatable = repeatable_,                                                  \
                       .default_text = default_,                                                   \
                       .help = help_,                                                              \
                       value},
#include "options/options.def"
};

const char *pl_option_group_title(pl_option_group group) {
  static const char *const titles[PL_GROUP_COUNT] = {
      [PL_GROUP_ENDPOINT] = "Which endpoint",
      [PL_GROUP_CHECKS] = "Which checks",
      [PL_GROUP_DNS] = "Private DNS (dns)",
      [PL_GROUP_PORT] = "Private addresses (port)",
      [PL_GROUP_PUBLIC] = "Public endpoint (public)",
      [PL_GROUP_STATE] = "Endpoint state (state)",
      [PL_GROUP_EVIDENCE] = "Evidence",
      [PL_GROUP_GENERAL] = "Everything else",
  };
  return titles[group];
}

const pl_option *pl_option_at(pl_option_id id) { return &options[id]; }

bool pl_option_is_among(pl_option_id id, const pl_option_id *ids, size_t count) {
  size_t i = 0;
  while (i < count && ids[i] != id)
    i++;
  return i < count;
}

bool pl_option_is_command(pl_option_id id) {
  return id == PL_OPTION_HELP || id == PL_OPTION_VERSION || id == PL_OPTION_LIST_PRESETS ||
         id == PL_OPTION_REPLAY ||
         (options[id].group == PL_GROUP_EVIDENCE && options[id].front_ends == PL_FRONT_END_CHECK);
}

/* The same letters, without the hyphens of the option's name, in upper or lower case. */
static bool collectd_name_equal(const char *key, const char *name) {
  for (; *name != '\0'; name++) {
    if (*name == '-')
      continue;
    if (strncasecmp(key, name, 1) != 0)
      return false;
    key++;
  }
  return *key == '\0';
}

const pl_option *pl_option_find(const char *key, unsigned front_ends) {
  for (size_t i = 0; i < PL_OPTION_COUNT; i++) {
    if ((options[i].front_ends & front_ends) != 0 &&
        (strcmp(options[i].name, key) == 0 ||
         ((front_ends & PL_FRONT_END_PLUGIN) != 0 && collectd_name_equal(key, options[i].name))))
      return &options[i];
  }
  return NULL;
}

const pl_option *pl_option_find_letter(char letter) {
  for (size_t i = 0; i < PL_OPTION_COUNT; i++) {
    if (letter != 0 && options[i].letter == letter)
      return &options[i];
  }
  return NULL;
}

void pl_option_add_collectd_name(pl_buf *buf, const pl_option *option) {
  bool upper = true;
  for (const char *c = option->name; *c != '\0'; c++) {
    if (*c != '-')
      pl_buf_add_char(buf, upper && *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
    upper = *c == '-';
  }
}

bool pl_option_is_shared(pl_option_id id) {
  return id == PL_OPTION_STATE_INTERVAL || id == PL_OPTION_DETAIL_INTERVAL ||
         id == PL_OPTION_MAX_CONNECTIONS || id == PL_OPTION_CHAIN_MEMORY ||
         id == PL_OPTION_ENDPOINTS_FILE;
}

void pl_option_add_spelled(pl_buf *buf, const char *text) {
  while (*text != '\0') {
    size_t length = strncmp(text, "--", 2) == 0 ? strspn(text + 2, PL_LOWER PL_DIGITS "-") : 0;
    char name[PL_LIMIT_NAME] = "";
    if (length > 0 && length < sizeof(name))
      memcpy(name, text + 2, length);
    const pl_option *option = name[0] != '\0' ? pl_option_find(name, PL_FRONT_END_PLUGIN) : NULL;
    if (option == NULL) {
      pl_buf_add_char(buf, *text++);
      continue;
    }
    pl_option_add_collectd_name(buf, option);
    text += strlen("--") + length;
  }
}

/* ---- near names ----------------------------------------------------------------------------- */

#define NEAR                                                                                       \
  3           /* largest number of edits that is a typing mistake, if half the letters are right   \
               */
#define CUT 3 /* letters that are enough to recognize a name that was cut short */

/* A name without the differences between the front ends: lower case, no hyphens. */
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

/* A name that only misses letters at the end, or has some too many, counts as one edit. */
static size_t edits_between(const folded *a, const folded *b) {
  size_t common = a->length < b->length ? a->length : b->length;
  if (a->length != b->length && common >= CUT && memcmp(a->text, b->text, common) == 0)
    return 1;
  return distance(a, b);
}

int pl_name_nearest(const char *name, const char *const *names, size_t count) {
  folded wanted = fold(name);
  int nearest = -1;
  size_t best = NEAR + 1;
  for (size_t i = 0; i < count; i++) {
    folded known = fold(names[i]);
    size_t edits = edits_between(&wanted, &known);
    if (edits < best && 2 * edits <= wanted.length) {
      best = edits;
      nearest = (int)i;
    }
  }
  return nearest;
}

const pl_option *pl_option_nearest(const char *name, unsigned front_ends) {
  const char *names[PL_OPTION_COUNT];
  for (unsigned id = 0; id < PL_OPTION_COUNT; id++)
    names[id] = (options[id].front_ends & front_ends) != 0 ? options[id].name : "";
  int nearest = pl_name_nearest(name, names, PL_OPTION_COUNT);
  return nearest >= 0 ? &options[nearest] : NULL;
}

/* ---- values --------------------------------------------------------------------------------- */

pl_status pl_spec_set(pl_spec *spec, pl_option_id id, pl_layer layer, const char *const *arguments,
                      size_t count, pl_error *error) {
  const pl_option *option = &options[id];
  if (option->rule.parse == NULL)
    return pl_fail(error, PL_ERR_INVALID, "--%s: is not an option of an endpoint", option->name);
  /* What is accepted without proof is decided endpoint by endpoint. */
  if (id == PL_OPTION_ACCEPT && layer == PL_LAYER_COMMON)
    return pl_fail(error, PL_ERR_INVALID,
                   "--accept: is for one endpoint; move it from the common "
                   "values to the endpoint's own section");
  /* A value that a higher layer hides is checked too, in a spec that is thrown away. */
  pl_spec scratch;
  bool kept = layer >= (pl_layer)spec->layer[id];
  if (!kept)
    pl_spec_init(&scratch);
  pl_input input = {
      .rule = &option->rule,
      .arguments = arguments,
      .count = count,
      .target = (char *)(kept ? spec : &scratch) + option->rule.offset,
      .words = option->argument,
      .append = kept && option->repeatable && layer == (pl_layer)spec->layer[id],
      .evidence = layer > PL_LAYER_PRESET ? PL_EVIDENCE_PROOF : PL_EVIDENCE_DEFAULT,
  };
  pl_error problem;
  pl_status status = option->rule.parse(&input, &problem);
  if (!kept)
    pl_spec_free(&scratch);
  if (status != PL_OK)
    return pl_fail(error, status, "--%s: %s", option->name, problem.text);
  if (kept)
    spec->layer[id] = (uint8_t)layer;
  return PL_OK;
}

bool pl_spec_given(const pl_spec *spec, pl_option_id id) {
  return spec->layer[id] > PL_LAYER_PRESET;
}
