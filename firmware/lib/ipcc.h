/* Driver of the IPCC: signals on channels CH1..CH6, nothing about what they mean. ipcc.c beside this is processor 2's
 * (Cortex-M4), that of signals_a7 is processor 1's (Cortex-A7).
 * A channel has one flag per direction. Whoever posts sets it; the other side clears it when it is done. */
#ifndef IPCC_H
#define IPCC_H

#include <stdbool.h>

enum ipcc_channel { CH1 = 1, CH2, CH3, CH4, CH5, CH6 };

typedef void ipcc_handler(enum ipcc_channel channel);

/* Clock on, everything masked, stale receive flags cleared, both interrupts enabled. */
void ipcc_init(void);

/* Call `handler` from the interrupt when the other processor has posted on `channel`. The channel stays masked
 * until ipcc_release(), which the handler calls itself or leaves to somebody else. */
void ipcc_on_occupied(enum ipcc_channel channel, ipcc_handler *handler);

/* The signal on `channel` has been dealt with: the other processor may post again. */
void ipcc_release(enum ipcc_channel channel);

/* Has the other processor taken what was last posted? */
bool ipcc_is_free(enum ipcc_channel channel);

/* Post. Only on a free channel: a second signal on an occupied one would be lost. */
void ipcc_post(enum ipcc_channel channel);

/* Call `handler` once from the interrupt, as soon as `channel` is free. */
void ipcc_when_free(enum ipcc_channel channel, ipcc_handler *handler);

#endif
