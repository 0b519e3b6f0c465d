/* The elimination: an AND over the rivals of a sign, an OR over the controls of each. */
#include "judge/public/rivals.h"
#include "judge/public/path.h"

static bool is_ruled_out(const pl_proof_case *p, pl_rival_id id, pl_rival_verdict *ret_verdict) {
  unsigned controls = pl_rival_at(id)->controls;
  for (unsigned control = 0; control < PL_CONTROL_COUNT; control++) {
    int64_t when;
    if ((controls & (1u << control)) == 0 || !pl_control_holds(p, id, (pl_control)control, &when))
      continue;
    if (ret_verdict->state != PL_RIVAL_STATE_RULED_OUT)
      *ret_verdict = (pl_rival_verdict){
          .state = PL_RIVAL_STATE_RULED_OUT, .control = (pl_control)control, .when = when};
    if (when == 0)
      ret_verdict->held |= 1u << control;
  }
  /* Of the host, hops are a part of the control `route`: to be remembered, too. */
  int64_t when;
  if ((ret_verdict->held & PL_CONTROLS(ROUTE)) != 0 && pl_path_leaves_network(p, &when) &&
      when == 0)
    ret_verdict->held |= PL_CONTROLS(HOPS);
  return ret_verdict->state == PL_RIVAL_STATE_RULED_OUT;
}

static pl_rival_verdict judge_rival(const pl_proof_case *p, pl_rival_id id) {
  const pl_spec *spec = p->round->spec;
  pl_rival_level level = pl_rival_at(id)->levels[p->seen.sign];
  pl_rival_verdict verdict = {.state = PL_RIVAL_STATE_NONE, .control = PL_CONTROL_COUNT};
  if (level == PL_RIVAL_LEVEL_NONE)
    return verdict;
  bool accepted = (spec->accept & (1u << id)) != 0;
  /* What was let in is no explanation that may be accepted: somebody gets through. */
  verdict.let_in = pl_control_let_in(p, id, &verdict.shown);
  if (verdict.let_in == 0)
    verdict.shown = pl_rival_evidence(p, id);
  if (accepted && verdict.let_in == 0)
    verdict.state = PL_RIVAL_STATE_ACCEPTED;
  else if (verdict.shown != NULL)
    verdict.state = PL_RIVAL_STATE_SHOWN;
  else if (!is_ruled_out(p, id, &verdict))
    verdict.state = level == PL_RIVAL_LEVEL_REQUIRED || spec->proof == PL_PROOF_STRICT
                        ? PL_RIVAL_STATE_STANDS
                        : PL_RIVAL_STATE_NAMED;
  return verdict;
}

pl_rival_id pl_rivals_judge(const pl_proof_case *p, pl_rival_verdict ret_rivals[PL_RIVAL_COUNT]) {
  pl_rival_id first = PL_RIVAL_COUNT;
  for (unsigned id = 0; id < PL_RIVAL_COUNT; id++) {
    ret_rivals[id] = judge_rival(p, (pl_rival_id)id);
    /* What there is evidence for is reported before what is only not ruled out. */
    bool stands = ret_rivals[id].state >= PL_RIVAL_STATE_STANDS;
    if (stands && (first == PL_RIVAL_COUNT || ret_rivals[id].state > ret_rivals[first].state))
      first = (pl_rival_id)id;
  }
  return first;
}

void pl_rivals_merge(pl_rival_verdict all[PL_RIVAL_COUNT],
                     const pl_rival_verdict one[PL_RIVAL_COUNT]) {
  for (unsigned id = 0; id < PL_RIVAL_COUNT; id++) {
    unsigned let_in = all[id].let_in | one[id].let_in;
    if (one[id].state > all[id].state)
      all[id] = one[id];
    else if (one[id].state == all[id].state)
      all[id].held &= one[id].held;
    all[id].let_in = let_in;
  }
}
