/* Time stamps (RFC 3161) of a line of the evidence log. Request and response are bytes, so any
 * transport will do. Pure functions; any thread.
 */
#ifndef PL_EVIDENCE_LOG_ANCHOR_H
#define PL_EVIDENCE_LOG_ANCHOR_H

#include "evidence/log/chain.h"

/* Appends a request (DER) to stamp the hash of a line. It asks for the certificate of the
 * authority, and has no nonce: the response may come at any time. */
pl_status pl_anchor_request(const pl_sha256 *hash, pl_buf *ret_request,
                            pl_error *error) PL_MUST_USE;

typedef struct pl_anchor {
  pl_sha256 hash; /* of the line that is stamped */
  pl_nsec wall;   /* when it was stamped, by the authority's clock; whole seconds */
} pl_anchor;

/* Reads a response (DER), without trust: the signature is not verified. */
pl_status pl_anchor_read(const uint8_t *response, size_t length, pl_anchor *ret_anchor,
                         pl_error *error) PL_MUST_USE;
/* Verifies the response: signed by an authority for time stamps, whose certificate leads to one in
 * `ca_file` (PEM). */
pl_status pl_anchor_verify(const uint8_t *response, size_t length, const char *ca_file,
                           pl_error *error) PL_MUST_USE;

/* Whether `ca_file` can be read: else each time stamp of the log would seem to be bad. */
pl_status pl_anchor_check_authorities(const char *ca_file, pl_error *error) PL_MUST_USE;

/* Base64 (RFC 4648) without line breaks. Parsing takes only what writing gives. */
void pl_base64_add(pl_buf *buf, const uint8_t *bytes, size_t length);
/* At most PL_LIMIT_TIME_STAMP bytes. */
bool pl_base64_parse(pl_slice text, uint8_t ret_bytes[PL_LIMIT_TIME_STAMP], size_t *ret_length);

#endif
