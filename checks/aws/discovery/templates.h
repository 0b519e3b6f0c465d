/* Templates: further options for the endpoints that a discovery finds, in an INI file.
 *
 *   [template rockset]                       endpoints whose service the preset knows
 *   [template service:com.amazonaws.vpce.…]  endpoints of this service
 *   [template tag:team=data]                 endpoints with this tag
 *
 * Tags are other people's input. So a template of a tag may not have an option that decides what
 * proves a block, or a key. All of a file's templates are read, and checked, before anything is
 * sent. Read-only after that, any thread.
 */
#ifndef PL_AWS_DISCOVERY_TEMPLATES_H
#define PL_AWS_DISCOVERY_TEMPLATES_H

#include "aws/ec2/records.h"
#include "options/options.h"

typedef enum pl_template_kind {
  PL_TEMPLATE_PRESET,
  PL_TEMPLATE_SERVICE,
  PL_TEMPLATE_TAG,
} pl_template_kind;

typedef struct pl_template_entry {
  pl_option_id id;
  char *value;
} pl_template_entry;

typedef struct pl_template {
  pl_template_kind kind;
  char *key;   /* the preset, the service, or the key of the tag */
  char *value; /* of the tag; else "" */
  pl_template_entry *entries;
  size_t count;
} pl_template;

typedef struct pl_templates {
  pl_template *items;
  size_t count;
  void *names, *ids; /* of the other sections: a discovery leaves them alone. Trees of tsearch(3) */
  bool has_endpoint; /* the file has a section of an endpoint */
  bool public_side;  /* what all endpoints have in common gives them a public name */
} pl_templates;

/* Whether a section is no endpoint, but a template. */
bool pl_template_is(const char *section);

/* Reads the text of an INI file, with the options of `front_ends`. The error has `path` and the
 * line. */
pl_status pl_templates_read(const char *text, size_t length, const char *path, unsigned front_ends,
                            pl_templates *ret_templates, pl_error *error) PL_MUST_USE;
/* As a section of the file that has this name and this id (NULL: none). */
pl_status pl_templates_reserve(pl_templates *templates, const char *name,
                               const char *id) PL_MUST_USE;
/* A zeroed one is fine. */
void pl_templates_free(pl_templates *templates);

/* Whether one of its sections has this name, or this id. */
bool pl_templates_have_name(const pl_templates *templates, const char *name);
bool pl_templates_have_id(const pl_templates *templates, const char *id);

bool pl_template_matches(const pl_template *template, const pl_ec2_listed *listed);

/* Whether the option names a file with a key. */
bool pl_template_option_is_key(pl_option_id id);
/* Whether the option gives a public name. */
bool pl_template_option_is_public(pl_option_id id);
/* Whether a tag may set the option even of an endpoint that has a public side or a key without it.
 * Other options of a tag's template decide what is compared with what, or where a key goes. */
bool pl_template_option_is_safe(pl_option_id id);

#endif
