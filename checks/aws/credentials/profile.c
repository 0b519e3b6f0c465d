/* Reads a profile from the shared AWS files. */
#include "aws/credentials/profile.h"
#include "base/file.h"
#include "base/limits.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- the grammar ---------------------------------------------------------------------------- */

typedef struct span {
  const char *start;
  size_t length;
} span;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static span trim(span s) {
  while (s.length > 0 && is_blank(*s.start)) {
    s.start++;
    s.length--;
  }
  while (s.length > 0 && is_blank(s.start[s.length - 1]))
    s.length--;
  return s;
}

static bool span_is(span s, const char *text) {
  return s.length == strlen(text) && strncmp(s.start, text, s.length) == 0;
}

/* Removes the first line from `rest`, and returns it. */
static span take_line(span *rest) {
  const char *end = memchr(rest->start, '\n', rest->length);
  span line = {rest->start, end == NULL ? rest->length : (size_t)(end - rest->start)};
  size_t used = end == NULL ? line.length : line.length + 1;
  rest->start += used;
  rest->length -= used;
  return line;
}

/* Whether a section header is the one that is read. `header` is the text between the brackets. */
static bool is_wanted(span header, pl_aws_file file, const char *name) {
  static const char *const kinds[] = {[PL_AWS_FILE_CONFIG] = "profile",
                                      [PL_AWS_FILE_CREDENTIALS] = "",
                                      [PL_AWS_FILE_SERVICES] = "services"};
  header = trim(header);
  size_t skip = strlen(kinds[file]);
  if (skip > 0) {
    if (header.length > skip && strncmp(header.start, kinds[file], skip) == 0 &&
        is_blank(header.start[skip])) {
      header = trim((span){header.start + skip, header.length - skip});
    } else if (file != PL_AWS_FILE_CONFIG || !span_is(header, "default")) {
      return false; /* "[sso-session …]" and the like */
    }
  }
  if (header.length >= 2 && (*header.start == '"' || *header.start == '\'') &&
      header.start[header.length - 1] == *header.start)
    header = (span){header.start + 1, header.length - 2};
  return span_is(header, name);
}

/* Reads the lines as Python's configparser does, which botocore uses ("Customizing Parser
 * Behaviour", and botocore/configloader.py): keys have no case, '=' or ':' ends them, only a whole
 * line can be a comment, and a line that is indented more than its key continues that key. */
typedef struct reader {
  pl_aws_file file;
  const char *name;
  pl_aws_section *section;
  span header; /* of the section that was read; empty: none yet */
  bool header_seen, inside;
  bool key_seen; /* since the header: an indented line may continue it */
  bool group;    /* the key has no value, so that the lines below it are "key = value", too */
  size_t indent; /* of that key */
  char key[64];  /* in lower case, cut to fit */
  char **field;  /* of that key; NULL: it is not used */
} reader;

static char **find_field(pl_aws_section *section, const char *name) {
  const struct {
    const char *name;
    char **field;
  } keys[] = {
#define PL_AWS_ROW(field, name) {name, &section->field},
      PL_AWS_PROFILE_KEYS(PL_AWS_ROW)
#undef PL_AWS_ROW
  };
  for (size_t i = 0; i < PL_COUNT_OF(keys); i++) {
    if (strcmp(name, keys[i].name) == 0)
      return keys[i].field;
  }
  return NULL;
}

/* An empty value of what makes an identity is kept, as in botocore: without it, another identity
 * would be used in its place. */
static pl_status set_field(const pl_aws_section *section, char **field, span value) {
  bool keep = value.length > 0 || field < &section->region;
  char *copy = keep ? strndup(value.start, value.length) : NULL;
  if (copy == NULL && keep)
    return PL_ERR_MEMORY;
  pl_aws_wipe_free(*field);
  *field = copy;
  return PL_OK;
}

/* Splits "key = value". False: there is no key, or nothing that ends it. */
static bool split_entry(span text, const char *ends, span *key, span *value) {
  size_t length = 0;
  while (length < text.length && strchr(ends, text.start[length]) == NULL)
    length++;
  *key = trim((span){text.start, length});
  if (length == text.length || key->length == 0)
    return false;
  *value = trim((span){text.start + length + 1, text.length - length - 1});
  return true;
}

/* A line that is part of the value of the key above it. */
static pl_status continue_entry(reader *r, span text, unsigned number, pl_error *error) {
  span key = {text.start, 0}, value = key;
  if (!r->group) {
    if (r->field == NULL)
      return PL_OK;
    pl_buf whole;
    pl_buf_init(&whole, PL_LIMIT_AWS_FILE);
    pl_buf_addf(&whole, "%s\n", *r->field);
    pl_buf_add_bytes(&whole, text.start, text.length);
    pl_status status = pl_buf_status(&whole);
    if (status == PL_OK)
      status = set_field(r->section, r->field, (span){whole.data, whole.length});
    pl_buf_free(&whole);
    return status;
  }
  if (!split_entry(text, "=", &key, &value) && (text.length == 0 || *text.start != '='))
    return pl_fail(error, PL_ERR_INVALID, "line %u: not 'key = value', below '%s ='", number,
                   r->key);
  char name[sizeof(r->key) * 2];
  pl_text_setf(name, sizeof(name), "%s.%.*s", r->key, (int)(key.length < 64 ? key.length : 64),
               key.start);
  char **field = r->inside ? find_field(r->section, name) : NULL;
  return field == NULL ? PL_OK : set_field(r->section, field, value);
}

