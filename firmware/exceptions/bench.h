/* What every case stands on: one handler for all exceptions. It logs what it sees, and does what the case asks. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "cortexm.h"
#include "special.h"

enum { EXTERNAL_INTERRUPTS = 32, EXCEPTIONS = EXCEPTION_IRQ0 + EXTERNAL_INTERRUPTS };

#define IRQ(n) (EXCEPTION_IRQ0 + (n))

/* The eight words that the core pushes in any case. */
struct frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

/* What a handler does after it has logged. `frame` is what was pushed, on whichever stack. */
typedef void action(struct frame *frame);

/* By exception number; all "nothing" when a case starts. */
extern action *actions[EXCEPTIONS];

/* Do not log exceptions: for those whose number is a matter of time. */
extern bool silent;

/* The state that reset leaves: nothing enabled, pending or masked, all priorities 0, no actions. */
void reset_core(void);

/* External interrupts 0..31. Each takes effect before the function returns. */
void enable(unsigned irq, uint8_t priority, action *handler);
void pend(unsigned irq);
void pend_all(uint32_t irqs);
void on_system(enum exception exception, uint8_t priority, action *handler);
void request(uint32_t icsr_bit);

/* ICSR, without RETTOBASE in thread mode, where it is unknown, and without VECTPENDING while BASEPRI or FAULTMASK
 * is set: silicon takes them into account there, QEMU does not. */
uint32_t icsr(void);

/* What EXC_RETURN the handler that called its action will return with. The frame must be on the main stack. */
uint32_t *exc_return_of(struct frame *frame);

/* Call `body` in thread mode on a stack of its own; an SVC brings the thread back. */
void call_on_process_stack(void (*body)(void), uint32_t control);

/* The vector of all exceptions. */
void exception_entry(void);

#endif
