/* What a recorded case has of the facts of a round, and of what is remembered. */
#include "evidence/case_fields.h"
#include "facts/facts.h"
#include "memory/notes.h"

#define NSEC_MAX PL_FIELD_NSEC_MAX
#define SECONDS_MAX PL_FIELD_SECONDS_MAX
#define DURATION(type, key, member) PL_FIELD_INT(type, key, member, -1, NSEC_MAX, PL_NSEC_UNKNOWN)
#define INSTANT(type, key, member) PL_FIELD_INT(type, key, member, -1, NSEC_MAX, 0)
#define BOOL(type, key, member) PL_FIELD_OF(BOOL, type, key, member)
#define TEXT(type, key, member) PL_FIELD_OF(TEXT, type, key, member)
#define ADDRESS(type, key, member) PL_FIELD_OF(ADDRESS, type, key, member)
#define OUT(type, member) PL_FIELD_OF(OUT, type, NULL, member)

static const pl_field address_fields[] = {
    {.key = "", .kind = PL_FIELD_ADDRESS, .size = sizeof(pl_addr)}};
static const pl_record address = PL_RECORD(pl_addr, address_fields);

#define ADDRESSES(type, key, member)                                                               \
  PL_FIELD_MANY(LIST, type, key, member.items, member.count, PL_LIMIT_ADDRESSES, &address),        \
      PL_FIELD_OF(BOOL, type, key "_truncated", member.truncated)

/* ---- DNS ------------------------------------------------------------------------------------ */

static const pl_field dns_fields[] = {
    PL_FIELD_OF(SOCKADDR, pl_dns_fact, "resolver", resolver),
    PL_FIELD_ONE_OF(pl_dns_fact, "transport", transport, pl_dns_transport_words, 0),
    PL_FIELD_INT(pl_dns_fact, "type", type, PL_DNS_A, PL_DNS_AAAA, 0),
    PL_FIELD_ONE_OF(pl_dns_fact, "outcome", outcome, pl_dns_outcome_words, 0),
    PL_FIELD_INT(pl_dns_fact, "rcode", rcode, 0, UINT16_MAX, 0),
    PL_FIELD_INT(pl_dns_fact, "error", error, 0, INT32_MAX, 0),
    BOOL(pl_dns_fact, "system", system),
    BOOL(pl_dns_fact, "superseded", superseded),
    BOOL(pl_dns_fact, "over_tcp", over_tcp),
    ADDRESSES(pl_dns_fact, "answers", answers),
    TEXT(pl_dns_fact, "canonical", canonical),
    PL_FIELD_INT(pl_dns_fact, "ttl", ttl, 0, UINT32_MAX, 0),
    INSTANT(pl_dns_fact, "started", started),
    DURATION(pl_dns_fact, "elapsed", elapsed),
};
static const pl_record dns = PL_RECORD(pl_dns_fact, dns_fields);

static const pl_field further_fields[] = {
    TEXT(pl_further, "name", name),
    PL_FIELD_MANY(LIST, pl_further, "dns", dns, dns_count, PL_LIMIT_DNS_FACTS, &dns),
    ADDRESSES(pl_further, "hosts", hosts),
};
static const pl_record further = PL_RECORD(pl_further, further_fields);

/* ---- attempts ------------------------------------------------------------------------------- */

static const char *const ends[] = {
#define PL_END(id, key, ...) key,
#include "facts/ends.def"
#undef PL_END
};
static const char *const periods[] = {[PL_CERTIFICATE_TIME_UNKNOWN] = "unknown",
                                      [PL_CERTIFICATE_VALID] = "valid",
                                      [PL_CERTIFICATE_EXPIRED] = "expired",
                                      [PL_CERTIFICATE_NOT_YET] = "not-yet"};

static const pl_field icmp_fields[] = {
    BOOL(pl_icmp, "seen", seen),
    PL_FIELD_INT(pl_icmp, "family", family, 0, PL_FAMILY_IPV6, 0),
    PL_FIELD_INT(pl_icmp, "type", type, 0, UINT8_MAX, 0),
    PL_FIELD_INT(pl_icmp, "code", code, 0, UINT8_MAX, 0),
    ADDRESS(pl_icmp, "sender", sender),
    BOOL(pl_icmp, "sender_is_self", sender_is_self),
};
static const pl_record icmp = PL_RECORD(pl_icmp, icmp_fields);

