/* For end-to-end tests of the engine: a network namespace with scripted resolvers, TLS servers and
 * silent addresses, and runs of the engine in it. */
#ifndef PL_TEST_ENGINE_WORLD_H
#define PL_TEST_ENGINE_WORLD_H

#include "certs.h"
#include "dns_server.h"
#include "options/options.h"
#include "probe/engine.h"
#include "server.h"
#include <stdatomic.h>

/* ---- the world ------------------------------------------------------------------------------ */

#define PRIVATE_RESOLVER "10.0.0.53"
#define PUBLIC_RESOLVER "30.51.100.53"
#define WITNESS "30.51.100.1"
#define WITNESS_2 "30.51.100.2"
#define OPEN_HOST "30.51.100.10"
#define FORBIDDING "30.51.100.11"
#define CLOSED_HOST "30.51.100.12"  /* refuses connections */
#define BUSY_HOST "30.51.100.13"    /* forbids once, and then answers 429 */
#define RESETTING "30.51.100.14"    /* resets inside the TLS handshake */
#define DYING_WITNESS "30.51.100.3" /* answers the first connection alone */
#define SLOW_WITNESS "30.51.100.4"  /* answers after a tenth of a second */
#define BLACK_HOLE "30.113.0.10"
#define PRIVATE_1 "10.0.1.10"
#define PRIVATE_2 "10.0.2.10"

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define FORBIDDEN "HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\n\r\nblocked"

typedef struct engine_world {
  test_cert authority, leaf;
  char ca_path[64];
  SSL_CTX *tls;
  test_server servers[12];
  size_t server_count;
  dns_server private_dns, public_dns;
  /* Connections to the witnesses, to DYING_WITNESS and to BUSY_HOST; shared with the processes of
   * the servers. */
  atomic_uint *witnessed, *dying, *busy;
} engine_world;

extern engine_world world;
/* What the two resolvers answer. */
extern const dns_row world_private_rows[], world_public_rows[];

/* Set-up and tear-down of a group of tests. */
int world_make(void **state);
int world_free(void **state);

/* ---- specs ---------------------------------------------------------------------------------- */

typedef struct setting {
  pl_option_id id;
  const char *value;
} setting;

#define NO_MORE                                                                                    \
  { PL_OPTION_COUNT, NULL }

/* A spec for this world with these settings, of which NO_MORE is the last. */
void make_spec(pl_spec *spec, const setting *settings);

/* ---- runs ----------------------------------------------------------------------------------- */

#define MAX_ROUNDS 64

typedef struct engine_run {
  pl_engine *engine;
  pl_spec spec; /* of a run of one endpoint */
  const pl_spec *specs[1];
  pl_facts *facts[MAX_ROUNDS];
  size_t reported, batches;
} engine_run;

/* An engine for any batch. */
void run_create(engine_run *r);
/* The same with r->spec made of the settings. */
void run_prepare(engine_run *r, const setting *settings);
/* Frees the engine, r->spec and all facts. A run that is all zero is fine. */
void run_free(engine_run *r);

/* A batch that reports to the run and ends within ten seconds. */
pl_batch run_batch_of(engine_run *r, const pl_spec *const *specs, size_t count);
/* The same of r->spec alone, after run_prepare. */
pl_batch run_batch_of_one(engine_run *r);

/* Runs it to its end, and checks that each endpoint and the batch are reported once. */
void run_batch(engine_run *r, const pl_batch *batch);
/* Runs r->spec, and checks that no local problem is reported. */
void run_one(engine_run *r);
/* run_prepare, then run_one. */
void run_settings(engine_run *r, const setting *settings);

/* ---- what a run has seen -------------------------------------------------------------------- */

/* The target with this address; the test fails if there is none. */
const pl_target *find_target(const pl_facts *facts, pl_role role, const char *address);
size_t count_targets(const pl_facts *facts, pl_role role);

/* Whether a probe of the witness was answered that started with the attempt, or soon after it. */
bool is_witnessed(const pl_witness *witness, const pl_attempt_result *attempt);
/* Each attempt at the target has a witness. */
void assert_all_witnessed(const pl_facts *facts, const pl_target *target);
/* There are three attempts with this end, each from another port, over at least 4.5 seconds. */
void assert_three_attempts(const pl_target *target, pl_end end);
/* From the first to the last attempt. */
pl_nsec span_of(const pl_target *target);
/* The time of the run's only round. */
pl_nsec run_took(const engine_run *r);

/* Here the servers and witnesses are addresses of this host, which the judge does not accept, and
 * the resolvers speak plain DNS. This makes the facts look as if all of them are on one egress
 * path, the certificates have SCTs, and the answers are authenticated. */
void put_elsewhere(pl_facts *facts);

pl_severity severity_of(const pl_spec *spec, const pl_facts *facts, pl_check check);
/* The same of r->spec and its facts. */
pl_severity run_severity(const engine_run *r, pl_check check);

#endif
