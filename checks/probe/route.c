/* Asks the kernel for the routing entry of a TCP flow. */
#include "probe/route.h"
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* In every network namespace the loopback interface is the first one. */
#define LOOPBACK_INDEX 1
#define ANSWER_MAX 8192
/* NLA_TYPE_MASK, without its signed arithmetic. */
#define TYPE_BITS 0x3fffu

/* ---- reading an answer ----------------------------------------------------------------------- */

typedef struct span {
  const uint8_t *at;
  size_t length;
} span;

/* Copies a struct of `size` bytes from the start; false if there are fewer. */
static bool copy_head(span bytes, void *ret_head, size_t size) {
  if (bytes.length < size)
    return false;
  memcpy(ret_head, bytes.at, size);
  return true;
}

static span skip(span bytes, size_t length) {
  length = length < bytes.length ? length : bytes.length;
  return (span){bytes.at + length, bytes.length - length};
}

/* Takes the next attribute off `rest`; false at the end, or where the rest is none. */
static bool take_attribute(span *rest, uint16_t *ret_type, span *ret_value) {
  struct rtattr header;
  if (!copy_head(*rest, &header, sizeof(header)) || header.rta_len < sizeof(header) ||
      header.rta_len > rest->length)
    return false;
  *ret_type = (uint16_t)(header.rta_type & TYPE_BITS);
  *ret_value = (span){rest->at + sizeof(header), header.rta_len - sizeof(header)};
  *rest = skip(*rest, RTA_ALIGN(header.rta_len));
  return true;
}

static uint32_t number_of(span value) {
  uint32_t number = 0;
  (void)copy_head(value, &number, sizeof(number));
  return number;
}

static pl_addr address_of(span value) {
  if (value.length == 4)
    return pl_addr_make(PL_FAMILY_IPV4, value.at);
  if (value.length == 16)
    return pl_addr_make(PL_FAMILY_IPV6, value.at);
  return (pl_addr){.family = PL_FAMILY_NONE};
}

typedef struct next_hop {
  uint32_t interface;
  pl_addr gateway;
} next_hop;

static void note_hop(next_hop *hop, uint16_t type, span value) {
  if (type == RTA_OIF)
    hop->interface = number_of(value);
  else if (type == RTA_GATEWAY)
    hop->gateway = address_of(value);
  else if (type == RTA_VIA) /* a gateway of the other family */
    hop->gateway = address_of(skip(value, offsetof(struct rtvia, rtvia_addr)));
}

static bool is_before(const next_hop *a, const next_hop *b) {
  if (a->interface != b->interface)
    return a->interface < b->interface;
  return pl_addr_compare(&a->gateway, &b->gateway) < 0;
}

/* The kernel lists the hops of IPv6 from the one that it chose on, so the first says nothing. */
static bool smallest_hop(span hops, next_hop *ret_hop) {
  bool found = false;
  struct rtnexthop header;
  while (copy_head(hops, &header, sizeof(header)) && header.rtnh_len >= sizeof(header) &&
         header.rtnh_len <= hops.length) {
    next_hop one = {.interface = (uint32_t)header.rtnh_ifindex};
    span rest = {hops.at + sizeof(header), header.rtnh_len - sizeof(header)}, value;
    for (uint16_t type; take_attribute(&rest, &type, &value);)
      note_hop(&one, type, value);
    if (!found || is_before(&one, ret_hop))
      *ret_hop = one;
    found = true;
    hops = skip(hops, RTNH_ALIGN(header.rtnh_len));
  }
  return found;
}

static void note_attribute(pl_route_answer *answer, next_hop *hop, uint16_t type, span value) {
  if (type == RTA_TABLE)
    answer->route.table = number_of(value);
  else if (type == RTA_DST)
    answer->route.destination = address_of(value);
  else if (type == RTA_MULTIPATH)
    (void)smallest_hop(value, hop);
  else
    note_hop(hop, type, value);
}

