// Rows of the public check's truth table.
#include "public_row.h"

pl_attempt_result seen_attempt(seen s) {
  static const pl_end ends[SEEN_COUNT] = {
      [SEEN_HTTP_OTHER] = PL_END_HTTP_ANSWER,
      [SEEN_HTTP_MATCH] = PL_END_HTTP_ANSWER,
      [SEEN_HTTP_EXPIRED_OTHER] = PL_END_HTTP_ANSWER,
      [SEEN_HTTP_EXPIRED_MATCH] = PL_END_HTTP_ANSWER,
      [SEEN_HTTP_RESET] = PL_END_HTTP_RESET,
      [SEEN_HTTP_CLOSED] = PL_END_HTTP_CLOSED,
      [SEEN_HTTP_SILENT] = PL_END_HTTP_SILENT,
      [SEEN_HTTP_GARBAGE] = PL_END_HTTP_GARBAGE,
      [SEEN_TLS_DONE] = PL_END_TLS_DONE,
      [SEEN_UNVERIFIED] = PL_END_TLS_UNVERIFIED,
      [SEEN_CONNECTED] = PL_END_CONNECTED,
      [SEEN_TLS_RESET] = PL_END_TLS_RESET,
      [SEEN_TLS_CLOSED] = PL_END_TLS_CLOSED,
      [SEEN_TLS_ALERT_80] = PL_END_TLS_ALERT,
      [SEEN_TLS_ALERT_40] = PL_END_TLS_ALERT,
      [SEEN_TLS_RESET_LATE] = PL_END_TLS_RESET,
      [SEEN_TLS_SILENT] = PL_END_TLS_SILENT,
      [SEEN_TLS_GARBAGE] = PL_END_TLS_GARBAGE,
      [SEEN_REFUSED] = PL_END_REFUSED,
      [SEEN_SILENT] = PL_END_SILENT,
      [SEEN_PROHIBITED] = PL_END_ICMP,
      [SEEN_PROHIBITED_SELF] = PL_END_ICMP,
      [SEEN_ICMP_OTHER] = PL_END_ICMP,
      [SEEN_LOCAL] = PL_END_LOCAL,
      [SEEN_NOT_SENT] = PL_END_NOT_SENT,
      [SEEN_TOO_SHORT] = PL_END_TOO_SHORT,
      [SEEN_CUT] = PL_END_CUT,
      [SEEN_FROZEN] = PL_END_FROZEN,
      [SEEN_NOT_TRIED] = PL_END_NOT_TRIED,
      [SEEN_LOCAL_LATE] = PL_END_LOCAL,
      [SEEN_CUT_LATE] = PL_END_CUT,
      [SEEN_FROZEN_LATE] = PL_END_FROZEN,
  };
  pl_attempt_result attempt = case_attempt(ends[s], 0);
  bool match = s == SEEN_HTTP_MATCH || s == SEEN_HTTP_EXPIRED_MATCH;
  if (attempt.end == PL_END_HTTP_ANSWER)
    attempt.http_status = match ? 403 : 200;
  if (match)
    attempt.signature = 0;
  if (s == SEEN_HTTP_EXPIRED_MATCH || s == SEEN_HTTP_EXPIRED_OTHER)
    attempt.certificate.time = PL_CERTIFICATE_EXPIRED;
  if (s == SEEN_UNVERIFIED)
    attempt.certificate = (pl_certificate){.seen = true, .time = PL_CERTIFICATE_VALID};
  if (s == SEEN_TLS_RESET_LATE) /* seen, but the handshake that would prove it did not end */
    attempt.certificate = (pl_certificate){.seen = true, .time = PL_CERTIFICATE_VALID};
  if (s == SEEN_LOCAL_LATE || s == SEEN_CUT_LATE || s == SEEN_FROZEN_LATE)
    case_good_certificate(&attempt);
  if (s == SEEN_TLS_ALERT_80 || s == SEEN_TLS_ALERT_40)
    attempt.alert = s == SEEN_TLS_ALERT_80 ? 80 : 40;
  if (attempt.end == PL_END_ICMP)
    attempt.icmp = (pl_icmp){.seen = true,
                             .family = PL_FAMILY_IPV4,
                             .type = 3,
                             .code = s == SEEN_ICMP_OTHER ? 1 : 13,
                             .sender = case_address(PL_FAMILY_IPV4, 250),
                             .sender_is_self = s == SEEN_PROHIBITED_SELF};
  return attempt;
}

