/* What a discovery knows of one account and region, as text: a restart remembers it until the API
 * answers.
 *
 * It holds what the API said of each endpoint, and no configuration. Sections are made of it as of
 * a fresh answer, with the templates of today. So it can add endpoints, and change nothing of what
 * is expected. Pure functions, any thread.
 */
#ifndef PL_AWS_DISCOVERY_SNAPSHOT_H
#define PL_AWS_DISCOVERY_SNAPSHOT_H

#include "aws/discovery/known.h"

/* Adds a text to the buffer of each scope. `common` is that of the sections. */
pl_status pl_snapshot_write(const pl_known *known, const pl_discovery *discovery,
                            const pl_section_common *common, pl_buf *texts) PL_MUST_USE;

/* Reads such a text into the answer of a scope that has not been asked yet. PL_ERR_INVALID if it is
 * anything but what pl_snapshot_write writes for the scope, the filters and these options. */
pl_status pl_snapshot_read(const char *text, size_t length, const pl_discovery *discovery,
                           const pl_section_common *common, pl_scope *scope,
                           pl_error *error) PL_MUST_USE;

#endif
