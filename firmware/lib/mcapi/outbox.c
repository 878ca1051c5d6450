/* What we send. See outbox.h. */
#include "outbox.h"

#include "cortexm.h"
#include "link.h"
#include "words.h"

#include <stddef.h>

enum holder { FREE, TAKEN, AWAY };
enum { NONE = 0xFF };

/* The buffers of the pool; of one that is away, in which slot (priority << 4 | slot) and lap of it it was sent. */
static struct {
    uint8_t holder;
    uint8_t slot, lap;
} buffers[MCAPI_BUFFERS];

static unsigned free_buffers, next;
static uint32_t away; /* a bit for each that is AWAY */
static uint32_t wishes;   /* enum mcapi_wants: for what somebody waits */
static unsigned short_of; /* with how many free buffers there was none for the last who wanted one */
static uint32_t good_tail[MCAPI_PRIORITIES];

void outbox_start(void)
{
    for (unsigned i = 0; i < MCAPI_BUFFERS; i++)
        buffers[i].holder = FREE;
    outbox_reset();
}

void outbox_reset(void)
{
    free_buffers = 0;
    for (unsigned i = 0; i < MCAPI_BUFFERS; i++) {
        if (buffers[i].holder == AWAY)
            buffers[i].holder = FREE;
        free_buffers += buffers[i].holder == FREE;
    }
    away = 0;
    good_tail[0] = good_tail[1] = 0;
    wishes &= MCAPI_WANTS_BUFFERS;
}

/* How many frames of a ring the peer has not taken; of a tail that cannot be right the last good one counts. */
static uint32_t unconsumed(unsigned priority)
{
    uint32_t head = own(HEAD + priority), tail = peers(TAIL + priority);

    if (head - tail <= MCAPI_RING_SIZE) {
        good_tail[priority] = tail;
        trust(ITS_TAIL + priority);
    } else if (link_is_current()) {
        doubt(ITS_TAIL + priority, tail);
    }
    return head - good_tail[priority];
}

static void want(uint32_t what)
{
    wishes |= what;
    if (link_up())
        set_own(WANTS, (own(WANTS) & MCAPI_WANTS_REPAIR) | wishes);
    data_memory_barrier(); /* the wish is out before we look once more */
}

static bool has_room(unsigned priority)
{
    return unconsumed(priority) < MCAPI_RING_SIZE;
}

static unsigned take(unsigned priority)
{
    if (free_buffers <= (priority == 0 ? 0 : MCAPI_RESERVED_BUFFERS))
        return NONE;
    while (buffers[next].holder != FREE)
        next = (next + 1) % MCAPI_BUFFERS;
    buffers[next].holder = TAKEN;
    free_buffers--;
    return next;
}

bool outbox_allocate(unsigned priority, struct mcapi_frame *frame)
{
    unsigned index = take(priority);

    if (index == NONE) {
        short_of = free_buffers;
        want(MCAPI_WANTS_BUFFERS);
        if (link_up())
            outbox_collect();
        index = take(priority);
    }
    if (index == NONE)
        return false;
    frame->buffer = (uint8_t)index;
    frame->data = (void *)(MCAPI_BASE + MCAPI_FIRMWARE_POOL + index * MCAPI_BUFFER_SIZE);
    return true;
}

bool outbox_free(const struct mcapi_frame *frame)
{
    if (frame->buffer < MCAPI_BUFFERS && buffers[frame->buffer].holder == TAKEN) {
        buffers[frame->buffer].holder = FREE;
        free_buffers++;
    }
    return (wishes & MCAPI_WANTS_BUFFERS) != 0;
}