static void build_list(public_case *k, list l) {
  static const pl_signature all[] = {
      {.kind = PL_SIGNATURE_HTTP, .status = 403, .alert = -1},
      {.kind = PL_SIGNATURE_TCP_REFUSED, .alert = -1},
      {.kind = PL_SIGNATURE_TCP_TIMEOUT, .alert = -1},
      {.kind = PL_SIGNATURE_TCP_REJECTED, .alert = -1},
      {.kind = PL_SIGNATURE_TLS_RESET, .alert = -1},
      {.kind = PL_SIGNATURE_TLS_ALERT, .alert = -1},
  };
  memcpy(k->signatures, all, sizeof(all));
  size_t count = l == LIST_DEFAULT ? 3 : l == LIST_EMPTY ? 1 : PL_COUNT_OF(all);
  k->spec.blocked_by = (pl_signatures){k->signatures, count};
  for (size_t i = 0; i < count; i++)
    k->signatures[i].evidence = l == LIST_PROOF  ? PL_EVIDENCE_PROOF
                                : l == LIST_HINT ? PL_EVIDENCE_HINT
                                                 : PL_EVIDENCE_DEFAULT;
  if (l == LIST_EMPTY) /* one that nothing here matches */
    k->signatures[0] = (pl_signature){.kind = PL_SIGNATURE_DNS_NXDOMAIN, .alert = -1};
}

void row_build(public_case *k, const row *r) {
  case_init(k, r->count);
  build_list(k, r->list);
  for (size_t i = 0; i < PL_COUNT_OF(k->dns); i++) {
    unsigned bit = 1u << (i / 2 + (i % 2) * 2);
    if ((r->dns & bit) == 0)
      k->dns[i].outcome = PL_DNS_SERVFAIL;
  }
  for (size_t i = 0; i < r->count; i++)
    case_set_public(k, i, r->family[i], seen_attempt(r->seen[i]));
  k->witnesses[0].results[0].verified = (r->witness & WITNESS_BEFORE_4) != 0;
  k->witnesses[0].results[1].verified = (r->witness & WITNESS_AFTER_4) != 0;
  k->witnesses[1].results[0].verified = (r->witness & WITNESS_BEFORE_6) != 0;
  k->witnesses[1].results[1].verified = (r->witness & WITNESS_AFTER_6) != 0;
  if (r->side == SIDE_NOT_ASKED)
    k->spec.checks = PL_CHECK_BIT(PL_CHECK_PUBLIC);
  pl_attempt_result *private = case_private(k);
  private->http_status = r->counter == COUNTER_GIVEN ? 200 : 403;
  private->signature = r->counter == COUNTER_ALIKE ? 0 : -1;
  if (r->side == SIDE_DOWN || r->side == SIDE_NOT_ASKED)
    k->facts.target_count--;
}

const row silent_block = {.count = 2,
                          .seen = {SEEN_SILENT, SEEN_REFUSED},
                          .family = {PL_FAMILY_IPV4, PL_FAMILY_IPV6},
                          .witness = WITNESS_ALL,
                          .side = SIDE_UP,
                          .counter = COUNTER_GIVEN,
                          .list = LIST_DEFAULT,
                          .dns = DNS_ALL};

const row http_block = {.count = 2,
                        .seen = {SEEN_HTTP_MATCH, SEEN_HTTP_MATCH},
                        .family = {PL_FAMILY_IPV4, PL_FAMILY_IPV6},
                        .side = SIDE_UP,
                        .counter = COUNTER_GIVEN,
                        .list = LIST_DEFAULT,
                        .dns = DNS_ALL};

const row reset_block = {.count = 1,
                         .seen = {SEEN_TLS_RESET},
                         .family = {PL_FAMILY_IPV4},
                         .witness = WITNESS_ALL,
                         .side = SIDE_UP,
                         .counter = COUNTER_GIVEN,
                         .list = LIST_PROOF,
                         .dns = DNS_ALL};

void row_judge(const row *r, void (*change)(public_case *k), pl_verdict *ret_verdict) {
  static public_case k;
  row_build(&k, r);
  if (change != NULL)
    change(&k);
  pl_judge(&k.spec, &k.facts, 1000000000, ret_verdict);
}
