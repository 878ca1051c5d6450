/* What we send: our rings, our pool, and the free ring by which its buffers come home. It does not ring. */
#ifndef MCAPI_OUTBOX_H
#define MCAPI_OUTBOX_H

#include "transport.h"

/* All buffers are free: nobody on this side has one. */
void outbox_start(void);

/* The peer is new: what it had is home, what this side has taken stays. */
void outbox_reset(void);

bool outbox_allocate(unsigned priority, struct mcapi_frame *frame);

/* True if somebody waits for a buffer. */
bool outbox_free(const struct mcapi_frame *frame);

bool outbox_put(const struct mcapi_frame *frame);

/* Take home the buffers that the peer has returned. */
void outbox_collect(void);

/* Does somebody wait for a buffer, and one has come home since? */
bool outbox_has_wanted_buffer(void);

/* Has something come that was wanted? It is not wanted any more then. */
bool outbox_is_satisfied(void);

/* Has the peer not taken everything yet? */
bool outbox_has_unconsumed(void);

#endif
