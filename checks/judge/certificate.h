/* How long the certificates of the private addresses are valid. Only for port.c and the metrics.
 * Pure, any thread. */
#ifndef PL_JUDGE_CERTIFICATE_H
#define PL_JUDGE_CERTIFICATE_H

#include "judge/case.h"

/* Days until the first certificate of a private address, or of its verified chain, expires, rounded
 * to tenths; negative where it is over, false where none was seen. */
bool pl_certificate_days(const pl_case *c, double *ret_days);
/* Adds a finding if a certificate has fewer days left than --certificate says. */
void pl_certificate_judge(pl_case *c);
/* Adds ", certificate 90 days" to the line of the check. */
void pl_certificate_add(const pl_case *c, pl_buf *summary);

#endif
