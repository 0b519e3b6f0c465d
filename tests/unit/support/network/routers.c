// Processes in network namespaces of their own, which forward packets.
#include "routers.h"
#include "netns.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LISTEN "listen "

typedef struct command {
  char text[256];
} command;

/* ---- in the router -------------------------------------------------------------------------- */

static bool write_setting(const char *path, const char *value) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  bool written = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
  close(fd);
  return written;
}

static bool listen_on(uint16_t port) {
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return fd >= 0 && bind(fd, (const struct sockaddr *)&any, sizeof(any)) == 0 &&
         listen(fd, 64) == 0;
}

static bool obey(const command *order) {
  if (strncmp(order->text, LISTEN, strlen(LISTEN)) == 0)
    return listen_on((uint16_t)strtoul(order->text + strlen(LISTEN), NULL, 10));
  command line;
  if (snprintf(line.text, sizeof(line.text), "ip %.250s", order->text) < 0)
    return false;
  return system(line.text) == 0;
}

/* Until the test ends it, or ends. */
static void be_a_router(int commands, int replies) {
  static const char *const settings[][2] = {
      {"/proc/sys/net/ipv4/ip_forward", "1"},
      {"/proc/sys/net/ipv4/icmp_ratelimit", "0"},
      {"/proc/sys/net/ipv6/conf/all/forwarding", "1"},
      {"/proc/sys/net/ipv6/conf/default/forwarding", "1"},
      {"/proc/sys/net/ipv6/conf/default/accept_dad", "0"}, /* addresses can be used at once */
      {"/proc/sys/net/ipv6/icmp/ratelimit", "0"},
  };
  bool ready = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && unshare(CLONE_NEWNET) == 0;
  for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
    ready = ready && write_setting(settings[i][0], settings[i][1]);
  command order;
  do {
    if (write(replies, ready ? "y" : "n", 1) != 1)
      _exit(1);
    ready = read(commands, &order, sizeof(order)) == sizeof(order);
    if (!ready)
      _exit(0);
    ready = obey(&order);
  } while (true);
}

/* ---- in the test ---------------------------------------------------------------------------- */

static void wait_until_done(const test_router *router, const char *what) {
  char reply = 'n';
  if (read(router->replies, &reply, 1) != 1 || reply != 'y')
    fail_msg("router: %s", what);
}

test_router router_start(void) {
  int commands[2], replies[2];
  assert_int_equal(pipe2(commands, O_CLOEXEC), 0);
  assert_int_equal(pipe2(replies, O_CLOEXEC), 0);
  test_router router = {.pid = fork(), .commands = commands[1], .replies = replies[0]};
  assert_true(router.pid >= 0);
  if (router.pid == 0) {
    close(commands[1]);
    close(replies[0]);
    be_a_router(commands[0], replies[1]);
  }
  close(commands[0]);
  close(replies[1]);
  wait_until_done(&router, "start");
  return router;
}

static void order(const test_router *router, const command *line) {
  assert_int_equal(write(router->commands, line, sizeof(*line)), sizeof(*line));
  wait_until_done(router, line->text);
}

void router_ip(const test_router *router, const char *arguments) {
  command line = {.text = ""};
  snprintf(line.text, sizeof(line.text), "%s", arguments);
  order(router, &line);
}

void router_listen(const test_router *router, uint16_t port) {
  command line = {.text = ""};
  snprintf(line.text, sizeof(line.text), LISTEN "%u", port);
  order(router, &line);
}

static void move_end(const test_router *router, const char *end, const char *name) {
  char line[256];
  if (router == NULL) {
    snprintf(line, sizeof(line), "link set dev %s name %s up", end, name);
    netns_ip(line);
    return;
  }
  snprintf(line, sizeof(line), "link set dev %s netns %d name %s", end, (int)router->pid, name);
  netns_ip(line);
  snprintf(line, sizeof(line), "link set dev %s up", name);
  router_ip(router, line);
}

void router_link(const test_router *from, const test_router *to, const char *name) {
  netns_ip("link add near_end type veth peer name far_end");
  move_end(from, "near_end", name);
  move_end(to, "far_end", name);
}

void router_stop(test_router *router) {
  close(router->commands);
  close(router->replies);
  kill(router->pid, SIGKILL);
  int status;
  assert_int_equal(waitpid(router->pid, &status, 0), router->pid);
}