bool outbox_put(const struct mcapi_frame *frame)
{
    unsigned priority = frame->priority;
    uint32_t head = own(HEAD + priority);
    unsigned lap = lap_of(head, MCAPI_RING_SIZE);
    struct descriptor descriptor = {
        .what = frame->kind | priority << 8 | lap << 12 | (uint32_t)frame->length << 16,
        .ports = frame->source | (uint32_t)frame->destination << 16,
        .low = frame->low,
        .high = frame->high,
    };

    if (!has_room(priority)) {
        want(MCAPI_WANTS_RING0 << priority);
        if (!has_room(priority))
            return false;
    }
    if (frame->data != NULL) {
        descriptor.low = frame->buffer;
        descriptor.high = ~descriptor.low;
        buffers[frame->buffer].holder = AWAY;
        buffers[frame->buffer].slot = (uint8_t)(priority << 4 | head % MCAPI_RING_SIZE);
        buffers[frame->buffer].lap = (uint8_t)lap;
        away |= 1u << frame->buffer;
    }
    put_slot(priority, head, &descriptor);
    show_away(away);
    data_memory_barrier(); /* the descriptor, and what it points to, before the index that promises it */
    set_own(HEAD + priority, head + 1);
    data_memory_barrier(); /* and the index before the doorbell */
    count(MCAPI_COUNT_FRAMES_SENT);
    return true;
}

static void came_home(unsigned index)
{
    if (index >= MCAPI_BUFFERS || buffers[index].holder != AWAY) {
        count(MCAPI_COUNT_DROPS);
        return;
    }
    buffers[index].holder = FREE;
    free_buffers++;
    away &= ~(1u << index);
    show_away(away);
}

/* Of a frame that the peer has dropped it knows only the slot; some have no buffer. */
static void was_dropped(unsigned slot, unsigned lap)
{
    for (unsigned i = 0; i < MCAPI_BUFFERS; i++)
        if (buffers[i].holder == AWAY && buffers[i].slot == slot && buffers[i].lap == lap)
            came_home(i);
}

static bool is_entry(uint32_t entry, uint32_t position)
{
    uint32_t lap = entry >> 24 & 0xF;

    return entry == free_entry(position, entry & 0xFF) ||
           entry == (free_entry(position, entry & 0xFF) | MCAPI_ENTRY_DROPPED | lap << 24);
}

void outbox_collect(void)
{
    uint32_t tail = own(FREE_TAIL), head = peers(FREE_HEAD);

    if (head - tail > MCAPI_FREE_RING_SIZE) {
        if (link_is_current())
            doubt(ITS_FREE_HEAD, head);
        return;
    }
    trust(ITS_FREE_HEAD);
    data_memory_barrier(); /* the index before what it promises */
    for (; tail != head; tail++) {
        uint32_t entry = get_entry(tail);

        if (!link_is_current())
            return;
        if (!is_entry(entry, tail)) {
            doubt(ITS_ENTRY, entry);
            return;
        }
        if ((entry & MCAPI_ENTRY_DROPPED) != 0)
            was_dropped(entry & 0xFF, entry >> 24 & 0xF);
        else
            came_home(entry & 0xFF);
        set_own(FREE_TAIL, tail + 1);
    }
    trust(ITS_ENTRY);
}

bool outbox_has_wanted_buffer(void)
{
    return (wishes & MCAPI_WANTS_BUFFERS) != 0 && free_buffers > short_of;
}

bool outbox_is_satisfied(void)
{
    uint32_t before = wishes;

    if (outbox_has_wanted_buffer())
        wishes &= ~(uint32_t)MCAPI_WANTS_BUFFERS;
    for (unsigned priority = 0; priority < MCAPI_PRIORITIES; priority++)
        if ((wishes & MCAPI_WANTS_RING0 << priority) != 0 && has_room(priority))
            wishes &= ~((uint32_t)MCAPI_WANTS_RING0 << priority);
    if (wishes == before)
        return false;
    if (link_up())
        set_own(WANTS, (own(WANTS) & MCAPI_WANTS_REPAIR) | wishes);
    return true;
}

bool outbox_has_unconsumed(void)
{
    return unconsumed(0) != 0 || unconsumed(1) != 0;
}
