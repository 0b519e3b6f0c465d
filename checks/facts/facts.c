/* The facts of one round: names, questions, and the arrays that they own. */
#include "facts/facts.h"
#include "base/buf.h"
#include <stdlib.h>
#include <string.h>

/* ---- names ---------------------------------------------------------------------------------- */

bool pl_dns_outcome_definite(pl_dns_outcome outcome) {
  return outcome == PL_DNS_ANSWER || outcome == PL_DNS_NODATA || outcome == PL_DNS_NXDOMAIN;
}

const char *pl_dns_outcome_name(pl_dns_outcome outcome) {
  switch (outcome) {
  case PL_DNS_ANSWER:
    return "answer";
  case PL_DNS_NODATA:
    return "no record of this type";
  case PL_DNS_NXDOMAIN:
    return "NXDOMAIN";
  case PL_DNS_SERVFAIL:
    return "SERVFAIL";
  case PL_DNS_REFUSED:
    return "REFUSED";
  case PL_DNS_RCODE:
    return "error code";
  case PL_DNS_MALFORMED:
    return "unusable answer";
  case PL_DNS_TIMEOUT:
    return "no answer in time";
  case PL_DNS_CLOSED:
    return "connection refused or closed";
  case PL_DNS_LOCAL:
    return "could not ask from here";
  case PL_DNS_CUT:
    return "cut by the run's time limit";
  }
  return "";
}

const char *pl_role_name(pl_role role) {
  static const char *const names[PL_ROLE_COUNT] = {
      [PL_ROLE_PRIVATE] = "private",       [PL_ROLE_COUNTER] = "counter",
      [PL_ROLE_PUBLIC] = "public",         [PL_ROLE_SIBLING] = "sibling",
      [PL_ROLE_AGENT] = "user-agent",      [PL_ROLE_HELLO] = "hello",
      [PL_ROLE_PUBLIC_KEY] = "public-key", [PL_ROLE_PRIVATE_KEY] = "private-key",
  };
  return names[role];
}

bool pl_role_is_public(pl_role role) {
  return role >= PL_ROLE_PUBLIC && role != PL_ROLE_PRIVATE_KEY;
}

/* ---- questions ------------------------------------------------------------------------------ */

bool pl_icmp_prohibits(const pl_icmp *icmp) {
  if (!icmp->seen)
    return false;
  if (icmp->family == PL_FAMILY_IPV4)
    return icmp->type == 3 && (icmp->code == 9 || icmp->code == 10 || icmp->code == 13);
  if (icmp->family == PL_FAMILY_IPV6)
    return icmp->type == 1 && (icmp->code == 1 || icmp->code == 5 || icmp->code == 6);
  return false;
}

bool pl_route_equal(const pl_route *a, const pl_route *b) {
  return a->known == b->known && a->local == b->local && a->table == b->table &&
         a->interface == b->interface && a->prefix_length == b->prefix_length &&
         pl_addr_equal(&a->destination, &b->destination) && pl_addr_equal(&a->gateway, &b->gateway);
}

/* A seen certificate proves nothing until the handshake shows that the other side has its key. */
static bool handshake_done(const pl_attempt_result *attempt) {
  pl_end_layer layer = pl_end_info_at(attempt->end)->layer;
  return layer == PL_END_LAYER_HTTP || attempt->end == PL_END_TLS_DONE ||
         (layer == PL_END_LAYER_HOST && attempt->tls_time > 0);
}

bool pl_attempt_identified(const pl_attempt_result *attempt) {
  return attempt->certificate.chain_ok && attempt->certificate.name_ok;
}

bool pl_attempt_answered(const pl_attempt_result *attempt) {
  return pl_end_info_at(attempt->end)->answered || pl_attempt_identified(attempt);
}

bool pl_attempt_rate_limited(const pl_attempt_result *attempt) {
  return attempt->http_status == 429;
}

bool pl_attempt_verified(const pl_attempt_result *attempt) {
  return handshake_done(attempt) && attempt->certificate.seen && pl_attempt_identified(attempt) &&
         attempt->certificate.time == PL_CERTIFICATE_VALID;
}

bool pl_attempt_http_verified(const pl_attempt_result *attempt) {
  return attempt->end == PL_END_HTTP_ANSWER && pl_attempt_verified(attempt);
}

const pl_attempt_result *pl_target_last_attempt(const pl_target *target) {
  return target->attempt_count > 0 ? &target->attempts[target->attempt_count - 1] : NULL;
}

bool pl_target_answered(const pl_target *target) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    if (pl_attempt_answered(&target->attempts[i]))
      return true;
  }
  return false;
}

bool pl_witness_is_alongside(pl_nsec probed, pl_nsec sent) {
  return probed >= sent && probed <= sent + PL_WITNESS_ALONGSIDE;
}

bool pl_witness_answered(const pl_witness *witness) {
  for (size_t i = 0; i < witness->result_count; i++) {
    if (witness->results[i].verified)
      return true;
  }
  return false;
}

/* ---- life ----------------------------------------------------------------------------------- */

