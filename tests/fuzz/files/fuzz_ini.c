/* Any bytes as an INI file: every event keeps what ini.h promises. */
#include "base/ini.h"
#include "base/limits.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition)
    abort();
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* A string of one line, without white space at its ends. */
static void require_trimmed(const char *text) {
  size_t length = strlen(text);
  require(length <= PL_LIMIT_CONFIG_LINE);
  require(strchr(text, '\n') == NULL);
  require(length == 0 || (!is_blank(text[0]) && !is_blank(text[length - 1])));
}

static pl_status check(void *user, const pl_ini_event *event) {
  unsigned *line = user;
  require(event->line > *line);
  *line = event->line;
  require_trimmed(event->section);
  require(strchr(event->section, ']') == NULL);
  require((event->key == NULL) == (event->value == NULL));
  if (event->problem != NULL) {
    require(event->key == NULL);
    require(event->problem[0] != '\0');
    return PL_OK;
  }
  if (event->key == NULL) {
    require(event->section[0] != '\0');
    return PL_OK;
  }
  require_trimmed(event->key);
  require_trimmed(event->value);
  require(event->key[0] != '\0' && strchr("[#;", event->key[0]) == NULL);
  require(strchr(event->key, '=') == NULL);
  return PL_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  unsigned line = 0;
  require(pl_ini_read((const char *)data, size, check, &line) == PL_OK);
  return 0;
}
