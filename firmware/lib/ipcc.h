/* Driver of the IPCC as processor 2 (Cortex-M4): signals on channels CH1..CH6, nothing about what they mean.
 * A channel has one flag per direction. Whoever posts sets it; the other side clears it when it is done. */
#ifndef IPCC_H
#define IPCC_H

#include <stdbool.h>

enum ipcc_channel { CH1 = 1, CH2, CH3, CH4, CH5, CH6 };

typedef void ipcc_handler(enum ipcc_channel channel);

/* Clock on, everything masked, stale receive flags cleared, both interrupts enabled. */
void ipcc_init(void);

/* Call `handler` from the interrupt when the Cortex-A7 has posted on `channel`. The channel stays masked
 * until ipcc_release(), which the handler calls itself or leaves to somebody else. */
void ipcc_on_occupied(enum ipcc_channel channel, ipcc_handler *handler);

/* The signal on `channel` has been dealt with: the Cortex-A7 may post again. */
void ipcc_release(enum ipcc_channel channel);

/* Has the Cortex-A7 taken what was last posted? */
bool ipcc_is_free(enum ipcc_channel channel);

/* Post. Only on a free channel: a second signal on an occupied one would be lost. */
void ipcc_post(enum ipcc_channel channel);

/* Call `handler` once from the interrupt, as soon as `channel` is free. */
void ipcc_when_free(enum ipcc_channel channel, ipcc_handler *handler);

#endif
