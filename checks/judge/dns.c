/* The `dns` check: does each resolver give the endpoint's addresses for the private name? */
#include "judge/case.h"
#include <string.h>

static const char *type_name(pl_dns_type type) { return type == PL_DNS_A ? "A" : "AAAA"; }

/* One private name, and what is known of it. */
typedef struct asked {
  pl_case *c;
  const char *name;
  const char *prefix; /* "NAME: " of a further name; else "" */
  uint8_t further;    /* as in pl_finding */
  const pl_dns_fact *dns;
  size_t count;
  const pl_addr_list *hosts;
} asked;

static void mark(pl_finding *finding, const asked *of) {
  if (finding != NULL)
    finding->further = of->further;
}

#define ADD(of, ...) mark(pl_verdict_add((of)->c->verdict, PL_CHECK_DNS, __VA_ARGS__), of)

static bool same_resolver(const pl_dns_fact *a, const pl_dns_fact *b) {
  return a->resolver.port == b->resolver.port &&
         pl_addr_equal(&a->resolver.address, &b->resolver.address);
}

/* Whether the resolver of this fact gave an address for either type. */
static bool resolver_answers(const asked *of, const pl_dns_fact *fact) {
  for (size_t i = 0; i < of->count; i++) {
    if (same_resolver(fact, &of->dns[i]) && of->dns[i].outcome == PL_DNS_ANSWER)
      return true;
  }
  return false;
}

static bool any_answers(const asked *of) {
  for (size_t i = 0; i < of->count; i++) {
    if (of->dns[i].outcome == PL_DNS_ANSWER)
      return true;
  }
  return false;
}

/* Whether the same resolver failed for the other type: then an empty answer proves nothing. */
static bool other_type_failed(const asked *of, const pl_dns_fact *fact) {
  for (size_t i = 0; i < of->count; i++) {
    const pl_dns_fact *other = &of->dns[i];
    if (same_resolver(fact, other) && other->type != fact->type &&
        !pl_dns_outcome_definite(other->outcome))
      return true;
  }
  return false;
}

/* What to add for a name that only a search list could complete. */
static const char *short_name_note(const asked *of) {
  return strchr(of->name, '.') != NULL
             ? ""
             : "; it is a short name, and search and ndots of resolv.conf are not used: give the "
               "whole name";
}

/* A resolver that has an address for one type knows the name; without any, the name is empty. */
static void judge_definite(const asked *of, const pl_dns_fact *fact, const char *resolver) {
  if (resolver_answers(of, fact)) {
    if (fact->outcome == PL_DNS_NXDOMAIN)
      ADD(of, PL_REASON_DNS_SOME_FAILED, PL_SEVERITY_WARNING, NULL,
          "%sresolver %s says NXDOMAIN for type %s, but answers for the other type", of->prefix,
          resolver, type_name(fact->type));
    return;
  }
  if (fact->outcome == PL_DNS_NXDOMAIN)
    ADD(of, PL_REASON_DNS_NXDOMAIN, PL_SEVERITY_CRITICAL, NULL,
        "%s does not exist for resolver %s (%s NXDOMAIN)%s", of->name, resolver,
        type_name(fact->type), short_name_note(of));
  else if (!other_type_failed(of, fact))
    ADD(of, PL_REASON_DNS_EMPTY, PL_SEVERITY_CRITICAL, NULL,
        "%s has no %s record for resolver %s, and no other address%s", of->name,
        type_name(fact->type), resolver, short_name_note(of));
}

/* "A from resolver 10.0.0.2:53: no answer in time". */
static void add_failure(const pl_dns_fact *fact, const char *resolver,
                        char storage[PL_LIMIT_TEXT]) {
  pl_buf text;
  pl_buf_fixed(&text, storage, PL_LIMIT_TEXT);
  pl_buf_addf(&text, "%s from resolver %s: %s", type_name(fact->type), resolver,
              pl_dns_outcome_name(fact->outcome));
  if (fact->outcome == PL_DNS_RCODE)
    pl_buf_addf(&text, " %u", fact->rcode);
  if (fact->error != 0)
    pl_buf_addf(&text, ": %s", strerrordesc_np(fact->error));
}

