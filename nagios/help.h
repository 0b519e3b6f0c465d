/* --help and --list-presets, generated from the tables. */
#ifndef PL_NAGIOS_HELP_H
#define PL_NAGIOS_HELP_H

#include "base/buf.h"

#define PL_HELP_COLUMNS ((size_t)100)

void pl_help(pl_buf *buf);
void pl_help_presets(pl_buf *buf);

#endif