static pl_status read_header(reader *r, span text, unsigned number, pl_error *error) {
  const char *end = memrchr(text.start, ']', text.length);
  if (end == NULL || end == text.start + 1)
    return pl_fail(error, PL_ERR_INVALID, "line %u: a section header without %s", number,
                   end == NULL ? "']'" : "a name");
  span header = {text.start + 1, (size_t)(end - text.start) - 1};
  r->inside = is_wanted(header, r->file, r->name);
  if (r->inside) {
    if (r->header.length != header.length ||
        memcmp(r->header.start, header.start, header.length) != 0)
      pl_aws_section_free(r->section);
    r->header = header;
    r->section->present = true;
  }
  r->header_seen = true;
  r->key_seen = false;
  return PL_OK;
}

static pl_status read_line(reader *r, span line, unsigned number, pl_error *error) {
  span text = trim(line), key, value;
  if (text.length == 0 || *text.start == '#' || *text.start == ';')
    return PL_OK;
  size_t indent = (size_t)(text.start - line.start);
  if (r->key_seen && indent > r->indent)
    return continue_entry(r, text, number, error);
  r->indent = indent;
  if (*text.start == '[')
    return read_header(r, text, number, error);
  if (!r->header_seen)
    return pl_fail(error, PL_ERR_INVALID, "line %u: before the first [section]", number);
  if (!split_entry(text, "=:", &key, &value))
    return pl_fail(error, PL_ERR_INVALID, "line %u: neither '[section]' nor 'key = value'", number);
  r->key_seen = true;
  r->group = value.length == 0;
  size_t length = key.length < sizeof(r->key) ? key.length : sizeof(r->key) - 1;
  for (size_t i = 0; i < length; i++)
    r->key[i] = (char)tolower((unsigned char)key.start[i]);
  r->key[length] = '\0';
  r->field = r->inside ? find_field(r->section, r->key) : NULL;
  return r->field == NULL ? PL_OK : set_field(r->section, r->field, value);
}

pl_status pl_aws_section_read(const char *text, size_t length, pl_aws_file file, const char *name,
                              pl_aws_section *ret_section, pl_error *error) {
  static const char bom[] = "\xef\xbb\xbf";
  pl_aws_section section = {0};
  span rest = {text, length};
  reader r = {.file = file, .name = name, .header = {"", 0}, .section = &section};
  if (memchr(text, '\0', length) != NULL)
    return pl_fail(error, PL_ERR_INVALID, "a NUL byte");
  if (length >= sizeof(bom) - 1 && memcmp(text, bom, sizeof(bom) - 1) == 0)
    rest = (span){text + sizeof(bom) - 1, length - (sizeof(bom) - 1)};
  for (unsigned number = 1; rest.length > 0; number++) {
    pl_status status = read_line(&r, take_line(&rest), number, error);
    if (status != PL_OK) {
      pl_aws_section_free(&section);
      return status;
    }
  }
  *ret_section = section;
  return PL_OK;
}

void pl_aws_section_free(pl_aws_section *section) {
#define PL_AWS_FREE(field, key) pl_aws_wipe_free(section->field);
  PL_AWS_PROFILE_KEYS(PL_AWS_FREE)
#undef PL_AWS_FREE
  free(section->path);
  *section = (pl_aws_section){0};
}

/* ---- files ---------------------------------------------------------------------------------- */

static pl_status read_file(const pl_aws_environment *environment, pl_aws_file file,
                           const char *name, pl_aws_section *ret_section, pl_error *error) {
  pl_file_content content;
  pl_error problem = {""};
  bool keys = file == PL_AWS_FILE_CREDENTIALS;
  const char *given = keys ? environment->credentials_file : environment->config_file;
  if (given == NULL && environment->home == NULL)
    return PL_OK;
  if (given == NULL)
    given = keys ? "~/.aws/credentials" : "~/.aws/config";
  char *path = pl_aws_path(environment, given);
  if (path == NULL)
    return pl_fail_memory(error);
  pl_status status = pl_file_read_optional(path, PL_LIMIT_AWS_FILE, &content, error);
  if (status != PL_OK || content.text == NULL)
    goto out;
  status = pl_aws_section_read(content.text, content.length, file, name, ret_section, &problem);
  explicit_bzero(content.text, content.length);
  free(content.text);
  if (status != PL_OK) {
    status = pl_fail(error, status, "%s: %s", path,
                     problem.text[0] == '\0' ? "out of memory" : problem.text);
    goto out;
  }
  ret_section->mode = content.mode;
  ret_section->path = path;
  path = NULL;
out:
  free(path);
  return status;
}

const char *pl_aws_profile_name(const char *option, const pl_aws_environment *environment,
                                bool *ret_named) {
  const char *name = option;
  if (name == NULL)
    name = environment->profile != NULL ? environment->profile : environment->default_profile;
  *ret_named = name != NULL;
  return name != NULL ? name : "default";
}

pl_status pl_aws_profile_read(const char *profile, const pl_aws_environment *environment,
                              pl_aws_profile *ret_profile, pl_error *error) {
  pl_aws_profile result = {0};
  pl_status status = read_file(environment, PL_AWS_FILE_CONFIG, profile, &result.config, error);
  if (status == PL_OK)
    status = read_file(environment, PL_AWS_FILE_CREDENTIALS, profile, &result.credentials, error);
  if (status == PL_OK)
    *ret_profile = result;
  else
    pl_aws_profile_free(&result);
  return status;
}

void pl_aws_profile_free(pl_aws_profile *profile) {
  pl_aws_section_free(&profile->config);
  pl_aws_section_free(&profile->credentials);
}

pl_status pl_aws_services_read(const char *name, const pl_aws_environment *environment,
                               pl_aws_section *ret_section, pl_error *error) {
  return read_file(environment, PL_AWS_FILE_SERVICES, name, ret_section, error);
}