static void judge_failure(const asked *of, const pl_dns_fact *fact, const char *resolver,
                          bool good) {
  pl_reason reason = pl_dns_reason(fact->outcome);
  pl_severity severity = PL_SEVERITY_CRITICAL;
  if (reason == PL_REASON_DNS_LOCAL_FAILURE) {
    severity = PL_SEVERITY_UNKNOWN;
  } else if (good) {
    reason = PL_REASON_DNS_SOME_FAILED;
    severity = PL_SEVERITY_WARNING;
  }
  char what[PL_LIMIT_TEXT];
  add_failure(fact, resolver, what);
  ADD(of, reason, severity, NULL, "%s %s%s", of->name, what, short_name_note(of));
}

/* The system's failover went on to the next resolver, as it does for clients, which wait for the
 * dead one each time. What this host could not send costs no time. */
static void judge_superseded(const asked *of, const pl_dns_fact *fact, const char *resolver) {
  bool local = fact->outcome == PL_DNS_LOCAL;
  char what[PL_LIMIT_TEXT];
  add_failure(fact, resolver, what);
  ADD(of, local ? PL_REASON_NONE : PL_REASON_DNS_SOME_FAILED,
      local ? PL_SEVERITY_OK : PL_SEVERITY_WARNING, NULL, "%s %s; %s", of->name, what,
      local ? "the next one was asked" : "every client waits before it asks the next one");
}

static void judge_fact(const asked *of, const pl_dns_fact *fact, bool good) {
  char storage[PL_ADDR_TEXT + 8];
  pl_buf resolver;
  pl_buf_fixed(&resolver, storage, sizeof(storage));
  pl_sockaddr_add(&resolver, &fact->resolver);
  if (fact->superseded) {
    judge_superseded(of, fact, storage);
    return;
  }
  if (fact->outcome == PL_DNS_ANSWER) {
    if (fact->answers.truncated)
      ADD(of, PL_REASON_DNS_SOME_FAILED, PL_SEVERITY_WARNING, NULL,
          "%sresolver %s, type %s: more than %d addresses, the rest was ignored", of->prefix,
          storage, type_name(fact->type), PL_LIMIT_ADDRESSES);
    return;
  }
  if (pl_dns_outcome_definite(fact->outcome))
    judge_definite(of, fact, storage);
  else
    judge_failure(of, fact, storage, good);
}

static void judge_address(const asked *of, const pl_addr *address, const pl_dns_fact *fact) {
  char text[PL_ADDR_TEXT], resolver[PL_ADDR_TEXT];
  const pl_case *c = of->c;
  pl_reason missing = pl_case_addresses_missing(c);
  pl_addr_format(address, text);
  pl_addr_format(&fact->resolver.address, resolver);
  switch (pl_case_standing(c, address)) {
  case PL_STANDING_FINE:
    return;
  case PL_STANDING_PUBLIC:
    if (pl_case_public_by_design(c, of->name))
      ADD(of, PL_REASON_DNS_PUBLIC_ANSWER, PL_SEVERITY_UNKNOWN, address,
          "%s -> %s, a public address (resolver %s): by design, unless the query goes through a "
          "Route 53 Resolver inbound endpoint; give one with --resolver",
          of->name, text, resolver);
    else
      ADD(of, PL_REASON_DNS_PUBLIC_ANSWER, PL_SEVERITY_CRITICAL, address,
          "%s -> %s, a public address (resolver %s)", of->name, text, resolver);
    return;
  case PL_STANDING_FOREIGN:
    if (pl_endpoint_addresses_known(c->facts->endpoint))
      ADD(of, PL_REASON_DNS_FOREIGN_ADDRESS, PL_SEVERITY_CRITICAL, address,
          "%s -> %s, which is not an address of the endpoint (resolver %s)", of->name, text,
          resolver);
    else
      ADD(of, PL_REASON_DNS_FOREIGN_ADDRESS, PL_SEVERITY_CRITICAL, address,
          "%s -> %s (%s), outside --private-range (resolver %s)", of->name, text,
          pl_addr_class_name(pl_addr_classify(address)), resolver);
    return;
  case PL_STANDING_UNDECIDED:
    ADD(of, missing, PL_SEVERITY_UNKNOWN, address, "%s -> %s, %s: %s (resolver %s)", of->name, text,
        pl_endpoint_addresses_old(c->facts->endpoint)
            ? "not an address of the endpoint when EC2 last answered; now"
            : "outside --private-range; it is not known whether it is the endpoint's own",
        pl_reason_meaning(missing), resolver);
    return;
  }
}

