/* The days that are left of the private side's certificates, with those of their verified chains.
 */
#include "judge/certificate.h"
#include "options/options.h"
#include <math.h>

#define SECONDS_PER_DAY 86400.0
/* Certificates with a shorter lifetime are renewed so late that the default of --certificate would
 * always alert. */
#define SHORT_LIFETIME 30 /* days */

/* One certificate of a verified chain. */
typedef struct lease {
  const pl_target *target;
  const char *issuer; /* subject of one after the server's own; NULL: the server's own */
  int64_t not_before, not_after;
} lease;

/* Rounded to tenths in this one function, so that text, metric and severity agree. What is over is
 * negative. */
static double days_left(const pl_case *c, const lease *l) {
  double days = (double)(l->not_after - c->now) / SECONDS_PER_DAY;
  return (l->not_after < c->now ? floor(days * 10) : round(days * 10)) / 10;
}

/* The certificates of a private address: the server's own, and the first of the others to end.
 * Someone else's certificate does not count. */
static size_t leases_of(const pl_target *target, lease ret_leases[2]) {
  const pl_attempt_result *attempt = pl_target_last_attempt(target);
  if (target->role != PL_ROLE_PRIVATE || attempt == NULL || !pl_attempt_identified(attempt))
    return 0;
  const pl_certificate *certificate = &attempt->certificate;
  ret_leases[0] = (lease){target, NULL, certificate->not_before, certificate->not_after};
  ret_leases[1] = (lease){target, certificate->issuer_subject, certificate->issuer_not_before,
                          certificate->issuer_not_after};
  return certificate->issuer_not_after != 0 ? 2 : 1;
}

/* As --certificate says; without it a third and a sixth of a short lifetime. */
static pl_severity lease_severity(const pl_case *c, const lease *l) {
  double warning = c->spec->certificate_warning, critical = c->spec->certificate_critical;
  double lifetime = (double)(l->not_after - l->not_before) / SECONDS_PER_DAY;
  if (lifetime < SHORT_LIFETIME && !pl_spec_given(c->spec, PL_OPTION_CERTIFICATE)) {
    warning = lifetime / 3;
    critical = lifetime / 6;
  }
  double days = days_left(c, l);
  if (days < 0)
    return PL_SEVERITY_OK; /* an expired one has its own finding */
  return days < critical  ? PL_SEVERITY_CRITICAL
         : days < warning ? PL_SEVERITY_WARNING
                          : PL_SEVERITY_OK;
}

/* The certificate that ends first, or with `by_severity` the one that alerts most. False where none
 * was seen. */
static bool find_lease(const pl_case *c, bool by_severity, lease *ret_lease) {
  bool found = false;
  for (size_t i = 0; i < c->facts->target_count; i++) {
    lease leases[2];
    size_t count = leases_of(&c->facts->targets[i], leases);
    for (size_t j = 0; j < count; j++) {
      int more = by_severity && found
                     ? (int)lease_severity(c, &leases[j]) - (int)lease_severity(c, ret_lease)
                     : 0;
      if (!found || more > 0 || (more == 0 && leases[j].not_after < ret_lease->not_after))
        *ret_lease = leases[j];
      found = true;
    }
  }
  return found;
}

bool pl_certificate_days(const pl_case *c, double *ret_days) {
  lease first;
  bool by_severity = false;
  if (!find_lease(c, by_severity, &first))
    return false;
  *ret_days = days_left(c, &first);
  return true;
}

void pl_certificate_judge(pl_case *c) {
  lease worst;
  bool by_severity = true;
  if (!find_lease(c, by_severity, &worst) || lease_severity(c, &worst) == PL_SEVERITY_OK)
    return;
  char address[PL_ADDR_TEXT];
  pl_verdict_add(
      c->verdict, PL_CHECK_PORT, PL_REASON_PORT_CERTIFICATE_EXPIRY, lease_severity(c, &worst),
      &worst.target->address, "%s: certificate %s%sexpires in %.1f days",
      pl_addr_format(&worst.target->address, address), worst.issuer != NULL ? worst.issuer : "",
      worst.issuer != NULL ? " of the chain " : "", days_left(c, &worst));
}

/* ", certificate 90 days", of the one that ends first. Tenths matter only near its end. */
void pl_certificate_add(const pl_case *c, pl_buf *summary) {
  lease first;
  bool by_severity = false;
  if (!find_lease(c, by_severity, &first))
    return;
  double days = days_left(c, &first);
  pl_buf_add(summary, ", certificate ");
  if (first.issuer != NULL)
    pl_buf_addf(summary, "%s of the chain ", first.issuer);
  if (days < 0)
    pl_buf_add(summary, "expired");
  else
    pl_buf_add_number(summary, days, days < SHORT_LIFETIME ? 1 : 0);
  pl_buf_add(summary, days < 0 ? "" : " days");
}
