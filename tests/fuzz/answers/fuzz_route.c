/* Feeds bytes to the reader of the kernel's answers about routes, for both families. A sanitizer
 * sees a read beyond their end. */
#include "probe/route.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *copy = malloc(size > 0 ? size : 1);
  require(copy != NULL);
  memcpy(copy, data, size);
  pl_route_answer ipv4, ipv6;
  bool is_ipv4 = pl_route_parse(copy, size, PL_FAMILY_IPV4, &ipv4);
  bool is_ipv6 = pl_route_parse(copy, size, PL_FAMILY_IPV6, &ipv6);
  free(copy);
  require(!(is_ipv4 && is_ipv6));
  if (is_ipv4)
    require(ipv4.route.known);
  if (is_ipv6)
    require(ipv6.route.known && (ipv6.route.local || ipv6.route.interface != 1));
  return 0;
}
