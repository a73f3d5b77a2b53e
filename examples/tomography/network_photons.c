/* network_photons - the learned descent on counts: calls the C that dpc wrote for photons.dp. */
#include "network.h"

#include "photons.h"

enum { WEIGHTS = PHOTONS_STEP_SIZE };

static const float whole_turn = 6.28318530717958647692f;

static size_t photons_work(const RunPlan *p) {
  const size_t train = photons_train_step_work(p->batch, p->side, p->views, p->bins);
  const size_t use = photons_Hybrid_transmission_work(p->side, p->views, p->bins);
  return train > use ? train : use;
}

static int photons_train(const Network *w, float *loss) {
  const RunPlan *p = &w->plan;
  const float *s = w->state;
  return photons_train_step(s, s + WEIGHTS, s + 2 * WEIGHTS, p->seed, w->step, p->steps, p->batch,
                            p->side, p->views, p->bins, whole_turn, (float)p->photons, (float)p->size,
                            loss, w->next, w->next + WEIGHTS, w->next + 2 * WEIGHTS, w->work,
                            w->work_bytes);
}

static int photons_descend(const Network *w, const float *a_0, const float *measured, int64_t n_steps,
                           float *a) {
  const RunPlan *p = &w->plan;
  return photons_Hybrid_transmission(p->side, p->views, p->bins, a_0, measured, w->state, whole_turn,
                                     (float)p->photons, (float)p->size, n_steps, a, w->work,
                                     w->work_bytes);
}

const NetworkKind network_photons = {photons_work, photons_train, photons_descend};
