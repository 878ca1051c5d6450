/* What we receive. See inbox.h. */
#include "inbox.h"

#include "cortexm.h"
#include "doorbell.h"
#include "link.h"
#include "words.h"

#include <stddef.h>

static uint32_t held; /* a bit for each of the peer's buffers that is here */
static bool stalled;  /* a frame has to stay in its ring */

void inbox_reset(void)
{
    held = 0;
    stalled = false;
}

static bool has_buffer(const struct mcapi_frame *frame)
{
    return frame->kind == MCAPI_KIND_MESSAGE || frame->kind == MCAPI_KIND_PACKET;
}

static bool is_wrong(const struct mcapi_frame *frame, unsigned priority)
{
    if (frame->priority != priority)
        return true;
    switch (frame->kind) {
    case MCAPI_KIND_MESSAGE:
    case MCAPI_KIND_PACKET:
        return frame->length > MCAPI_BUFFER_SIZE || frame->low >= MCAPI_BUFFERS || frame->high != ~frame->low ||
               (held & 1u << frame->low) != 0;
    case MCAPI_KIND_SCALAR:
        return frame->length != 1 && frame->length != 2 && frame->length != 4 && frame->length != 8;
    case MCAPI_KIND_CONTROL:
        return false;
    default:
        return true;
    }
}

/* There is always room: inbox_drain() takes nothing for which there might be none. */
static void send_home(uint32_t index, uint32_t flags)
{
    uint32_t head = own(FREE_HEAD);

    put_entry(head, free_entry(head, index) | flags);
    data_memory_barrier(); /* the entry before the index */
    set_own(FREE_HEAD, head + 1);
}

static bool way_home_is_full(void)
{
    uint32_t tail = peers(FREE_TAIL), taken = own(FREE_HEAD) - tail;

    if (taken <= MCAPI_FREE_RING_SIZE)
        trust(ITS_FREE_TAIL);
    else if (link_is_current())
        doubt(ITS_FREE_TAIL, tail);
    for (uint32_t bits = held; bits != 0; bits &= bits - 1)
        taken++;
    return taken >= MCAPI_FREE_RING_SIZE;
}

/* How many frames there are in a ring, as far as that can be. */
static uint32_t waiting(unsigned priority)
{
    uint32_t head = peers(HEAD + priority);
    uint32_t number = head - own(TAIL + priority);

    if (number <= MCAPI_RING_SIZE) {
        trust(ITS_HEAD + priority);
        if (number == 0)
            trust(ITS_LAP + priority);
        return number;
    }
    if (link_is_current())
        doubt(ITS_HEAD + priority, head);
    return 0;
}

/* Take one frame from a ring. False if there is none, or it has to stay. */
static bool take(unsigned priority, bool (*deliver)(const struct mcapi_frame *frame))
{
    uint32_t tail = own(TAIL + priority);
    struct mcapi_frame frame = {0};
    struct descriptor descriptor;
    unsigned lap;

    if (waiting(priority) == 0)
        return false;
    if (way_home_is_full()) {
        stalled = true;
        return false;
    }
    data_memory_barrier(); /* the index before what it promises */
    get_slot(priority, tail, &descriptor);
    if (!link_is_current()) {
        doorbell_raise();
        return false;
    }
    frame.kind = descriptor.what & 0xFF;
    frame.priority = descriptor.what >> 8 & 0xF;
    lap = descriptor.what >> 12 & 0xF;
    frame.length = descriptor.what >> 16;
    frame.source = descriptor.ports & 0xFFFF;
    frame.destination = descriptor.ports >> 16;
    frame.low = descriptor.low;
    frame.high = descriptor.high;
    if (lap != lap_of(tail, MCAPI_RING_SIZE)) {
        doubt(ITS_LAP + priority, tail);
        return false;
    }
    trust(ITS_LAP + priority);
    if (is_wrong(&frame, priority)) {
        count(MCAPI_COUNT_DROPS);
        send_home(priority << 4 | tail % MCAPI_RING_SIZE, MCAPI_ENTRY_DROPPED | lap_of(tail, MCAPI_RING_SIZE) << 24);
    } else {
        if (has_buffer(&frame)) {
            frame.buffer = (uint8_t)frame.low;
            frame.data = (void *)(MCAPI_BASE + MCAPI_HOST_POOL + frame.buffer * MCAPI_BUFFER_SIZE);
            held |= 1u << frame.buffer;
        }
        if (!deliver(&frame)) {
            if (has_buffer(&frame))
                held &= ~(1u << frame.buffer);
            stalled = true;
            return false;
        }
        count(MCAPI_COUNT_FRAMES_RECEIVED);
        if (!link_up()) /* the client has left meanwhile */
            return false;
    }
    set_own(TAIL + priority, tail + 1);
    return true;
}

void inbox_drain(bool (*deliver)(const struct mcapi_frame *frame))
{
    stalled = false;
    for (unsigned budget = MCAPI_PRIORITIES * MCAPI_RING_SIZE; budget > 0; budget--)
        if (!take(0, deliver) && !take(1, deliver))
            return;
    doorbell_raise(); /* a peer that fills them as fast does not keep us here */
}

bool inbox_is_stalled(void)
{
    return stalled;
}

void inbox_release(const struct mcapi_frame *frame)
{
    if (!link_up() || frame->buffer >= MCAPI_BUFFERS || (held & 1u << frame->buffer) == 0)
        return;
    held &= ~(1u << frame->buffer);
    send_home(frame->buffer, 0);
}

uint32_t inbox_offers(void)
{
    uint32_t offers = own(FREE_HEAD) != peers(FREE_TAIL) ? MCAPI_WANTS_BUFFERS : 0;

    for (unsigned priority = 0; priority < MCAPI_PRIORITIES; priority++)
        if (peers(HEAD + priority) - own(TAIL + priority) < MCAPI_RING_SIZE)
            offers |= MCAPI_WANTS_RING0 << priority;
    return offers;
}
