# cython: binding=False, embedsignature=False
"""Congestion control in Python behind the C contract: one instance of a class per queue pair.

The engine runs without Python's lock; each callback takes it. What a callback raises is kept with
its simulated time and queue pair, and ends the run.
"""

from cpython.pycapsule cimport PyCapsule_GetContext, PyCapsule_New, PyCapsule_SetContext
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.math cimport NAN, isfinite, nearbyint
from libc.stdint cimport int64_t
from libc.string cimport memset

from pyfabric.cc cimport (
    PF_CC_CAPSULE,
    PF_CC_NEVER,
    describe,
    pf_cc_algorithm,
    pf_cc_event,
    pf_cc_wishes,
)

from pyfabric.errors import EngineError

#: Error number of a callback that raised.
cdef int RAISED = 1
cdef double TOO_LARGE = 9.2e18

SIZES = {
    "pf_cc_event": sizeof(pf_cc_event),
    "pf_cc_wishes": sizeof(pf_cc_wishes),
    "pf_cc_algorithm": sizeof(pf_cc_algorithm),
}


cdef class Event:
    """What the queue pair knows; valid in the callback it is handed to."""

    cdef pf_cc_event raw

    @property
    def now_ps(self):
        return self.raw.now_ps

    @property
    def line_rate_bps(self):
        return self.raw.line_rate_bps

    @property
    def base_rtt_ps(self):
        return self.raw.base_rtt_ps

    @property
    def mtu_bytes(self):
        return self.raw.mtu_bytes

    @property
    def bytes(self):
        return self.raw.bytes

    @property
    def rtt_ps(self):
        return self.raw.rtt_ps

    @property
    def inflight_bytes(self):
        return self.raw.inflight_bytes

    @property
    def acked_psn(self):
        return self.raw.acked_psn

    @property
    def next_psn(self):
        return self.raw.next_psn

    @property
    def ecn_echo(self):
        return self.raw.ecn_echo != 0

    @property
    def queue_pair(self):
        return self.raw.queue_pair

    @property
    def path_hops(self):
        return self.raw.path_hops

    @property
    def hops(self):
        if self.raw.hops == NULL:
            return ()
        return tuple([
            (hop.time_ps, hop.tx_bytes, hop.queue_bytes, hop.rate_bps)
            for hop in self.raw.hops[:self.raw.hop_count]
        ])


cdef class Wishes:
    """What the queue pair shall do: filled with what is in force, taken over after the callback."""

    cdef pf_cc_wishes raw
    cdef str owner

    cdef int64_t whole(self, str field, object value) except? -1:
        cdef double number
        try:
            if isinstance(value, int):
                return value
            number = value
        except OverflowError:
            number = TOO_LARGE
        if not isfinite(number) or not -TOO_LARGE < number < TOO_LARGE:
            raise EngineError(
                f"congestion control {self.owner!r} wished {field} = {value!r}: "
                + ("too large for 64 bits" if isfinite(number) else "no finite number")
            )
        return <int64_t>nearbyint(number)

    @property
    def rate_bps(self):
        return self.raw.rate_bps

    @rate_bps.setter
    def rate_bps(self, value):
        self.raw.rate_bps = self.whole("rate_bps", value)

    @property
    def window_bytes(self):
        return self.raw.window_bytes

    @window_bytes.setter
    def window_bytes(self, value):
        self.raw.window_bytes = self.whole("window_bytes", value)

    @property
    def timer_ps(self):
        return None if self.raw.timer_ps == PF_CC_NEVER else self.raw.timer_ps

    @timer_ps.setter
    def timer_ps(self, value):
        self.raw.timer_ps = PF_CC_NEVER if value is None else self.whole("timer_ps", value)


cdef class Slot:
    """One queue pair: its instance's methods, and what they are handed."""

    cdef PythonAlgorithm run
    cdef object instance
    cdef list methods
    cdef Event event
    cdef Wishes wishes


