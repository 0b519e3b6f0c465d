/* /etc/hosts, which programs on this host use before DNS (hosts(5)). Kept in memory, and read again
 * when it has changed. Loop thread only. */
#ifndef PL_PROBE_DNS_HOSTS_FILE_H
#define PL_PROBE_DNS_HOSTS_FILE_H

#include "base/addr.h"
#include "base/file.h"

/* The owner embeds it, zeroed at first. */
typedef struct pl_hosts_file {
  bool read;
  pl_file_stamp stamp;
  char *text; /* NULL: there is none */
} pl_hosts_file;

/* Adds the addresses that the file `path` gives `name` to `list`. A file that can't be read, or is
 * too large, gives none. */
pl_status pl_hosts_file_find(pl_hosts_file *hosts, const char *path, const char *name,
                             pl_addr_list *list) PL_MUST_USE;
void pl_hosts_file_free(pl_hosts_file *hosts);

#endif
