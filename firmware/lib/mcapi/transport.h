/* Frames between two processors over shared memory and a doorbell each way; layout.h says what lies in the memory.
 * It knows nothing of endpoints. The main loop calls transport_dispatch(); interrupts only note that there is a reason. */
#ifndef MCAPI_TRANSPORT_H
#define MCAPI_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

/* A frame on its way. `data` is where the payload lies, in the shared memory; NULL for scalars and control frames. */
struct mcapi_frame {
    uint8_t kind;     /* enum mcapi_kind */
    uint8_t priority; /* 0 or 1 */
    uint8_t buffer;   /* index in its pool, if `data` */
    bool local;       /* from this node to itself: the buffer is one of our own pool */
    uint16_t length;  /* bytes */
    uint16_t source, destination; /* ports */
    uint32_t low, high; /* scalar, or what a control frame says */
    void *data;
};

struct transport_client {
    /* A frame has come. False: not now; it stays in its ring until transport_dispatch() is called again. A buffer is
     * the client's until transport_release(). A frame for nobody is released and counted by transport_drop(). */
    bool (*frame)(const struct mcapi_frame *frame);
    /* The peer is there (again), or gone: everything that was agreed with it is void, its buffers are gone, and those of
     * ours that had been sent are home. What was allocated and not sent stays the client's. */
    void (*peer)(bool up);
    /* There may be room in a ring, or a free buffer, that was missing. */
    void (*space)(void);
};

/* Join: also before the host has made the area, and after an earlier life that ended without transport_stop(). */
void transport_start(const struct transport_client *client);

/* Leave: the peer is told. */
void transport_stop(void);

/* Have both sides agreed on each other's epoch? Nothing can be sent before. */
bool transport_up(void);

/* The peer's epoch, while transport_up(). */
uint32_t transport_peer_epoch(void);

/* A buffer of our own pool, MCAPI_BUFFER_SIZE bytes. False if there is none for this priority now; `space` comes. */
bool transport_allocate(unsigned priority, struct mcapi_frame *frame);

/* Give back a buffer that was not sent, or of a local frame. */
void transport_free(const struct mcapi_frame *frame);

/* Put a frame into the ring of its priority, and ring. False if there is no room now; `space` comes. */
bool transport_send(const struct mcapi_frame *frame);

/* The peer's buffer of a received frame goes home. */
void transport_release(const struct mcapi_frame *frame);

/* The same for a frame that nobody wants; it is counted. */
void transport_drop(const struct mcapi_frame *frame);

/* Look at the memory: the peer, buffers come home, frames. From the main loop, at any time: if neither transport_raised()
 * nor a frame waits that was not taken, it has nothing to do. */
void transport_dispatch(void);

/* Has an interrupt, or the tick, said that there is something to look at? To be asked with interrupts masked before WFI. */
bool transport_raised(void);

/* Sleep until an interrupt, unless transport_raised(). */
void mcapi_wait_for_event(void);

/* For timed waits: milliseconds, which are counted while they are needed. Each is an interrupt, so it ends the sleep. */
void transport_need_ticks(bool needed);
uint32_t transport_ticks(void);

/* Do not ring until it is called with false: several frames become one doorbell. */
void transport_hold(bool hold);

/* One of our counters. */
uint32_t transport_count(enum mcapi_count which);

#endif
