/* Reads /etc/hosts, and finds the addresses of a name in it. */
#include "probe/dns/hosts_file.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SPACE " \t\r"
#define END_OF_LINE "\n#"

static pl_status read_again(pl_hosts_file *hosts, const char *path) {
  pl_file_stamp stamp = pl_file_stamp_of(path);
  if (hosts->read && pl_file_stamp_equal(&stamp, &hosts->stamp))
    return PL_OK;
  pl_file_content content = {.text = NULL};
  pl_status status = pl_file_read_optional(path, PL_LIMIT_HOSTS_FILE, &content, NULL);
  if (status == PL_ERR_MEMORY)
    return status;
  free(hosts->text);
  hosts->text = content.text;
  hosts->stamp = stamp;
  hosts->read = true;
  return PL_OK;
}

/* Both end a name in a dot, or not. */
static bool same_name(const char *word, size_t length, const char *name) {
  size_t name_length = strlen(name);
  if (length > 0 && word[length - 1] == '.')
    length--;
  if (name_length > 0 && name[name_length - 1] == '.')
    name_length--;
  return length == name_length && strncasecmp(word, name, length) == 0;
}

/* One line, without its comment: an address, and names. */
static pl_status find_in_line(const char *line, size_t length, const char *name,
                              pl_addr_list *list) {
  char number[PL_ADDR_TEXT] = "";
  pl_addr address;
  bool first = true;
  for (size_t at = 0, size; at < length; at += size) {
    at += strspn(line + at, SPACE);
    size = at < length ? strcspn(line + at, SPACE END_OF_LINE) : 0;
    if (size == 0)
      break;
    if (first) {
      if (size >= sizeof(number))
        return PL_OK;
      memcpy(number, line + at, size);
      if (pl_addr_parse(number, &address) != PL_OK)
        return PL_OK;
    } else if (same_name(line + at, size, name)) {
      return pl_addr_list_add(list, &address);
    }
    first = false;
  }
  return PL_OK;
}

pl_status pl_hosts_file_find(pl_hosts_file *hosts, const char *path, const char *name,
                             pl_addr_list *list) {
  pl_status status = read_again(hosts, path);
  for (const char *line = hosts->text; status == PL_OK && line != NULL && *line != '\0';) {
    status = find_in_line(line, strcspn(line, END_OF_LINE), name, list);
    line += strcspn(line, "\n");
    line += *line == '\n' ? 1 : 0;
  }
  return status;
}

void pl_hosts_file_free(pl_hosts_file *hosts) {
  free(hosts->text);
  *hosts = (pl_hosts_file){.read = false};
}
