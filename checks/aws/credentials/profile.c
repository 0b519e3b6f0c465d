/* Reads a profile from the shared AWS files. */
#include "aws/credentials/profile.h"
#include "base/file.h"
#include "base/limits.h"
#include <stdlib.h>
#include <string.h>

#define OTHERS 077u /* permission bits of group and others */

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

/* Whether a section header names the profile. `name` is the text between the brackets. */
static bool names_profile(span name, pl_aws_file file, const char *profile) {
  static const char prefix[] = "profile";
  name = trim(name);
  size_t skip = sizeof(prefix) - 1;
  if (file == PL_AWS_FILE_CONFIG) {
    if (name.length > skip && strncmp(name.start, prefix, skip) == 0 &&
        is_blank(name.start[skip])) {
      name = trim((span){name.start + skip, name.length - skip});
    } else if (!span_is(name, "default")) {
      return false; /* "[sso-session …]", "[services …]" and the like */
    }
  }
  if (name.length >= 2 && (*name.start == '"' || *name.start == '\'') &&
      name.start[name.length - 1] == *name.start)
    name = (span){name.start + 1, name.length - 2};
  return span_is(name, profile);
}

static pl_status set_key(pl_aws_section *section, span key, span value) {
  const struct {
    const char *name;
    char **field;
  } keys[] = {
#define PL_AWS_ROW(field, name) {name, &section->field},
      PL_AWS_PROFILE_KEYS(PL_AWS_ROW)
#undef PL_AWS_ROW
  };
  for (size_t i = 0; i < PL_COUNT_OF(keys); i++) {
    if (!span_is(key, keys[i].name))
      continue;
    char *copy = value.length == 0 ? NULL : strndup(value.start, value.length);
    if (copy == NULL && value.length > 0)
      return PL_ERR_MEMORY;
    pl_aws_wipe_free(*keys[i].field);
    *keys[i].field = copy;
    return PL_OK;
  }
  return PL_OK;
}

static pl_status read_line(span line, unsigned number, pl_aws_file file, const char *profile,
                           bool *inside, pl_aws_section *section, pl_error *error) {
  bool indented = line.length > 0 && is_blank(*line.start);
  span text = trim(line);
  if (text.length == 0 || *text.start == '#' || *text.start == ';' || indented)
    return PL_OK;
  if (*text.start == '[') {
    const char *end = memchr(text.start, ']', text.length);
    if (end == NULL)
      return pl_fail(error, PL_ERR_INVALID, "line %u: a section header without ']'", number);
    *inside = names_profile((span){text.start + 1, (size_t)(end - text.start) - 1}, file, profile);
    section->present = section->present || *inside;
    return PL_OK;
  }
  const char *equals = memchr(text.start, '=', text.length);
  if (equals == NULL)
    return pl_fail(error, PL_ERR_INVALID, "line %u: neither '[section]' nor 'key = value'", number);
  if (!*inside)
    return PL_OK;
  span key = {text.start, (size_t)(equals - text.start)};
  span value = {equals + 1, text.length - key.length - 1};
  return set_key(section, trim(key), trim(value));
}

pl_status pl_aws_section_read(const char *text, size_t length, pl_aws_file file,
                              const char *profile, pl_aws_section *ret_section, pl_error *error) {
  static const char bom[] = "\xef\xbb\xbf";
  pl_aws_section section = {0};
  span rest = {text, length};
  bool inside = false;
  if (memchr(text, '\0', length) != NULL)
    return pl_fail(error, PL_ERR_INVALID, "a NUL byte");
  if (length >= sizeof(bom) - 1 && memcmp(text, bom, sizeof(bom) - 1) == 0)
    rest = (span){text + sizeof(bom) - 1, length - (sizeof(bom) - 1)};
  for (unsigned number = 1; rest.length > 0; number++) {
    pl_status status = read_line(take_line(&rest), number, file, profile, &inside, &section, error);
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
  *section = (pl_aws_section){0};
}

/* ---- files ---------------------------------------------------------------------------------- */

static pl_status read_section(const char *path, pl_aws_file file, const char *profile,
                              pl_aws_section *ret_section, pl_error *error) {
  pl_file_content content;
  pl_aws_section section = {0};
  pl_error problem = {""};
  pl_status status = pl_file_read_optional(path, PL_LIMIT_AWS_FILE, &content, error);
  if (status != PL_OK || content.text == NULL)
    return status;
  status = pl_aws_section_read(content.text, content.length, file, profile, &section, &problem);
  explicit_bzero(content.text, content.length);
  free(content.text);
  if (status != PL_OK)
    return pl_fail(error, status, "%s: %s", path,
                   problem.text[0] == '\0' ? "no memory" : problem.text);
  if (section.secret_access_key != NULL && (content.mode & OTHERS) != 0) {
    pl_aws_section_free(&section);
    return pl_fail(error, PL_ERR_INVALID,
                   "%s: holds a secret, and others may read it (mode %04o): chmod 600 it", path,
                   content.mode);
  }
  *ret_section = section;
  return PL_OK;
}

/* The given path, or the one below the home directory; "" if neither is known. */
static void choose_path(char *path, size_t size, const char *given, const char *home,
                        const char *name) {
  pl_buf buf;
  pl_buf_fixed(&buf, path, size);
  if (given != NULL)
    pl_buf_add(&buf, given);
  else if (home != NULL)
    pl_buf_addf(&buf, "%s/.aws/%s", home, name);
}

pl_status pl_aws_profile_read(const char *profile, const pl_aws_environment *environment,
                              pl_aws_profile *ret_profile, pl_error *error) {
  pl_aws_profile result = {0};
  const struct {
    pl_aws_file file;
    const char *given, *name;
    pl_aws_section *section;
  } files[] = {
      {PL_AWS_FILE_CONFIG, environment->config_file, "config", &result.config},
      {PL_AWS_FILE_CREDENTIALS, environment->credentials_file, "credentials", &result.credentials},
  };
  for (size_t i = 0; i < PL_COUNT_OF(files); i++) {
    char path[4096];
    choose_path(path, sizeof(path), files[i].given, environment->home, files[i].name);
    if (path[0] == '\0')
      continue;
    pl_status status = read_section(path, files[i].file, profile, files[i].section, error);
    if (status != PL_OK) {
      pl_aws_profile_free(&result);
      return status;
    }
  }
  *ret_profile = result;
  return PL_OK;
}

void pl_aws_profile_free(pl_aws_profile *profile) {
  pl_aws_section_free(&profile->config);
  pl_aws_section_free(&profile->credentials);
}
