/* The table of the ways in which an attempt can end. */
#include "facts/ends.h"

static const pl_end_info table[] = {
#define PL_END(id_, key_, text_, layer_, answered_, pause_, port_, public_end_, signature_)        \
  [PL_END_##id_] = {.key = (key_),                                                                 \
                    .text = (text_),                                                               \
                    .layer = PL_END_LAYER_##layer_,                                                \
                    .answered = (answered_),                                                       \
                    .pause = (pause_),                                                             \
                    .port = PL_REASON_PORT_##port_,                                                \
                    .public_end = PL_PUBLIC_END_##public_end_,                                     \
                    .signature = PL_SIGNATURE_##signature_},
#include "facts/ends.def"
#undef PL_END
    [PL_END_COUNT] = {.key = "", .text = "", .port = PL_REASON_PORT_LOCAL_FAILURE},
};

const pl_end_info *pl_end_info_at(pl_end end) {
  return &table[end < PL_END_COUNT ? end : PL_END_COUNT];
}
