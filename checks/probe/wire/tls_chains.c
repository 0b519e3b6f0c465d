/* Remembers certificate chains that were verified, for as long as that can be relied on. */
#include "probe/wire/tls_chains.h"
#include "base/hash.h"
#include "base/limits.h"
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 3600 /* seconds */
/* Two clocks differ by less in an hour unless one of them was set: adjtimex(2) slows the wall clock
 * by 0.05 % at most. */
#define STEP 3

typedef struct chain {
  pl_tls_chain_key key;
  pl_certificate certificate;
  int64_t verified;  /* wall clock, seconds since 1970 */
  int64_t end;       /* likewise; from then on it has to be verified */
  pl_nsec monotonic; /* when it was verified */
  uint64_t used;     /* higher for a later use */
  uint64_t *hosts;   /* ascending: hashes of the names that it was verified for */
  size_t host_count, host_room;
} chain;

struct pl_tls_chains {
  pl_clock clock;
  EVP_MD *sha256;
  EVP_MD_CTX *digest;
  uint64_t uses;
  size_t host_count; /* of all chains */
  size_t count;
  chain *chains[PL_LIMIT_TLS_CHAINS];
};

pl_status pl_tls_chains_create(OSSL_LIB_CTX *library, const pl_clock *clock,
                               pl_tls_chains **ret_chains) {
  pl_tls_chains *chains = calloc(1, sizeof(*chains));
  if (chains == NULL)
    return PL_ERR_MEMORY;
  chains->clock = *clock;
  chains->sha256 = EVP_MD_fetch(library, "SHA256", NULL);
  chains->digest = EVP_MD_CTX_new();
  if (chains->sha256 == NULL || chains->digest == NULL) {
    pl_tls_chains_free(chains);
    return PL_ERR_MEMORY;
  }
  *ret_chains = chains;
  return PL_OK;
}

static void forget(pl_tls_chains *chains, size_t index) {
  chain *old = chains->chains[index];
  chains->chains[index] = chains->chains[--chains->count];
  chains->host_count -= old->host_count;
  free(old->hosts);
  free(old);
}

void pl_tls_chains_forget(pl_tls_chains *chains) {
  while (chains != NULL && chains->count > 0)
    forget(chains, chains->count - 1);
}

void pl_tls_chains_free(pl_tls_chains *chains) {
  if (chains == NULL)
    return;
  pl_tls_chains_forget(chains);
  EVP_MD_CTX_free(chains->digest);
  EVP_MD_free(chains->sha256);
  free(chains);
}

/* Whatever of the session's settings changes what X509_verify_cert(3) finds. Purpose and depth are
 * the same in every session. */
bool pl_tls_chains_key(pl_tls_chains *chains, SSL *ssl, const void *message, size_t length,
                       pl_tls_chain_key *ret_key) {
  X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
  const uint64_t settings[] = {(uint64_t)SSL_get_security_level(ssl),
                               X509_VERIFY_PARAM_get_flags(param),
                               X509_VERIFY_PARAM_get_hostflags(param)};
  return EVP_DigestInit_ex(chains->digest, chains->sha256, NULL) == 1 &&
         EVP_DigestUpdate(chains->digest, settings, sizeof(settings)) == 1 &&
         EVP_DigestUpdate(chains->digest, message, length) == 1 &&
         EVP_DigestFinal_ex(chains->digest, ret_key->bytes, NULL) == 1;
}

/* ---- one chain ------------------------------------------------------------------------------- */

/* Each handshake compares the name with the certificate, too, so two names with one hash do no
 * harm. */
static uint64_t hash_of(const char *host) {
  uint64_t hash = PL_HASH_INIT;
  pl_hash_text(&hash, host);
  return hash;
}

/* The index of the first hash that is not below it. */
static size_t position_of(const chain *c, uint64_t hash) {
  size_t low = 0, high = c->host_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (c->hosts[middle] < hash)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool has_host(const chain *c, uint64_t hash) {
  size_t position = position_of(c, hash);
  return position < c->host_count && c->hosts[position] == hash;
}

static void add_host(pl_tls_chains *chains, chain *c, uint64_t hash) {
  if (has_host(c, hash) || chains->host_count == PL_LIMIT_TLS_CHAIN_HOSTS)
    return;
  if (c->host_count == c->host_room) {
    size_t room = c->host_room == 0 ? 4 : 2 * c->host_room;
    uint64_t *hosts = realloc(c->hosts, room * sizeof(*hosts));
    if (hosts == NULL)
      return;
    c->hosts = hosts;
    c->host_room = room;
  }
  size_t position = position_of(c, hash);
  memmove(c->hosts + position + 1, c->hosts + position,
          (c->host_count - position) * sizeof(*c->hosts));
  c->hosts[position] = hash;
  c->host_count++;
  chains->host_count++;
}

/* Whether what was verified still holds. Since the clock has not gone back, no validity period can
 * begin in the future. */
static bool holds(const chain *c, int64_t wall_now, pl_nsec monotonic) {
  int64_t passed = (monotonic - c->monotonic) / PL_SEC;
  int64_t step = wall_now - c->verified - passed;
  return wall_now >= c->verified && wall_now < c->end && passed < LONGEST && step >= -STEP &&
         step <= STEP;
}

/* ---- all chains ------------------------------------------------------------------------------ */

/* The chain with this key if it still holds. NULL: none. */
static chain *find(pl_tls_chains *chains, const pl_tls_chain_key *key, int64_t wall_now) {
  for (size_t i = 0; i < chains->count; i++) {
    chain *c = chains->chains[i];
    if (memcmp(c->key.bytes, key->bytes, sizeof(key->bytes)) != 0)
      continue;
    if (holds(c, wall_now, pl_clock_now(&chains->clock)))
      return c;
    forget(chains, i);
    return NULL;
  }
  return NULL;
}

const pl_certificate *pl_tls_chains_find(pl_tls_chains *chains, const pl_tls_chain_key *key,
                                         const char *host, int64_t wall_now) {
  chain *c = find(chains, key, wall_now);
  if (c == NULL || !has_host(c, hash_of(host)))
    return NULL;
  c->used = ++chains->uses;
  return &c->certificate;
}

static void forget_least_used(pl_tls_chains *chains) {
  size_t least = 0;
  for (size_t i = 1; i < chains->count; i++) {
    if (chains->chains[i]->used < chains->chains[least]->used)
      least = i;
  }
  forget(chains, least);
}

static chain *create(pl_tls_chains *chains, const pl_tls_chain_key *key,
                     const pl_certificate *certificate, int64_t wall_now) {
  int64_t end = wall_now + LONGEST;
  if (certificate->not_after < end)
    end = certificate->not_after;
  if (certificate->issuer_not_after != 0 && certificate->issuer_not_after < end)
    end = certificate->issuer_not_after;
  chain *c = malloc(sizeof(*c));
  if (c == NULL)
    return NULL;
  *c = (chain){.key = *key,
               .certificate = *certificate,
               .verified = wall_now,
               .end = end,
               .monotonic = pl_clock_now(&chains->clock)};
  if (chains->count == PL_LIMIT_TLS_CHAINS)
    forget_least_used(chains);
  chains->chains[chains->count++] = c;
  return c;
}

void pl_tls_chains_add(pl_tls_chains *chains, const pl_tls_chain_key *key, const char *host,
                       const pl_certificate *certificate, int64_t wall_now) {
  chain *c = find(chains, key, wall_now);
  if (c == NULL)
    c = create(chains, key, certificate, wall_now);
  if (c == NULL)
    return;
  c->used = ++chains->uses;
  add_host(chains, c, hash_of(host));
}