/* Years 0 to 9999. */
#define DAY_OF(key, member)                                                                        \
  PL_FIELD_INT(pl_certificate, key, member, -(INT64_C(1) << 40), INT64_C(1) << 40, 0)

static const pl_field certificate_fields[] = {
    BOOL(pl_certificate, "seen", seen),
    BOOL(pl_certificate, "chain_ok", chain_ok),
    BOOL(pl_certificate, "name_ok", name_ok),
    PL_FIELD_ONE_OF(pl_certificate, "time", time, periods, 0),
    DAY_OF("not_before", not_before),
    DAY_OF("not_after", not_after),
    TEXT(pl_certificate, "subject", subject),
    TEXT(pl_certificate, "issuer", issuer),
    TEXT(pl_certificate, "problem", problem),
    PL_FIELD_OF(HEX, pl_certificate, "sha256", sha256),
    BOOL(pl_certificate, "has_scts", has_scts),
    BOOL(pl_certificate, "public_anchor", public_anchor),
    DAY_OF("issuer_not_before", issuer_not_before),
    DAY_OF("issuer_not_after", issuer_not_after),
    TEXT(pl_certificate, "issuer_subject", issuer_subject),
};
static const pl_record certificate = PL_RECORD(pl_certificate, certificate_fields);

#define ATTEMPT pl_attempt_result
static const pl_field attempt_fields[] = {
    PL_FIELD_ONE_OF(ATTEMPT, "end", end, ends, PL_END_NOT_TRIED),
    PL_FIELD_INT(ATTEMPT, "error", error, 0, INT32_MAX, 0),
    PL_FIELD_INNER(ATTEMPT, "icmp", icmp, &icmp),
    PL_FIELD_INT(ATTEMPT, "local_port", local_port, 0, UINT16_MAX, 0),
    ADDRESS(ATTEMPT, "source", source),
    PL_FIELD_INT(ATTEMPT, "retransmits", retransmits, 0, UINT8_MAX, 0),
    PL_FIELD_INT(ATTEMPT, "alert", alert, -1, UINT8_MAX, -1),
    PL_FIELD_INT(ATTEMPT, "tls_version", tls_version, 0, UINT16_MAX, 0),
    BOOL(ATTEMPT, "tls_bytes", tls_bytes),
    BOOL(ATTEMPT, "gap", gap),
    PL_FIELD_INNER(ATTEMPT, "certificate", certificate, &certificate),
    PL_FIELD_INT(ATTEMPT, "http_status", http_status, 0, 999, 0),
    PL_FIELD_INT(ATTEMPT, "signature", signature, -1, PL_LIMIT_LIST - 1, -1),
    PL_FIELD_ONE_OF(ATTEMPT, "body", body, pl_body_words, 0),
    PL_FIELD_INT(ATTEMPT, "body_length", body_length, 0, PL_LIMIT_HTTP_BODY, 0),
    PL_FIELD_OF(HEX, ATTEMPT, "body_sha256", body_sha256),
    BOOL(ATTEMPT, "bot_protection", bot_protection),
    OUT(ATTEMPT, http_note), /* part of the body */
    INSTANT(ATTEMPT, "started", started),
    INSTANT(ATTEMPT, "ended", ended),
    DURATION(ATTEMPT, "connect_time", connect_time),
    DURATION(ATTEMPT, "tls_time", tls_time),
    DURATION(ATTEMPT, "first_byte_time", first_byte_time),
};
static const pl_record attempt = PL_RECORD(ATTEMPT, attempt_fields);

/* ---- targets and witnesses ------------------------------------------------------------------ */

static const char *const roles[] = {
    [PL_ROLE_PRIVATE] = "private",       [PL_ROLE_COUNTER] = "counter",
    [PL_ROLE_PUBLIC] = "public",         [PL_ROLE_SIBLING] = "sibling",
    [PL_ROLE_AGENT] = "agent",           [PL_ROLE_HELLO] = "hello",
    [PL_ROLE_PUBLIC_KEY] = "public-key", [PL_ROLE_PRIVATE_KEY] = "private-key"};
static const char *const origins[] = {"dns", "ec2", "option", "hosts"};

static const pl_field route_fields[] = {
    BOOL(pl_route, "known", known),
    BOOL(pl_route, "local", local),
    PL_FIELD_INT(pl_route, "table", table, 0, UINT32_MAX, 0),
    PL_FIELD_INT(pl_route, "interface", interface, 0, UINT32_MAX, 0),
    ADDRESS(pl_route, "destination", destination),
    PL_FIELD_INT(pl_route, "prefix_length", prefix_length, 0, 128, 0),
    ADDRESS(pl_route, "gateway", gateway),
};
static const pl_record route = PL_RECORD(pl_route, route_fields);

