// Resolvers, TLS servers and silent addresses for tests of the engine.
#include "engine_world.h"
#include "judge/judge.h"
#include "netns.h"
#include "options/complete.h"
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>
/* after the headers that it needs */
#include <cmocka.h>

/* ---- the world ------------------------------------------------------------------------------ */

const dns_row world_private_rows[] = {
    {.name = "svc.example", .ipv4 = PRIVATE_1 " " PRIVATE_2},
    {.name = "mixed.example", .ipv4 = PRIVATE_1 " " OPEN_HOST " 127.0.0.1 169.254.169.254 0.0.0.0"},
    {.name = "dual.example", .ipv4 = PRIVATE_1, .ipv6 = "fd00::1"},
    {.name = "translated.example", .ipv4 = PRIVATE_1, .ipv6 = "3ffe:db8:64::" PRIVATE_1},
    {.name = "translated-leak.example", .ipv4 = PRIVATE_1, .ipv6 = "3ffe:db8:64::" OPEN_HOST},
    {.name = "silent.example", .manner = DNS_MANNER_SILENT},
    {.name = "servfail.example", .manner = DNS_MANNER_RCODE, .rcode = 2},
    {.name = "hole.example", .ipv4 = "30.113.0.77"},
    {.name = "ipv4only.arpa", .ipv4 = "192.0.0.170", .ipv6 = "3ffe:db8:64::192.0.0.170"},
    {0},
};

const dns_row world_public_rows[] = {
    {.name = "open.example", .ipv4 = OPEN_HOST},
    {.name = "forbidding.example", .ipv4 = FORBIDDING},
    {.name = "closed.example", .ipv4 = CLOSED_HOST},
    {.name = "api.busy.example", .ipv4 = BUSY_HOST},
    {.name = "resetting.example", .ipv4 = RESETTING},
    {.name = "late.example", .ipv4 = "30.113.0.11"},
    {.name = "hole.example", .ipv4 = BLACK_HOLE},
    {.name = "half.example", .ipv4 = FORBIDDING " " OPEN_HOST},
    {.name = "both.example", .ipv4 = OPEN_HOST " " BLACK_HOLE},
    {.name = "dual.example", .ipv4 = CLOSED_HOST, .ipv6 = "3ffe:db8::10"},
    {.name = "unrouted.example", .ipv4 = "30.2.0.99"},
    {.name = "inside.example", .ipv4 = PRIVATE_1 " 127.0.0.1"},
    {.name = "silent.example", .manner = DNS_MANNER_SILENT},
    {.name = "witness.example", .ipv4 = WITNESS_2},
    {0},
};

engine_world world;

#define COUNTERS 3

static void serve_witness(int fd, const server_script *script) {
  atomic_fetch_add(world.witnessed, 1);
  serve_answer(fd, script);
}

static void serve_once(int fd, const server_script *script) {
  if (atomic_fetch_add(world.dying, 1) == 0)
    serve_witness(fd, script);
}

static void serve_late(int fd, const server_script *script) {
  nanosleep(&(struct timespec){.tv_nsec = 100 * PL_MSEC}, NULL);
  serve_witness(fd, script);
}

static void serve_busy(int fd, const server_script *script) {
  server_script answer = *script;
  if (atomic_fetch_add(world.busy, 1) > 0)
    answer.text = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n";
  serve_answer(fd, &answer);
}

static void add_address(const char *address) {
  static int aliases;
  char interface[16] = "lo";
  if (strchr(address, ':') == NULL)
    (void)snprintf(interface, sizeof(interface), "lo:%d", ++aliases);
  netns_add_address(interface, address, strchr(address, ':') != NULL ? 128 : 32);
}

static void start_server(const char *address, void (*run)(int, const server_script *),
                         const char *text) {
  const server_script script = {.run = run, .tls = world.tls, .text = text};
  add_address(address);
  world.servers[world.server_count++] = server_start_at(address, 443, &script);
}

static void unmount_resolvers(void) { umount2("/etc/resolv.conf", MNT_DETACH); }

/* No other process sees the mounts of this one. The root of a plain chroot is no mount point, so
 * there they cannot be made private, and are removed at the end. */
static void keep_mounts_private(void) {
  assert_int_equal(unshare(CLONE_NEWNS), 0);
  if (mount("", "/", "", MS_REC | MS_PRIVATE, NULL) == 0)
    return;
  assert_int_equal(errno, EINVAL);
  assert_int_equal(atexit(unmount_resolvers), 0);
}

/* /etc/resolv.conf of this process alone. */
static void set_system_resolvers(const char *text) {
  char target[] = "/tmp/pl-test-resolv.XXXXXX";
  int fd = mkstemp(target);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
  close(fd);
  assert_int_equal(mount(target, "/etc/resolv.conf", "", MS_BIND, NULL), 0);
  assert_int_equal(unlink(target), 0);
}

