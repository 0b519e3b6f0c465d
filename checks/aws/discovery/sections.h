/* Makes configuration from what a discovery found: a section of an INI file for each endpoint, as
 * the check's --config and the plugin's EndpointsFile read it.
 *
 * Names and tags are other people's input. A value from the API is written only if the parser of
 * its option accepts it, and a name is made of letters, digits, '_', '.' and '-'. So no tag can add
 * an option, a section or a line. Pure functions, any thread.
 */
#ifndef PL_AWS_DISCOVERY_SECTIONS_H
#define PL_AWS_DISCOVERY_SECTIONS_H

#include "aws/discovery/discovery.h"
#include "aws/discovery/templates.h"

/* One endpoint; owns its strings. */
typedef struct pl_section {
  char name[PL_LIMIT_NAME + 1]; /* unique among the sections, and not in pl_templates.names */
  char id[PL_LIMIT_AWS_ID + 1];
  char *kin;  /* role, region, service and tags: an endpoint that replaces this one has the same */
  char *text; /* entries and comments: "key = value\n" … */
  char *others; /* further private names, one a line: each gets a section with dns and port */
  char *facts;  /* what it was made of, to be remembered (entry.h) */
  size_t scope; /* of the discovery */
  bool has_tags;
  int64_t seen; /* pl_ec2_listed */
} pl_section;

typedef struct pl_sections {
  pl_section *items; /* the oldest endpoint first */
  size_t count;
  size_t left_out; /* gateways and endpoints that are being deleted */
} pl_sections;

/* Options that are written into every section; NULL: none. */
typedef struct pl_section_common {
  const char *profile, *external_id, *endpoint_url, *readable_file;
} pl_section_common;

/* Scopes with a problem have no sections. An endpoint that two scopes list has one section. */
pl_status pl_sections_make(const pl_discovery *discovery, const pl_templates *templates,
                           const pl_section_common *common, pl_sections *ret_sections) PL_MUST_USE;
/* A zeroed one is fine. */
void pl_sections_free(pl_sections *sections);
void pl_section_free(pl_section *section);

/* Adds "[name]\n" and the text of one section, and after it those of its further private names:
 * "[name.dns-2]" and so on. */
void pl_section_add(pl_buf *buf, const pl_section *section);

/* A valid name from any bytes, or "" if no character is left. */
void pl_section_name(const char *text, char ret_name[PL_LIMIT_NAME + 1]);

/* Chooses the first name that is free: the wanted one (""; none), then with the id, then with a
 * number. The order of the calls decides, so that a new endpoint takes no name away from an older
 * one. No tag takes the name of another endpoint's further section. `taken` (NULL at first) refers
 * to the names, which must stay where they are until it is freed; none of `templates` (NULL: none)
 * is chosen. PL_ERR_MEMORY. */
pl_status pl_section_choose_name(void **taken, const pl_templates *templates, const char *wanted,
                                 const char *id, char ret_name[PL_LIMIT_NAME + 1]) PL_MUST_USE;
pl_status pl_section_take_name(void **taken, const char *name) PL_MUST_USE;
void pl_section_free_names(void *taken);

/* Adds the <Plugin privatelink> block that an INI text means, without its templates. The only error
 * is PL_ERR_MEMORY. */
pl_status pl_sections_add_collectd(pl_buf *buf, const char *ini, size_t length) PL_MUST_USE;

#endif
