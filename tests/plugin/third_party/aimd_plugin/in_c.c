/* The algorithm in C, as a Python module with a capsule; ctypes finds `aimd` in the same file. */
#include <Python.h>
#include <math.h>

#include "pyfabric/cc.h"

struct parameters {
  double increase, decrease;
};

struct state {
  double window;
  int64_t cut_after_ps;
};

static int init(const double* parameters, void* block, const pf_cc_event* event,
                pf_cc_wishes* wishes) {
  struct state* s = block;
  (void)parameters;
  s->window = (double)event->line_rate_bps * (double)event->base_rtt_ps / 8e12;
  wishes->window_bytes = (int64_t)nearbyint(s->window);
  return 0;
}

static int on_ack(const double* parameters, void* block, const pf_cc_event* event,
                  pf_cc_wishes* wishes) {
  const struct parameters* p = (const struct parameters*)parameters;
  struct state* s = block;
  if (!event->ecn_echo) {
    s->window += p->increase * (double)event->mtu_bytes * (double)event->bytes / s->window;
  } else if (event->now_ps >= s->cut_after_ps) {
    s->window = fmax(s->window * p->decrease, (double)event->mtu_bytes);
    s->cut_after_ps = event->now_ps + event->base_rtt_ps;
  }
  wishes->window_bytes = (int64_t)nearbyint(s->window);
  return 0;
}

static int64_t observe(const double* parameters, void* block, const pf_cc_event* event,
                       pf_cc_wishes* wishes, double* values) {
  const struct state* s = block;
  (void)parameters, (void)event, (void)wishes;
  values[0] = s->window;
  values[1] = (double)s->cut_after_ps;
  return PF_CC_NEVER;
}

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const pf_cc_algorithm aimd = {PF_CC_ABI,
                              .name = "Aimd",
                              .init = init,
                              .on_ack = on_ack,
                              PF_CC_SIZES(struct state),
                              .parameters = "increase=1.0 decrease=0.5",
                              .observed = "window cut_after_ps",
                              .observe = observe};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "in_c", .m_size = -1};

PyMODINIT_FUNC PyInit_in_c(void) {
  PyObject* made = PyModule_Create(&module);
  if (made != NULL)
    PyModule_AddObject(made, "aimd", PyCapsule_New((void*)&aimd, PF_CC_CAPSULE, NULL));
  return made;
}