void pl_attempt_init(pl_attempt_result *attempt) {
  *attempt = (pl_attempt_result){
      .end = PL_END_NOT_TRIED,
      .alert = -1,
      .signature = -1,
      .connect_time = PL_NSEC_UNKNOWN,
      .tls_time = PL_NSEC_UNKNOWN,
      .first_byte_time = PL_NSEC_UNKNOWN,
  };
}

void pl_facts_init(pl_facts *facts) {
  *facts = (pl_facts){.ipv4 = PL_FAMILY_USABLE, .ipv6 = PL_FAMILY_USABLE};
}

static void free_dns(pl_dns_fact *items, size_t count) {
  for (size_t i = 0; i < count; i++)
    pl_addr_list_free(&items[i].answers);
  free(items);
}

void pl_facts_free(pl_facts *facts) {
  free_dns(facts->private_dns, facts->private_dns_count);
  pl_addr_list_free(&facts->hosts_private);
  pl_addr_list_free(&facts->hosts_public);
  free_dns(facts->public_dns, facts->public_dns_count);
  for (size_t i = 0; i < facts->further_count; i++) {
    free_dns(facts->further[i].dns, facts->further[i].dns_count);
    pl_addr_list_free(&facts->further[i].hosts);
  }
  free(facts->further);
  free(facts->targets);
  free(facts->witnesses);
  pl_facts_init(facts);
}

/* ---- appending ------------------------------------------------------------------------------ */

static pl_status add_dns(pl_dns_fact **items, size_t *count, pl_dns_fact **ret_fact) {
  if (*count >= PL_LIMIT_DNS_FACTS)
    return PL_ERR_LIMIT;
  pl_dns_fact *grown = realloc(*items, (*count + 1) * sizeof(*grown));
  if (grown == NULL)
    return PL_ERR_MEMORY;
  *items = grown;
  grown[*count] = (pl_dns_fact){.outcome = PL_DNS_CUT, .elapsed = PL_NSEC_UNKNOWN};
  *ret_fact = &grown[(*count)++];
  return PL_OK;
}

pl_status pl_facts_add_private_dns(pl_facts *facts, pl_dns_fact **ret_fact) {
  return add_dns(&facts->private_dns, &facts->private_dns_count, ret_fact);
}

pl_status pl_facts_add_public_dns(pl_facts *facts, pl_dns_fact **ret_fact) {
  return add_dns(&facts->public_dns, &facts->public_dns_count, ret_fact);
}

pl_status pl_facts_add_further(pl_facts *facts, const char *name) {
  if (facts->further_count >= PL_LIMIT_FURTHER)
    return PL_ERR_LIMIT;
  pl_further *grown = realloc(facts->further, (facts->further_count + 1) * sizeof(*grown));
  if (grown == NULL)
    return PL_ERR_MEMORY;
  facts->further = grown;
  pl_further *further = &grown[facts->further_count++];
  *further = (pl_further){.dns = NULL};
  pl_text_set(further->name, sizeof(further->name), name);
  return PL_OK;
}

size_t pl_facts_count_targets(const pl_facts *facts, pl_role role) {
  size_t count = 0;
  for (size_t i = 0; i < facts->target_count; i++)
    count += facts->targets[i].role == role;
  return count;
}

const pl_target *pl_facts_find_target(const pl_facts *facts, pl_role role, const pl_addr *address) {
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_target *target = &facts->targets[i];
    if (target->role == role && pl_addr_equal(&target->address, address))
      return target;
  }
  return NULL;
}

/* A control is at one address of a round, or at a few. */
static size_t limit_of(pl_role role) {
  return role <= PL_ROLE_PUBLIC ? PL_LIMIT_ADDRESSES : PL_LIMIT_CONTROLS;
}

pl_status pl_facts_add_target(pl_facts *facts, pl_role role, pl_target **ret_target) {
  if (pl_facts_count_targets(facts, role) >= limit_of(role))
    return PL_ERR_LIMIT;
  pl_target *grown = realloc(facts->targets, (facts->target_count + 1) * sizeof(*grown));
  if (grown == NULL)
    return PL_ERR_MEMORY;
  facts->targets = grown;
  pl_target *target = &grown[facts->target_count++];
  *target = (pl_target){.role = role};
  for (size_t i = 0; i < PL_LIMIT_ATTEMPTS; i++)
    pl_attempt_init(&target->attempts[i]);
  *ret_target = target;
  return PL_OK;
}

pl_status pl_facts_add_witness(pl_facts *facts, pl_witness **ret_witness) {
  if (facts->witness_count >= PL_LIMIT_WITNESS_TARGETS)
    return PL_ERR_LIMIT;
  pl_witness *grown = realloc(facts->witnesses, (facts->witness_count + 1) * sizeof(*grown));
  if (grown == NULL)
    return PL_ERR_MEMORY;
  facts->witnesses = grown;
  grown[facts->witness_count] = (pl_witness){0};
  *ret_witness = &grown[facts->witness_count++];
  return PL_OK;
}

