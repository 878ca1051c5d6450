/* What we receive: the peer's rings, which are believed nothing, and the way home of the peer's buffers. It does not
 * know who wants a frame: the client does. */
#ifndef MCAPI_INBOX_H
#define MCAPI_INBOX_H

#include "transport.h"

/* Nothing of the peer's is here. */
void inbox_reset(void);

/* Hand over what is in the rings, all of priority 0 first. */
void inbox_drain(bool (*deliver)(const struct mcapi_frame *frame));

/* Is there a frame that could not be handed over? inbox_drain() tries again. */
bool inbox_is_stalled(void);

/* A buffer goes home. */
void inbox_release(const struct mcapi_frame *frame);

/* Which wishes (enum mcapi_wants) of the peer there is something for. */
uint32_t inbox_offers(void);

#endif