bool pl_route_parse(const void *answer, size_t length, unsigned family,
                    pl_route_answer *ret_answer) {
  span bytes = {answer, length};
  struct nlmsghdr header;
  struct rtmsg message;
  if (!copy_head(bytes, &header, sizeof(header)) || header.nlmsg_type != RTM_NEWROUTE ||
      header.nlmsg_len < NLMSG_LENGTH(sizeof(message)) || header.nlmsg_len > length)
    return false;
  bytes.length = header.nlmsg_len;
  bytes = skip(bytes, NLMSG_HDRLEN);
  if (!copy_head(bytes, &message, sizeof(message)) ||
      message.rtm_family != (family == PL_FAMILY_IPV4 ? AF_INET : AF_INET6) ||
      (message.rtm_type != RTN_UNICAST && message.rtm_type != RTN_LOCAL))
    return false;
  *ret_answer = (pl_route_answer){
      .route = {.known = true, .table = message.rtm_table, .prefix_length = message.rtm_dst_len},
      .is_entry = (message.rtm_flags & RTM_F_CLONED) == 0};
  next_hop hop = {.interface = 0};
  span rest = skip(bytes, NLMSG_ALIGN(sizeof(message))), value;
  for (uint16_t type; take_attribute(&rest, &type, &value);)
    note_attribute(ret_answer, &hop, type, value);
  ret_answer->route.interface = hop.interface;
  ret_answer->route.gateway = hop.gateway;
  ret_answer->route.local = message.rtm_type == RTN_LOCAL || hop.interface == LOOPBACK_INDEX;
  return true;
}

/* ---- asking ---------------------------------------------------------------------------------- */

typedef struct request {
  struct nlmsghdr header;
  struct rtmsg message;
  uint8_t attributes[64];
} request;

static void add_attribute(request *r, uint16_t type, const void *value, size_t length) {
  struct rtattr header = {.rta_len = (uint16_t)RTA_LENGTH(length), .rta_type = type};
  uint8_t *end = (uint8_t *)r + r->header.nlmsg_len;
  memcpy(end, &header, sizeof(header));
  memcpy(end + sizeof(header), value, length);
  r->header.nlmsg_len += (uint32_t)RTA_SPACE(length);
}

/* RTM_F_LOOKUP_TABLE gives the true table of IPv4, and not always "main". */
static request make_request(const pl_addr *address, uint16_t port) {
  bool ipv4 = address->family == PL_FAMILY_IPV4;
  size_t length = ipv4 ? 4 : 16;
  request made = {.header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
                             .nlmsg_type = RTM_GETROUTE,
                             .nlmsg_flags = NLM_F_REQUEST},
                  .message = {.rtm_family = ipv4 ? AF_INET : AF_INET6,
                              .rtm_dst_len = (uint8_t)(8 * length),
                              .rtm_flags = RTM_F_LOOKUP_TABLE | RTM_F_FIB_MATCH}};
  uint8_t protocol = IPPROTO_TCP;
  uint32_t user = geteuid();
  uint16_t network_port = htons(port);
  add_attribute(&made, RTA_DST, address->bytes, length);
  add_attribute(&made, RTA_IP_PROTO, &protocol, sizeof(protocol));
  add_attribute(&made, RTA_DPORT, &network_port, sizeof(network_port));
  add_attribute(&made, RTA_UID, &user, sizeof(user));
  return made;
}

/* The kernel has answered when send() returns. */
static bool ask(const pl_addr *address, uint16_t port, pl_route_answer *ret_answer) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0)
    return false;
  request question = make_request(address, port);
  uint8_t bytes[ANSWER_MAX];
  ssize_t length = -1;
  if (send(fd, &question, question.header.nlmsg_len, MSG_DONTWAIT) >= 0)
    length = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
  close(fd);
  return length > 0 && pl_route_parse(bytes, (size_t)length, address->family, ret_answer);
}

pl_route pl_route_of(const pl_addr *address, uint16_t port) {
  pl_route_answer answer;
  if (!ask(address, port, &answer) || !answer.is_entry)
    return (pl_route){.known = false};
  return answer.route;
}
