/* Leaves out of OpenSSL's default provider what reads other things than certificates. */
#include "probe/wire/tls_provider.h"
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define NAME "privatelink"
#define DECODERS 64

/* A provider's functions get no pointer of ours, so what they need is here. It is set once, and
 * stays until the process ends. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static OSSL_LIB_CTX *whole_context;
static OSSL_PROVIDER *whole; /* NULL: the default provider itself is used */
static OSSL_ALGORITHM decoders[DECODERS + 1];

static bool fill_decoders(const OSSL_ALGORITHM *all) {
  size_t count = 0;
  for (; all != NULL && all->algorithm_names != NULL; all++) {
    if (strstr(all->property_definition, "structure=SubjectPublicKeyInfo") == NULL)
      continue;
    if (count == DECODERS)
      return false;
    decoders[count++] = *all;
  }
  return count > 0;
}

static void prepare(void) {
  int no_cache;
  whole_context = OSSL_LIB_CTX_new();
  OSSL_PROVIDER *loaded =
      whole_context != NULL ? OSSL_PROVIDER_load(whole_context, "default") : NULL;
  if (loaded != NULL &&
      fill_decoders(OSSL_PROVIDER_query_operation(loaded, OSSL_OP_DECODER, &no_cache)))
    whole = loaded;
}

static const OSSL_ALGORITHM *query_operation(void *provider, int operation, int *ret_no_cache) {
  (void)provider;
  if (operation != OSSL_OP_DECODER)
    return OSSL_PROVIDER_query_operation(whole, operation, ret_no_cache);
  *ret_no_cache = 0;
  return decoders;
}

static int get_capabilities(void *provider, const char *capability, OSSL_CALLBACK *callback,
                            void *user) {
  (void)provider;
  return OSSL_PROVIDER_get_capabilities(whole, capability, callback, user);
}

/* provider-base(7). The algorithms are those of the default provider, and get its context. */
static int start(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core,
                 const OSSL_DISPATCH **ret_functions, void **ret_provider) {
  static const OSSL_DISPATCH functions[] = {
      {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query_operation},
      {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))get_capabilities},
      {0, NULL}};
  (void)handle, (void)core;
  *ret_functions = functions;
  *ret_provider = OSSL_PROVIDER_get0_provider_ctx(whole);
  return 1;
}

static bool is_slow(void) { return OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2; }

OSSL_PROVIDER *pl_tls_provider_load(OSSL_LIB_CTX *context) {
  if (is_slow())
    (void)pthread_once(&once, prepare);
  if (whole == NULL || OSSL_PROVIDER_add_builtin(context, NAME, start) != 1)
    return OSSL_PROVIDER_load(context, "default");
  return OSSL_PROVIDER_load(context, NAME);
}

OSSL_LIB_CTX *pl_tls_provider_keys(OSSL_LIB_CTX *context) {
  return OSSL_PROVIDER_available(context, NAME) ? whole_context : context;
}