static void make_certificates(void) {
  world.authority = cert_make(&(cert_spec){.common_name = "Test CA", .is_ca = true}, NULL);
  world.leaf = cert_make(
      &(cert_spec){
          .common_name = "svc.example",
          .san = "DNS:svc.example,DNS:mixed.example,DNS:open.example,"
                 "DNS:forbidding.example,DNS:both.example,DNS:half.example,DNS:witness.example,"
                 "DNS:*.busy.example,DNS:late.example,IP:" WITNESS ",IP:" WITNESS_2
                 ",IP:" DYING_WITNESS ",IP:" SLOW_WITNESS ",IP:" PUBLIC_RESOLVER},
      &world.authority);
  world.tls = cert_server(&world.leaf, NULL);
  cert_write(&world.authority, world.ca_path);
}

int world_make(void **state) {
  (void)state;
  netns_enter();
  keep_mounts_private();
  world.witnessed = mmap(NULL, COUNTERS * sizeof(*world.witnessed), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  assert_true(world.witnessed != MAP_FAILED);
  world.dying = world.witnessed + 1;
  world.busy = world.witnessed + 2;
  make_certificates();
  start_server(PRIVATE_1, serve_answer, OK_ANSWER);
  start_server(PRIVATE_2, serve_answer, OK_ANSWER);
  start_server(OPEN_HOST, serve_answer, OK_ANSWER);
  start_server(FORBIDDING, serve_answer, FORBIDDEN);
  start_server(WITNESS, serve_witness, OK_ANSWER);
  start_server(WITNESS_2, serve_witness, OK_ANSWER);
  start_server(DYING_WITNESS, serve_once, OK_ANSWER);
  start_server(SLOW_WITNESS, serve_late, OK_ANSWER);
  start_server(BUSY_HOST, serve_busy, FORBIDDEN);
  start_server(RESETTING, serve_reset, NULL);
  add_address(CLOSED_HOST);
  /* Packets into the wire are lost: the test never reads from it. */
  (void)netns_add_wire("wire0");
  netns_add_address("wire0", "30.113.0.254", 24);
  add_address(PRIVATE_RESOLVER);
  add_address(PUBLIC_RESOLVER);
  assert_true(dns_server_start(&world.private_dns, PRIVATE_RESOLVER, 53, world_private_rows));
  assert_true(dns_server_start(&world.public_dns, PUBLIC_RESOLVER, 53, world_public_rows));
  set_system_resolvers("nameserver 30.113.0.53\nnameserver " PRIVATE_RESOLVER "\n");
  return 0;
}

int world_free(void **state) {
  (void)state;
  dns_server_stop(&world.private_dns);
  dns_server_stop(&world.public_dns);
  for (size_t i = 0; i < world.server_count; i++)
    server_stop(&world.servers[i]);
  SSL_CTX_free(world.tls);
  cert_free(&world.leaf);
  cert_free(&world.authority);
  unlink(world.ca_path);
  munmap(world.witnessed, COUNTERS * sizeof(*world.witnessed));
  return 0;
}

/* ---- specs ---------------------------------------------------------------------------------- */

static void set(pl_spec *spec, pl_option_id id, const char *value) {
  pl_error error = {""};
  if (pl_spec_set(spec, id, PL_LAYER_COMMAND_LINE, &value, 1, &error) != PL_OK)
    fail_msg("%s", error.text);
}

void make_spec(pl_spec *spec, const setting *settings) {
  pl_error error = {""};
  pl_spec_init(spec);
  set(spec, PL_OPTION_RESOLVER, PRIVATE_RESOLVER);
  set(spec, PL_OPTION_PUBLIC_RESOLVER, PUBLIC_RESOLVER);
  set(spec, PL_OPTION_WITNESS, WITNESS);
  set(spec, PL_OPTION_CA_FILE, world.ca_path);
  set(spec, PL_OPTION_PUBLIC_CA_FILE, world.ca_path);
  set(spec, PL_OPTION_CERTIFICATE, "2,1"); /* the certificates of the test are valid for ten days */
  for (; settings->id != PL_OPTION_COUNT; settings++)
    set(spec, settings->id, settings->value);
  if (pl_spec_finish(spec, "test", &error) != PL_OK)
    fail_msg("%s", error.text);
}

/* ---- runs ----------------------------------------------------------------------------------- */

static void on_round(void *user, size_t index, pl_facts *facts) {
  engine_run *r = user;
  assert_true(index < MAX_ROUNDS);
  assert_null(r->facts[index]);
  assert_int_equal(r->batches, 0);
  r->facts[index] = facts;
  r->reported++;
}

static void on_done(void *user) {
  engine_run *r = user;
  r->batches++;
}

void run_create(engine_run *r) {
  const pl_engine_config config = {.clock = pl_clock_system()};
  *r = (engine_run){0};
  pl_spec_init(&r->spec);
  for (size_t i = 0; i < COUNTERS; i++)
    atomic_store(&world.witnessed[i], 0);
  assert_int_equal(pl_engine_create(&config, &r->engine, NULL), PL_OK);
}

void run_prepare(engine_run *r, const setting *settings) {
  run_create(r);
  make_spec(&r->spec, settings);
}

void run_free(engine_run *r) {
  pl_engine_free(r->engine);
  for (size_t i = 0; i < MAX_ROUNDS; i++) {
    if (r->facts[i] != NULL)
      pl_facts_free(r->facts[i]);
    free(r->facts[i]);
  }
  pl_spec_free(&r->spec);
}

pl_batch run_batch_of(engine_run *r, const pl_spec *const *specs, size_t count) {
  return (pl_batch){.specs = specs,
                    .count = count,
                    .timeout = 10 * PL_SEC,
                    .on_round = on_round,
                    .on_done = on_done,
                    .user = r};
}

pl_batch run_batch_of_one(engine_run *r) {
  r->specs[0] = &r->spec;
  return run_batch_of(r, r->specs, 1);
}

void run_batch(engine_run *r, const pl_batch *batch) {
  assert_int_equal(pl_engine_start(r->engine, batch, NULL), PL_OK);
  assert_int_equal(pl_engine_run(r->engine), PL_OK);
  assert_int_equal(r->reported, batch->count);
  assert_int_equal(r->batches, 1);
}

void run_one(engine_run *r) {
  const pl_batch batch = run_batch_of_one(r);
  run_batch(r, &batch);
  assert_string_equal(r->facts[0]->local_problem, "");
}

void run_settings(engine_run *r, const setting *settings) {
  run_prepare(r, settings);
  run_one(r);
}

/* ---- what a run has seen -------------------------------------------------------------------- */

const pl_target *find_target(const pl_facts *facts, pl_role role, const char *address) {
  pl_addr wanted;
  assert_int_equal(pl_addr_parse(address, &wanted), PL_OK);
  for (size_t i = 0; i < facts->target_count; i++) {
    if (facts->targets[i].role == role && pl_addr_equal(&facts->targets[i].address, &wanted))
      return &facts->targets[i];
  }
  fail_msg("no target %s", address);
  return NULL;
}

size_t count_targets(const pl_facts *facts, pl_role role) {
  size_t count = 0;
  for (size_t i = 0; i < facts->target_count; i++)
    count += facts->targets[i].role == role ? 1 : 0;
  return count;
}

bool is_witnessed(const pl_witness *witness, const pl_attempt_result *attempt) {
  for (size_t i = 0; i < witness->result_count; i++) {
    const pl_witness_result *result = &witness->results[i];
    if (result->verified && result->started >= attempt->started &&
        result->started <= attempt->started + 1500 * PL_MSEC)
      return true;
  }
  return false;
}

void assert_all_witnessed(const pl_facts *facts, const pl_target *target) {
  for (unsigned i = 0; i < target->attempt_count; i++) {
    bool witnessed = false;
    for (size_t j = 0; j < facts->witness_count; j++)
      witnessed = witnessed || is_witnessed(&facts->witnesses[j], &target->attempts[i]);
    if (!witnessed)
      fail_msg("attempt %u has no witness", i);
  }
}

pl_nsec run_took(const engine_run *r) { return r->facts[0]->ended - r->facts[0]->started; }

pl_nsec span_of(const pl_target *target) {
  return target->attempts[target->attempt_count - 1].started - target->attempts[0].started;
}

void assert_three_attempts(const pl_target *target, pl_end end) {
  assert_int_equal(target->attempt_count, 3);
  for (unsigned i = 0; i < 3; i++) {
    assert_int_equal(target->attempts[i].end, end);
    assert_int_equal(target->attempts[i].source.family, PL_FAMILY_IPV4);
    for (unsigned j = 0; j < i; j++)
      assert_int_not_equal(target->attempts[i].local_port, target->attempts[j].local_port);
  }
  assert_true(span_of(target) >= 4500 * PL_MSEC);
}

void put_elsewhere(pl_facts *facts) {
  const pl_addr source = pl_addr_make(PL_FAMILY_IPV4, (const uint8_t[]){10, 0, 9, 2});
  const pl_route route = {.known = true, .table = 254, .interface = 2, .gateway = source};
  for (size_t i = 0; i < facts->witness_count; i++) {
    facts->witnesses[i].is_own = false;
    facts->witnesses[i].source = source;
    facts->witnesses[i].route = route;
  }
  for (size_t i = 0; i < facts->target_count; i++) {
    facts->targets[i].is_own = false;
    facts->targets[i].route = route;
    for (unsigned j = 0; j < facts->targets[i].attempt_count; j++) {
      facts->targets[i].attempts[j].source = source;
      facts->targets[i].attempts[j].certificate.has_scts = true;
      facts->targets[i].attempts[j].body = PL_BODY_WHOLE;
    }
  }
  for (size_t i = 0; i < facts->public_dns_count; i++)
    facts->public_dns[i].transport = PL_DNS_HTTPS;
}

pl_severity severity_of(const pl_spec *spec, const pl_facts *facts, pl_check check) {
  static pl_verdict verdict;
  pl_judge(spec, facts, facts->wall_time, &verdict);
  return verdict.checks[check].severity;
}

pl_severity run_severity(const engine_run *r, pl_check check) {
  return severity_of(&r->spec, r->facts[0], check);
}
