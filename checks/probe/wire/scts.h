/* Reads the list of signed certificate timestamps in a certificate (RFC 6962 3.3). Pure, any
 * thread. Fuzzed. */
#ifndef PL_PROBE_WIRE_SCTS_H
#define PL_PROBE_WIRE_SCTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the value of the X.509 extension 1.3.6.1.4.1.11129.2.4.2 is a well-formed list of at
 * least one version 1 SCT and of nothing else. Nothing is verified with a log. */
bool pl_scts_valid(const uint8_t *value, size_t length);

#endif
