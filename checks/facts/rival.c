/* The table of rivals, and the names of controls. */
#include "facts/rival.h"

#define NONE PL_RIVAL_LEVEL_NONE
#define REQUIRED PL_RIVAL_LEVEL_REQUIRED
#define STRICT PL_RIVAL_LEVEL_STRICT

static const pl_rival rivals[PL_RIVAL_COUNT] = {
#define PL_RIVAL(id, key_, explanation_, http, tls, tcp, dns, controls_, reason_, next_)           \
  [PL_RIVAL_##id] = {.key = key_,                                                                  \
                     .explanation = explanation_,                                                  \
                     .levels = {http, tls, tcp, dns},                                              \
                     .controls = controls_,                                                        \
                     .reason = PL_REASON_##reason_,                                                \
                     .next_step = next_},
#include "facts/rivals.def"
#undef PL_RIVAL
};

const pl_rival *pl_rival_at(pl_rival_id id) { return &rivals[id]; }

static const struct {
  const char *name, *text;
} controls[PL_CONTROL_COUNT] = {
    [PL_CONTROL_WITNESS] = {"witness", "another host of the same address family, on the same port "
                                       "unless you name its port, answered with verified TLS "
                                       "alongside each attempt (tls: port 443 is enough)"},
    [PL_CONTROL_ATTEMPTS] = {"attempts",
                             "three attempts from different source ports, the first "
                             "and last at least 4.5 s apart, or the last rounds "
                             "together, showed the same at this address, with a witness alongside "
                             "each"},
    [PL_CONTROL_PRIVATE] = {"private",
                            "the private side is up (http: it answered the same request "
                            "without a key with 401 or below 400, and not with the "
                            "sign; rival key: below 400, and only with --proof standard)"},
    [PL_CONTROL_PAIRED] = {"paired", "private holds without another --tls-name, and both names are "
                                     "the same, or a preset made them from one label (--tenant); "
                                     "dns and tls: an answer of 401 or below 400 without a key"},
    [PL_CONTROL_SIBLING] =
        {"sibling",
         "another name at the same address was answered without the sign or another documented "
         "text, and not with 429 "
         "(tenant: http only, and only with --proof standard; front: it is open; near: tcp only, "
         "and it is open; tcp: at this very address)"},
    [PL_CONTROL_REQUEST] = {"request", "another form of the request showed the same sign (http: "
                                       "only with a documented text that no bot protection gave)"},
    [PL_CONTROL_KEY] = {"key", "http: a request with a key showed the same sign in public, and was "
                               "answered below 400 in private, without a listed sign"},
    [PL_CONTROL_BEFORE] = {"before", "the endpoint was seen open, and the private side answers now "
                                     "as it did then"},
    [PL_CONTROL_DOCUMENTED] = {"documented", "http: the answer has the text that the preset or you "
                                             "name for the block (outage: and the private side "
                                             "does not give the same answer)"},
    [PL_CONTROL_ISSUER] = {"issuer", "the certificate carries SCTs, or its chain ends in "
                                     "--public-ca-file"},
    [PL_CONTROL_NAMES] =
        {"names",
         "authenticated DNS (over HTTPS or TLS) answered for A and AAAA, and named the address"},
    [PL_CONTROL_ROUTE] =
        {"route",
         "the packets used the same routing entry, and the same "
         "source address (IPv6: its /64 network), as those of a witness alongside each attempt "
         "(strict: and hops holds)"},
    [PL_CONTROL_HOPS] = {"hops", "a router beyond our own network answered a packet of this flow "
                                 "with a limited TTL, or the refusal comes from at least two hops "
                                 "beyond it (near: tcp only)"},
    [PL_CONTROL_POOL] = {"pool", "a day passed without a new address or a different answer"},
};

const char *pl_control_name(pl_control control) { return controls[control].name; }

const char *pl_control_text(pl_control control) { return controls[control].text; }

const char *pl_rival_state_name(pl_rival_state state) {
  static const char *const names[] = {
      [PL_RIVAL_STATE_NONE] = "none",         [PL_RIVAL_STATE_RULED_OUT] = "ruled-out",
      [PL_RIVAL_STATE_ACCEPTED] = "accepted", [PL_RIVAL_STATE_NAMED] = "not-ruled-out",
      [PL_RIVAL_STATE_STANDS] = "stands",     [PL_RIVAL_STATE_SHOWN] = "shown",
  };
  return names[state];
}
