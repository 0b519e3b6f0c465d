/* Ed25519 keys and signatures (RFC 8032). The caller owns the keys. Any thread, each key that signs
 * from one thread at a time.
 */
#ifndef PL_EVIDENCE_LOG_SIGN_H
#define PL_EVIDENCE_LOG_SIGN_H

#include "evidence/log/chain.h"

#define PL_SIGNATURE_BYTES 64
/* "0123456789abcdef" and a NUL: the first bytes of the SHA-256 of the raw public key. */
#define PL_KEY_ID 17
#define PL_LIMIT_KEYS 16

typedef struct pl_signing_key pl_signing_key;

/* Reads a private key (PEM, PKCS#8, without a password). The file must be as pl_secret_read wants
 * it. */
pl_status pl_signing_key_read(const char *path, pl_signing_key **ret_key,
                              pl_error *error) PL_MUST_USE;
/* NULL is fine. */
void pl_signing_key_free(pl_signing_key *key);
const char *pl_signing_key_id(const pl_signing_key *key);
bool pl_signing_sign(const pl_signing_key *key, const char *bytes, size_t length,
                     uint8_t ret_signature[PL_SIGNATURE_BYTES]) PL_MUST_USE;

/* Writes a new private key to `path` (mode 0600) and its public key to `path` with ".pub". Neither
 * file may exist. Sets `ret_id` to the id of the key. */
pl_status pl_signing_key_make(const char *path, char ret_id[PL_KEY_ID],
                              pl_error *error) PL_MUST_USE;

/* The public keys of a file: one or more, PEM, one after the other. */
typedef struct pl_public_keys {
  pl_signing_key *items[PL_LIMIT_KEYS];
  size_t count;
} pl_public_keys;

pl_status pl_public_keys_read(const char *path, pl_public_keys *ret_keys,
                              pl_error *error) PL_MUST_USE;
void pl_public_keys_free(pl_public_keys *keys);
/* NULL where there is none. */
const pl_signing_key *pl_public_keys_find(const pl_public_keys *keys, pl_slice id);
/* Any thread. */
bool pl_signing_verify(const pl_signing_key *key, const char *bytes, size_t length,
                       const uint8_t signature[PL_SIGNATURE_BYTES]);

#endif
