/* What memory is bound to: the endpoint as configured, and the way there. */
#include "memory/binding.h"
#include "base/hash.h"
#include <ctype.h>
#include <string.h>

/* Host names are compared without case (RFC 1035 2.3.3). */
static void add_name(uint64_t *hash, const char *name) {
  char lower[PL_LIMIT_HOST + 1] = "";
  for (size_t i = 0; name != NULL && name[i] != '\0' && i < PL_LIMIT_HOST; i++)
    lower[i] = (char)tolower((unsigned char)name[i]);
  pl_hash_text(hash, name != NULL ? lower : NULL);
}

uint64_t pl_memory_binding(const pl_spec *spec) {
  uint64_t hash = PL_HASH_INIT;
  add_name(&hash, spec->public_name);
  add_name(&hash, spec->private_name);
  pl_hash_number(&hash, spec->port);
  pl_hash_text(&hash, spec->path);
  pl_hash_text(&hash, spec->preset != NULL ? spec->preset->name : NULL);
  pl_hash_number(&hash, spec->public_probe);
  for (size_t i = 0; i < spec->blocked_by.count; i++) {
    const pl_signature *signature = &spec->blocked_by.items[i];
    pl_hash_number(&hash, signature->kind);
    pl_hash_number(&hash, signature->status);
    pl_hash_number(&hash, (uint64_t)signature->alert);
    pl_hash_text(&hash, signature->regex);
    pl_hash_number(&hash, signature->evidence);
  }
  return pl_hash_end(hash);
}

/* Of a key the file, not what is in it. */
uint32_t pl_memory_forms(const pl_spec *spec) {
  uint64_t hash = PL_HASH_INIT;
  pl_hash_text(&hash, spec->user_agent);
  pl_hash_text(&hash, spec->public_control);
  pl_hash_text(&hash, spec->public_key_file);
  return (uint32_t)pl_hash_end(hash);
}

static void add_address(uint64_t *hash, const pl_addr *address) {
  pl_hash_number(hash, address->family);
  pl_hash_bytes(hash, address->bytes, sizeof(address->bytes));
}

/* 0: not known. */
static uint64_t path_of(const pl_target *target) {
  const pl_route *route = &target->route;
  const pl_addr *source = &target->attempts[0].source;
  if (!route->known || target->attempt_count == 0 || source->family == PL_FAMILY_NONE)
    return 0;
  for (unsigned i = 1; i < target->attempt_count; i++) {
    if (!pl_addr_equal(source, &target->attempts[i].source))
      return 0;
  }
  uint64_t hash = PL_HASH_INIT;
  pl_hash_number(&hash, route->table);
  pl_hash_number(&hash, route->interface);
  pl_hash_number(&hash, route->prefix_length);
  add_address(&hash, &route->destination);
  add_address(&hash, &route->gateway);
  add_address(&hash, source);
  return pl_hash_end(hash);
}

/* The sum of the different paths, so that neither order nor number of the addresses matters. */
uint64_t pl_memory_path(const pl_facts *facts) {
  uint64_t paths[PL_LIMIT_ADDRESSES], sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < facts->target_count; i++) {
    if (facts->targets[i].role != PL_ROLE_PUBLIC)
      continue;
    uint64_t path = path_of(&facts->targets[i]);
    if (path == 0 || count == PL_LIMIT_ADDRESSES)
      return 0;
    bool known = false;
    for (size_t k = 0; k < count && !known; k++)
      known = paths[k] == path;
    if (known)
      continue;
    paths[count++] = path;
    sum += path;
  }
  return sum;
}
