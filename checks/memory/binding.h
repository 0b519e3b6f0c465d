/* What memory is bound to, as numbers. Pure functions, any thread. */
#ifndef PL_MEMORY_BINDING_H
#define PL_MEMORY_BINDING_H

#include "facts/facts.h"
#include "options/spec.h"

/* Names, port, path, block signatures, preset and depth of the public side. */
uint64_t pl_memory_binding(const pl_spec *spec);
/* The other forms of the request, as options name them: --user-agent and the like. */
uint32_t pl_memory_forms(const pl_spec *spec);
/* Routing entries and source addresses of all public attempts of a round. 0: not known of all, or
 * there was none. */
uint64_t pl_memory_path(const pl_facts *facts);

#endif