static void judge_addresses(const asked *of) {
  for (size_t i = 0; i < of->count; i++) {
    const pl_dns_fact *fact = &of->dns[i];
    for (size_t j = 0; j < fact->answers.count; j++) {
      if (!pl_dns_names(of->dns, i, &fact->answers.items[j]))
        judge_address(of, &fact->answers.items[j], fact);
    }
  }
}

/* Programs on this host use /etc/hosts first. */
static void judge_hosts_file(const asked *of) {
  bool definite = false;
  for (size_t i = 0; i < of->count; i++)
    definite = definite || pl_dns_outcome_definite(of->dns[i].outcome);
  for (size_t i = 0; definite && i < of->hosts->count; i++) {
    const pl_addr *address = &of->hosts->items[i];
    char text[PL_ADDR_TEXT];
    if (pl_dns_names(of->dns, of->count, address) ||
        pl_endpoint_has_address(of->c->facts->endpoint, address))
      continue;
    ADD(of, PL_REASON_DNS_HOSTS_FILE, PL_SEVERITY_WARNING, address,
        "/etc/hosts of this host gives %s the address %s (%s), which DNS does not", of->name,
        pl_addr_format(address, text), pl_addr_class_name(pl_addr_classify(address)));
  }
}

static void judge_name(const asked *of) {
  if (of->count == 0)
    ADD(of, PL_REASON_DNS_LOCAL_FAILURE, PL_SEVERITY_UNKNOWN, NULL, "%sno resolver was asked%s",
        of->prefix, of->further > 0 ? " in time" : "");
  bool good = any_answers(of);
  for (size_t i = 0; i < of->count; i++)
    judge_fact(of, &of->dns[i], good);
  judge_addresses(of);
  judge_hosts_file(of);
}

/* ---- further names -------------------------------------------------------------------------- */

/* Its index in the facts; their number if it is not there. */
static size_t find_further(const pl_facts *facts, const char *name) {
  size_t i = 0;
  while (i < facts->further_count && !pl_host_equal(facts->further[i].name, name))
    i++;
  return i;
}

/* Those that the endpoint has now. Returns how many it has, also those that were not asked for. */
static size_t judge_further(pl_case *c) {
  const pl_facts *facts = c->facts;
  char text[PL_LIMIT_TEXT / 2];
  const char *name;
  size_t count = 0;
  pl_buf late;
  pl_buf_fixed(&late, text, sizeof(text));
  if (!pl_spec_asks_further(c->spec))
    return 0;
  for (size_t cursor = 0;
       (name = pl_endpoint_next_name(facts->endpoint, pl_case_private_name(c), &cursor)) != NULL;
       count++) {
    size_t i = find_further(facts, name);
    if (i == facts->further_count) {
      pl_buf_addf(&late, "%s%s", late.length == 0 ? "" : ", ", name);
      continue;
    }
    const pl_further *further = &facts->further[i];
    char prefix[PL_LIMIT_HOST + 3];
    pl_text_setf(prefix, sizeof(prefix), "%s: ", name);
    judge_name(&(asked){.c = c,
                        .name = name,
                        .prefix = prefix,
                        .further = (uint8_t)(i + 1),
                        .dns = further->dns,
                        .count = further->dns_count,
                        .hosts = &further->hosts});
  }
  if (late.length > 0)
    pl_verdict_add(c->verdict, PL_CHECK_DNS, PL_REASON_STATE_API, PL_SEVERITY_UNKNOWN, NULL,
                   "the EC2 API gave further private names too late to ask for their addresses: "
                   "%s%s",
                   text, late.truncated ? "..." : "");
  if (count > 0 && facts->endpoint->truncated &&
      facts->endpoint->dns_entry_count == PL_LIMIT_DNS_ENTRIES)
    pl_verdict_add(c->verdict, PL_CHECK_DNS, PL_REASON_NONE, PL_SEVERITY_OK, NULL,
                   "only the first %d DNS entries of the endpoint were read", PL_LIMIT_DNS_ENTRIES);
  return count;
}

/* ---- the check ------------------------------------------------------------------------------ */

