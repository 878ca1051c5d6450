/* What every case stands on: one handler for all exceptions that logs what it sees and then does what the case asks. */
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

/* What a handler does after it has logged. */
typedef void action(struct frame *frame);

/* Set before each case to "nothing"; by exception number. */
extern action *actions[EXCEPTIONS];

/* One line: a name and a number. */
void note(const char *name, uint32_t value);

/* Restore what reset leaves: nothing enabled, pending or masked, all priorities 0, no actions. */
void reset_core(void);

/* Disable, enable and pend external interrupts 0..31. */
void enable(unsigned irq, uint8_t priority, action *handler);
void pend(unsigned irq);
void set_system_priority(enum exception exception, uint8_t priority);

/* The log, by semihosting; only a privileged thread may print. */
void print_title(const char *title);
void print_log(void);
void leave(void) __attribute__((noreturn));

/* For the vector table of the case that moves it. */
void exception_entry(void);

#endif
