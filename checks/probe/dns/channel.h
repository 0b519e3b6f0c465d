/* One resolver, asked through c-ares: one channel, with its sockets and its timer on the loop. The
 * only unit that sees ares.h.
 *
 * Loop thread only. resolve.c owns the channels, and reads the answers with dns_answer.h: c-ares
 * gives the same error for a CNAME loop, a cut address and a real "no such record".
 */
#ifndef PL_PROBE_DNS_CHANNEL_H
#define PL_PROBE_DNS_CHANNEL_H

#include "facts/facts.h"
#include "probe/loop.h"

typedef struct pl_channel pl_channel;
typedef struct pl_question pl_question;

/* What became of a question: a message, or no message and the reason. */
typedef struct pl_channel_answer {
  const uint8_t *bytes; /* the message, valid during the call; NULL for none */
  size_t length;
  bool over_tcp;
  bool tries_over;        /* c-ares has no try left; the question may be asked again */
  pl_dns_outcome outcome; /* of a failure */
  int error;              /* errno of a failure; 0 for none */
} pl_channel_answer;

typedef void (*pl_channel_callback)(void *user, const pl_channel_answer *answer);

/* Every channel lives between these two. */
pl_status pl_channel_library_init(pl_error *error) PL_MUST_USE;
void pl_channel_library_cleanup(void);

/* `idle` is called after each event, when no c-ares function is on the stack. It calls
 * pl_channel_settle. */
pl_status pl_channel_create(pl_loop *loop, const pl_sockaddr *resolver, void (*idle)(void *user),
                            void *user, pl_channel **ret_channel) PL_MUST_USE;
/* Not from inside a callback. Drops all questions. */
void pl_channel_free(pl_channel *channel);

/* Asks for `name` (absolute), class IN. `answered` is called once, perhaps from inside this call;
 * `*ret_question` is set before, and no longer valid from then on. */
pl_status pl_channel_ask(pl_channel *channel, const char *name, pl_dns_type type,
                         pl_channel_callback answered, void *user,
                         pl_question **ret_question) PL_MUST_USE;
/* `answered` won't be called. */
void pl_question_drop(pl_question *question);

/* Sets the timer that c-ares wants, after questions were asked or dropped. Without memory for the
 * timer, the queries' own timers end them. */
void pl_channel_settle(pl_channel *channel);

/* The resolvers of /etc/resolv.conf that clients use, in order, and whether they ask them in turn
 * (`options rotate`). */
pl_status pl_channel_system_resolvers(pl_sockaddr ret_list[PL_LIMIT_RESOLVERS], size_t *ret_count,
                                      bool *ret_rotate) PL_MUST_USE;

#endif