cdef class PythonAlgorithm:
    """One class in one run. ``parameters``: names of its arguments, in the order of the plan;
    ``observed``: attributes of its instances that a trace shows.
    """

    cdef object kind
    cdef tuple parameters, observed
    cdef bytes name, version, shown
    cdef list slots
    cdef readonly dict raised
    cdef public bint interrupted
    cdef pf_cc_algorithm native

    def __init__(self, object kind, str name, str version, tuple parameters, tuple observed=()):
        self.kind, self.parameters, self.observed = kind, parameters, observed
        self.shown = " ".join(observed).encode("ascii")
        self.name, self.version = name.encode("ascii"), version.encode("ascii")
        self.slots, self.raised, self.interrupted = [], {}, False
        memset(&self.native, 0, sizeof(self.native))
        describe(&self.native, self.name, sizeof(void*))
        self.native.version = self.version
        self.native.context = <void*>self
        self.native.init = &init
        if observed:
            self.native.observed = self.shown
            self.native.observe = &observe
        if hasattr(kind, "on_send"):
            self.native.on_send = &on_send
        if hasattr(kind, "on_ack"):
            self.native.on_ack = &on_ack
        if hasattr(kind, "on_cnp"):
            self.native.on_cnp = &on_cnp
        if hasattr(kind, "on_nack"):
            self.native.on_nack = &on_nack
        if hasattr(kind, "on_timeout"):
            self.native.on_timeout = &on_timeout
        if hasattr(kind, "on_timer"):
            self.native.on_timer = &on_timer

    def capsule(self):
        """A capsule of the contract that keeps this object alive."""
        made = PyCapsule_New(&self.native, PF_CC_CAPSULE, &release)
        PyCapsule_SetContext(made, <void*>self)
        Py_INCREF(self)
        return made

    cdef Slot start(self, const double* parameters):
        cdef Slot slot = Slot()
        values = {name: parameters[i] for i, name in enumerate(self.parameters)}
        instance = self.kind(**values)
        slot.run, slot.instance = self, instance
        slot.event, slot.wishes = Event(), Wishes()
        slot.wishes.owner = self.name.decode("ascii")
        slot.methods = [getattr(instance, method, None) for method in METHODS]
        self.slots.append(slot)
        return slot

    cdef int note(self, const pf_cc_event* event, object error):
        if isinstance(error, KeyboardInterrupt):  # ends the run between two slices
            self.interrupted = True
            return 0
        self.raised[event.now_ps, event.queue_pair] = error
        return RAISED


METHODS = ("init", "on_send", "on_ack", "on_cnp", "on_nack", "on_timeout", "on_timer")


cdef void release(object capsule) noexcept:
    Py_DECREF(<object>PyCapsule_GetContext(capsule))


cdef int call(
    Slot slot, int method, const pf_cc_event* event, pf_cc_wishes* wishes
) noexcept:
    cdef object function = slot.methods[method]
    slot.event.raw = event[0]
    slot.wishes.raw = wishes[0]
    try:
        if function(slot.event, slot.wishes) is not None:
            raise TypeError(
                f"{METHODS[method]} of congestion control {slot.wishes.owner!r} must return None; "
                "wishes are set on its last argument"
            )
        wishes[0] = slot.wishes.raw
        return 0
    except BaseException as error:
        return slot.run.note(event, error)
    finally:
        slot.event.raw.hops = NULL


cdef int init(const double* parameters, void* state, const pf_cc_event* event,
              pf_cc_wishes* wishes) noexcept with gil:
    cdef PythonAlgorithm run = <PythonAlgorithm>(<void**>state)[0]
    cdef Slot slot
    try:
        slot = run.start(parameters)
    except BaseException as error:
        run.note(event, error)
        return RAISED
    (<void**>state)[0] = <void*>slot
    return 0 if slot.methods[0] is None else call(slot, 0, event, wishes)


cdef int on_send(const double* parameters, void* state, const pf_cc_event* event,
                 pf_cc_wishes* wishes) noexcept with gil:
    return call(<Slot>(<void**>state)[0], 1, event, wishes)


cdef int on_ack(const double* parameters, void* state, const pf_cc_event* event,
                pf_cc_wishes* wishes) noexcept with gil:
    return call(<Slot>(<void**>state)[0], 2, event, wishes)


cdef int on_cnp(const double* parameters, void* state, const pf_cc_event* event,
                pf_cc_wishes* wishes) noexcept with gil:
    return call(<Slot>(<void**>state)[0], 3, event, wishes)


cdef int on_nack(const double* parameters, void* state, const pf_cc_event* event,
                 pf_cc_wishes* wishes) noexcept with gil:
    return call(<Slot>(<void**>state)[0], 4, event, wishes)


cdef int on_timeout(const double* parameters, void* state, const pf_cc_event* event,
                    pf_cc_wishes* wishes) noexcept with gil:
    return call(<Slot>(<void**>state)[0], 5, event, wishes)


cdef int on_timer(const double* parameters, void* state, const pf_cc_event* event,
                  pf_cc_wishes* wishes) noexcept with gil:
    return call(<Slot>(<void**>state)[0], 6, event, wishes)


cdef int64_t observe(const double* parameters, void* state, const pf_cc_event* event,
                     pf_cc_wishes* wishes, double* values) noexcept with gil:
    cdef Slot slot = <Slot>(<void**>state)[0]
    cdef object value
    try:
        for i, name in enumerate(slot.run.observed):
            value = getattr(slot.instance, name)
            values[i] = NAN if value is None else value
        return PF_CC_NEVER
    except BaseException as error:  # a time that is no later one ends the run
        return event.now_ps if slot.run.note(event, error) else PF_CC_NEVER