bool pl_facts_translated(const pl_facts *facts, const pl_addr *address, pl_addr *ret_ipv4) {
  static const pl_addr well_known = {PL_FAMILY_IPV6, {0, 0x64, 0xff, 0x9b}};
  return pl_addr_extract(address, &well_known, 96, ret_ipv4) ||
         (facts->nat64_length != 0 &&
          pl_addr_extract(address, &facts->nat64_prefix, facts->nat64_length, ret_ipv4));
}

/* The attempt that the private side answered over HTTP, asked without a key; NULL for any other. */
static const pl_attempt_result *unkeyed_answer(const pl_target *target) {
  bool asked =
      (target->role == PL_ROLE_PRIVATE && !target->with_key) || target->role == PL_ROLE_COUNTER;
  if (!asked || target->attempt_count == 0 || !pl_attempt_http_verified(&target->attempts[0]))
    return NULL;
  return &target->attempts[0];
}

uint16_t pl_facts_private_status(const pl_facts *facts, unsigned below, bool or_401) {
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_attempt_result *answer = unkeyed_answer(&facts->targets[i]);
    if (answer != NULL && answer->signature < 0 &&
        (answer->http_status < below || (or_401 && answer->http_status == 401)))
      return answer->http_status;
  }
  return 0;
}

uint16_t pl_facts_private_answer(const pl_facts *facts) {
  for (size_t i = 0; i < facts->target_count; i++) {
    const pl_attempt_result *answer = unkeyed_answer(&facts->targets[i]);
    if (answer != NULL)
      return answer->http_status;
  }
  if (!facts->private_evidence.up)
    return 0;
  /* Cases that were recorded before have only the status. */
  uint16_t answer = facts->private_evidence.answer;
  return answer != 0 ? answer : facts->private_evidence.status;
}

/* ---- the set of public addresses ------------------------------------------------------------- */

bool pl_facts_dns_is_complete(const pl_facts *facts, pl_dns_type type, bool authenticated) {
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    const pl_dns_fact *fact = &facts->public_dns[i];
    if (fact->type == type && (fact->transport != PL_DNS_PLAIN) == authenticated &&
        pl_dns_outcome_definite(fact->outcome))
      return true;
  }
  return false;
}

bool pl_facts_is_authenticated(const pl_facts *facts) {
  return pl_facts_dns_is_complete(facts, PL_DNS_A, true) &&
         pl_facts_dns_is_complete(facts, PL_DNS_AAAA, true);
}

bool pl_facts_has_public(const pl_facts *facts, const pl_target *target) {
  if ((target->origins & ~PL_ORIGIN_DNS) != 0 || !pl_facts_is_authenticated(facts))
    return true;
  for (size_t i = 0; i < facts->public_dns_count; i++) {
    if (facts->public_dns[i].transport != PL_DNS_PLAIN &&
        pl_addr_list_contains(&facts->public_dns[i].answers, &target->address))
      return true;
  }
  for (unsigned i = 0; i < target->attempt_count; i++) {
    if (target->attempts[i].end == PL_END_CONNECTED || pl_attempt_identified(&target->attempts[i]))
      return true;
  }
  return false;
}

/* ---- words ---------------------------------------------------------------------------------- */

const char *const pl_dns_outcome_words[] = {
    [PL_DNS_ANSWER] = "answer",       [PL_DNS_NODATA] = "nodata",   [PL_DNS_NXDOMAIN] = "nxdomain",
    [PL_DNS_SERVFAIL] = "servfail",   [PL_DNS_REFUSED] = "refused", [PL_DNS_RCODE] = "rcode",
    [PL_DNS_MALFORMED] = "malformed", [PL_DNS_TIMEOUT] = "timeout", [PL_DNS_CLOSED] = "closed",
    [PL_DNS_LOCAL] = "local",         [PL_DNS_CUT] = "cut",
};

const char *const pl_dns_transport_words[] = {
    [PL_DNS_PLAIN] = "plain",
    [PL_DNS_HTTPS] = "https",
    [PL_DNS_TLS] = "tls",
};

const char *const pl_body_words[] = {
    [PL_BODY_NONE] = "none", [PL_BODY_WHOLE] = "whole",     [PL_BODY_CUT] = "cut",
    [PL_BODY_LONG] = "long", [PL_BODY_ENCODED] = "encoded",
};

const char *const pl_hop_words[] = {
    [PL_HOP_SILENT] = "silent",     [PL_HOP_EXCEEDED] = "exceeded", [PL_HOP_REFUSED] = "refused",
    [PL_HOP_ANSWERED] = "answered", [PL_HOP_ICMP] = "icmp",
};

const char *const pl_family_state_words[] = {
    [PL_FAMILY_USABLE] = "usable",
    [PL_FAMILY_NO_ADDRESS] = "no-address",
    [PL_FAMILY_NO_ROUTE] = "no-route",
};

const char *const pl_nat64_state_words[] = {
    [PL_NAT64_NOT_NEEDED] = "not-needed",
    [PL_NAT64_NONE] = "none",
    [PL_NAT64_FOUND] = "found",
    [PL_NAT64_UNKNOWN] = "unknown",
};