static const pl_field hop_fields[] = {
    PL_FIELD_INT(pl_hop, "ttl", ttl, 0, UINT8_MAX, 0),
    PL_FIELD_ONE_OF(pl_hop, "kind", kind, pl_hop_words, 0),
    PL_FIELD_INT(pl_hop, "port", port, 0, UINT16_MAX, 0),
    ADDRESS(pl_hop, "sender", sender),
};
static const pl_record hop = PL_RECORD(pl_hop, hop_fields);

static const pl_field target_fields[] = {
    PL_FIELD_ONE_OF(pl_target, "role", role, roles, 0),
    ADDRESS(pl_target, "address", address),
    ADDRESS(pl_target, "via", via),
    BOOL(pl_target, "is_own", is_own),
    PL_FIELD_INNER(pl_target, "route", route, &route),
    PL_FIELD_INT(pl_target, "port", port, 0, UINT16_MAX, 0),
    PL_FIELD_SET(pl_target, "origins", origins, origins),
    BOOL(pl_target, "with_key", with_key),
    TEXT(pl_target, "zone", zone),
    PL_FIELD_MANY(ARRAY, pl_target, "attempts", attempts, attempt_count, PL_LIMIT_ATTEMPTS,
                  &attempt),
    PL_FIELD_MANY(ARRAY, pl_target, "hops", hops, hop_count, PL_LIMIT_HOPS, &hop),
};
static const pl_record target = PL_RECORD(pl_target, target_fields);

static const pl_field result_fields[] = {
    PL_FIELD_ONE_OF(pl_witness_result, "end", end, ends, PL_END_NOT_TRIED),
    BOOL(pl_witness_result, "verified", verified),
    INSTANT(pl_witness_result, "started", started),
    INSTANT(pl_witness_result, "ended", ended),
};
static const pl_record result = PL_RECORD(pl_witness_result, result_fields);

static const pl_field witness_fields[] = {
    TEXT(pl_witness, "host", host),
    ADDRESS(pl_witness, "address", address),
    BOOL(pl_witness, "is_own", is_own),
    ADDRESS(pl_witness, "source", source),
    PL_FIELD_INNER(pl_witness, "route", route, &route),
    PL_FIELD_INT(pl_witness, "port", port, 0, UINT16_MAX, 0),
    BOOL(pl_witness, "port_named", port_named),
    BOOL(pl_witness, "near_asked", near_asked),
    BOOL(pl_witness, "near_answered", near_answered),
    PL_FIELD_MANY(ARRAY, pl_witness, "results", results, result_count, PL_LIMIT_WITNESS_RESULTS,
                  &result),
};
static const pl_record witness = PL_RECORD(pl_witness, witness_fields);

/* ---- the round ------------------------------------------------------------------------------ */

static const pl_field facts_fields[] = {
    PL_FIELD_INT(pl_facts, "wall_time", wall_time, 0, SECONDS_MAX, 0),
    INSTANT(pl_facts, "started", started),
    INSTANT(pl_facts, "ended", ended),
    INSTANT(pl_facts, "scheduling_delay", scheduling_delay),
    BOOL(pl_facts, "cut", cut),
    TEXT(pl_facts, "local_problem", local_problem),
    PL_FIELD_MANY(LIST, pl_facts, "private_dns", private_dns, private_dns_count, PL_LIMIT_DNS_FACTS,
                  &dns),
    PL_FIELD_MANY(LIST, pl_facts, "public_dns", public_dns, public_dns_count, PL_LIMIT_DNS_FACTS,
                  &dns),
    ADDRESSES(pl_facts, "hosts_private", hosts_private),
    ADDRESSES(pl_facts, "hosts_public", hosts_public),
    PL_FIELD_MANY(LIST, pl_facts, "further", further, further_count, PL_LIMIT_FURTHER, &further),
    PL_FIELD_MANY(LIST, pl_facts, "targets", targets, target_count, PL_LIMIT_TARGETS, &target),
    PL_FIELD_MANY(LIST, pl_facts, "witnesses", witnesses, witness_count, PL_LIMIT_WITNESS_TARGETS,
                  &witness),
    BOOL(pl_facts, "ipsec_drops", ipsec_drops),
    BOOL(pl_facts, "private_evidence_up", private_evidence.up),
    PL_FIELD_INT(pl_facts, "private_evidence_answer", private_evidence.answer, 0, 999, 0),
    PL_FIELD_INT(pl_facts, "private_evidence_status", private_evidence.status, 0, 999, 0),
    TEXT(pl_facts, "private_evidence_problem", private_evidence.problem),
    PL_FIELD_ONE_OF(pl_facts, "ipv4", ipv4, pl_family_state_words, 0),
    PL_FIELD_ONE_OF(pl_facts, "ipv6", ipv6, pl_family_state_words, 0),
    PL_FIELD_ONE_OF(pl_facts, "private_ipv4", private_ipv4, pl_family_state_words, 0),
    PL_FIELD_ONE_OF(pl_facts, "private_ipv6", private_ipv6, pl_family_state_words, 0),
    PL_FIELD_ONE_OF(pl_facts, "nat64", nat64, pl_nat64_state_words, 0),
    ADDRESS(pl_facts, "nat64_prefix", nat64_prefix),
    PL_FIELD_INT(pl_facts, "nat64_length", nat64_length, 0, 128, 0),
    OUT(pl_facts, memory), /* objects of their own: missing ones are NULL */
    OUT(pl_facts, endpoint),
};
const pl_record pl_record_of_facts = PL_RECORD(pl_facts, facts_fields);