/* AWS answers with healthy interfaces only, so a missing one is a note and no failure. */
static void note_missing(pl_case *c) {
  const pl_endpoint *endpoint = c->facts->endpoint;
  if (endpoint == NULL || !endpoint->known)
    return;
  for (size_t i = 0; i < endpoint->interface_count; i++) {
    const pl_interface *interface = &endpoint->interfaces[i];
    for (size_t j = 0; j < interface->address_count; j++) {
      const pl_addr *address = &interface->addresses[j];
      char text[PL_ADDR_TEXT];
      if (pl_endpoint_in_dns(endpoint, address->family) &&
          !pl_dns_names(c->facts->private_dns, c->facts->private_dns_count, address))
        pl_verdict_add(c->verdict, PL_CHECK_DNS, PL_REASON_NONE, PL_SEVERITY_OK, address,
                       "%s%s%s is not among the answers", pl_addr_format(address, text),
                       interface->zone[0] != '\0' ? " in " : "", interface->zone);
    }
  }
}

static void summarise(pl_case *c, size_t further) {
  enum { SHOWN = 6 };
  pl_check_verdict *of_check = &c->verdict->checks[PL_CHECK_DNS];
  pl_buf summary;
  pl_buf_fixed(&summary, of_check->summary, sizeof(of_check->summary));
  if (of_check->severity != PL_SEVERITY_OK) {
    const pl_finding *worst = pl_verdict_worst(c->verdict, PL_CHECK_DNS);
    pl_buf_add(&summary, worst != NULL ? worst->text : pl_reason_meaning(of_check->reason));
    return;
  }
  pl_buf_addf(&summary, "%s ->", pl_case_private_name(c));
  size_t shown = 0;
  for (size_t i = 0; i < c->facts->private_dns_count; i++) {
    const pl_addr_list *answers = &c->facts->private_dns[i].answers;
    for (size_t j = 0; j < answers->count; j++) {
      char text[PL_ADDR_TEXT];
      if (pl_dns_names(c->facts->private_dns, i, &answers->items[j]) || ++shown > SHOWN)
        continue;
      pl_buf_addf(&summary, " %s", pl_addr_format(&answers->items[j], text));
    }
  }
  if (shown > SHOWN)
    pl_buf_addf(&summary, " and %zu more", shown - SHOWN);
  bool own = pl_endpoint_addresses_known(c->facts->endpoint) ||
             pl_endpoint_addresses_old(c->facts->endpoint);
  pl_buf_add(&summary, own ? ", all the endpoint's own" : ", all private");
  if (further > 0)
    pl_buf_addf(&summary, "; the same for %zu further name%s", further, further == 1 ? "" : "s");
}

/* The EC2 API did not give the name, or only when it was too late to ask a resolver. */
static void judge_unlearned(pl_case *c) {
  pl_reason reason = pl_case_unlearned(c);
  if (pl_case_private_name(c) != NULL) {
    pl_verdict_add(c->verdict, PL_CHECK_DNS, PL_REASON_STATE_API, PL_SEVERITY_UNKNOWN, NULL,
                   "the EC2 API gave the private name %s too late to ask for its addresses; give "
                   "--private-name",
                   pl_case_private_name(c));
    return;
  }
  pl_finding *finding = pl_verdict_add(
      c->verdict, PL_CHECK_DNS, reason, PL_SEVERITY_UNKNOWN, NULL,
      "the private name could not be learned from the EC2 API: %s; give --private-name",
      reason == PL_REASON_STATE_PRIVATE_DNS ? "the endpoint has no name of its own, or a wildcard"
                                            : pl_reason_meaning(reason));
  pl_finding_set_hint(finding, pl_case_unlearned_hint(c));
}

void pl_judge_dns(pl_case *c) {
  const pl_facts *facts = c->facts;
  const asked first = {.c = c,
                       .name = pl_case_private_name(c),
                       .prefix = "",
                       .dns = facts->private_dns,
                       .count = facts->private_dns_count,
                       .hosts = &facts->hosts_private};
  size_t further = 0;
  if (first.name == NULL || (first.count == 0 && c->spec->private_name == NULL)) {
    judge_unlearned(c);
  } else {
    judge_name(&first);
    if (any_answers(&first))
      note_missing(c);
    further = judge_further(c);
  }
  summarise(c, further);
}