/* ---- memory --------------------------------------------------------------------------------- */

static const char *const alarms[] = {
    [PL_ALARM_OFF] = "off", [PL_ALARM_ON] = "on", [PL_ALARM_UNKNOWN] = "unknown"};

#define SECONDS(key, member) PL_FIELD_INT(pl_memory, key, member, 0, SECONDS_MAX, 0)
#define CONTROL(key, id) SECONDS(key, controls[PL_CONTROL_##id])

static const pl_field memory_fields[] = {
    PL_FIELD_ONE_OF(pl_memory, "alarm", alarm.state, alarms, 0),
    BOOL(pl_memory, "unsettled", alarm.unsettled),
    PL_FIELD_INT(pl_memory, "blocks", alarm.blocks, 0, 1000, 0),
    SECONDS("baseline", baseline.at),
    PL_FIELD_INT(pl_memory, "baseline_public", baseline.public_status, 0, 999, 0),
    PL_FIELD_INT(pl_memory, "baseline_private", baseline.private_status, 0, 999, 0),
    PL_FIELD_OF(MASK, pl_memory, "signs", signs),
    CONTROL("witness", WITNESS),
    CONTROL("attempts", ATTEMPTS),
    CONTROL("private", PRIVATE),
    CONTROL("paired", PAIRED),
    CONTROL("sibling", SIBLING),
    CONTROL("request", REQUEST),
    CONTROL("key", KEY),
    CONTROL("before", BEFORE),
    CONTROL("documented", DOCUMENTED),
    CONTROL("issuer", ISSUER),
    CONTROL("names", NAMES),
    CONTROL("route", ROUTE),
    CONTROL("hops", HOPS),
    CONTROL("pool", POOL),
    PL_FIELD_INT(pl_memory, "earlier_attempts", attempts, 0, 1000, 0),
    SECONDS("attempts_since", attempts_since),
    SECONDS("sign_since", sign_since),
    BOOL(pl_memory, "sign_caused", sign_caused),
    BOOL(pl_memory, "hops_against", hops_against),
    BOOL(pl_memory, "let_in", let_in),
    BOOL(pl_memory, "agent_let_in", agent_let_in),
    SECONDS("variations_at", variations_at),
    SECONDS("pool_since", pool_since),
    BOOL(pl_memory, "open_ipv4", open_ipv4),
    BOOL(pl_memory, "open_ipv6", open_ipv6),
};
const pl_record pl_record_of_memory = PL_RECORD(pl_memory, memory_fields);

#define NOTES pl_memory_notes
static const pl_field notes_fields[] = {
    BOOL(NOTES, "used", used),
    PL_FIELD_INT(NOTES, "proof_age", proof_age, -1, SECONDS_MAX, -1),
    TEXT(NOTES, "unknown", unknown),
    TEXT(NOTES, "unsaved", unsaved),
    TEXT(NOTES, "no_baseline", no_baseline),
    BOOL(NOTES, "read_only", read_only),
    BOOL(NOTES, "baseline", baseline),
    BOOL(NOTES, "baseline_private", baseline_private),
};
const pl_record pl_record_of_notes = PL_RECORD(NOTES, notes_fields);
