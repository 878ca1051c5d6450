/* The transport: it puts together rings, buffers, doorbells, and the epochs that notice a restart. See transport.h.
 * Linux's side of it is the mirror image. */
#include "transport.h"

#include "cortexm.h"
#include "doorbell.h"
#include "inbox.h"
#include "link.h"
#include "outbox.h"
#include "tick.h"
#include "words.h"

#include <stddef.h>

enum { LONGEST_MS = 64, PATIENCE_MS = 1 + 2 + 4 + 8 };

static const struct transport_client *client;
static bool dispatching;

/* Nothing has moved at the peer since `waits_for`; the next doorbell for the same comes `delay` ms after the last. */
static struct {
    uint32_t waits_for, delay, due;
} reminder;

static bool was_asked; /* the peer has seen something of ours that cannot be right */
static bool doubts;    /* and we of the peer's */
static uint32_t doubts_since;

static uint32_t answered; /* what stood in our tails and the free ring's head when we last answered a wish */

static void ring(void)
{
    link_heal();
    doorbell_ring();
}

static void answer_wishes(void)
{
    uint32_t moved = own(TAIL) + own(TAIL + 1) + own(FREE_HEAD);

    data_memory_barrier(); /* what is offered before the wish is read */
    if (link_up() && moved != answered && (inbox_offers() & peers(WANTS)) != 0) {
        answered = moved;
        ring();
    }
}

/* -- rung for before and not taken: a doorbell may be lost ---------------------------------------------------- */

static bool peer_owes(void)
{
    if (client == NULL || !link_joined() || !area_is_there())
        return false;
    if (!link_up())
        return peers(STATE) == MCAPI_STATE_UP;
    return outbox_has_unconsumed() || (inbox_offers() & peers(WANTS)) != 0 || in_doubt();
}

static uint32_t where_the_peer_is(void)
{
    uint32_t sum = 0;

    for (enum word word = 0; word < WORDS; word++)
        sum = 31 * sum + peers(word);
    return sum;
}

static void ask_for_repair(void)
{
    uint32_t others = own(WANTS) & ~(uint32_t)MCAPI_WANTS_REPAIR;
    bool asked = own(WANTS) != others;

    if (asked == doubts || !link_up())
        return;
    set_own(WANTS, doubts ? others | MCAPI_WANTS_REPAIR : others);
    if (doubts)
        ring();
}

/* Its words link_heal() has written already. Rung for once, and each time that something was wrong. */
static void repair(void)
{
    bool asked = (peers(WANTS) & MCAPI_WANTS_REPAIR) != 0;

    if (asked && (repair_rings() || !was_asked))
        ring();
    was_asked = asked;
}

/* The tick runs only while the peer owes something; while the channel is occupied its becoming free wakes us instead. */
static void watch(void)
{
    bool waits = peer_owes();
    uint32_t now = tick_count();

    if (!waits) {
        reminder.delay = 0;
    } else if (reminder.delay == 0 || where_the_peer_is() != reminder.waits_for) {
        reminder.waits_for = where_the_peer_is();
        reminder.delay = 1;
        reminder.due = now + 1;
    }
    if (!doubts)
        doubts_since = now;
    doubts = in_doubt();
    ask_for_repair();
    tick_remind_at(reminder.due);
    tick_need(TICK_REMINDER, waits && !doorbell_is_busy());
}

static void remind(void)
{
    if (reminder.delay == 0 || (int32_t)(tick_count() - reminder.due) < 0 || doorbell_is_busy() || !peer_owes())
        return;
    if (where_the_peer_is() != reminder.waits_for)
        return;
    count(MCAPI_COUNT_RERINGS);
    ring();
    reminder.delay = reminder.delay < LONGEST_MS ? 2 * reminder.delay : LONGEST_MS;
    reminder.due = tick_count() + reminder.delay;
}

/* -- life ------------------------------------------------------------------------------------------------------ */

void transport_start(const struct transport_client *new_client)
{
    client = new_client;
    reminder.delay = 0;
    outbox_start();
    inbox_reset();
    link_start();
    doorbell_open();
    if (link_joined())
        ring();
    doorbell_raise(); /* the peer may be there already */
}

void transport_stop(void)
{
    link_stop();
    outbox_reset();
    inbox_reset();
    if (link_joined())
        ring();
    client = NULL;
    watch();
}

bool transport_up(void)
{
    return link_up();
}

uint32_t transport_peer_epoch(void)
{
    return own(SYNCED);
}

/* -- frames ---------------------------------------------------------------------------------------------------- */

bool transport_allocate(unsigned priority, struct mcapi_frame *frame)
{
    bool allocated = outbox_allocate(priority, frame);

    if (outbox_has_wanted_buffer())
        doorbell_raise(); /* another waits for it, and the peer, which has seen it taken home, does not ring */
    return allocated;
}

void transport_free(const struct mcapi_frame *frame)
{
    if (outbox_free(frame))
        doorbell_raise(); /* transport_dispatch() tells who waits */
}

bool transport_send(const struct mcapi_frame *frame)
{
    if (!link_up() || !outbox_put(frame))
        return false;
    ring();
    watch();
    return true;
}

void transport_release(const struct mcapi_frame *frame)
{
    inbox_release(frame);
    answer_wishes();
}

void transport_drop(const struct mcapi_frame *frame)
{
    count(MCAPI_COUNT_DROPS);
    if (frame->data != NULL)
        transport_release(frame);
}

/* -- looking --------------------------------------------------------------------------------------------------- */

static void follow_peer(void)
{
    bool was_up = link_up();
    enum link_event event = link_follow();

    if (event == LINK_CHANGED) {
        outbox_reset();
        inbox_reset();
        answered = 0;
        doorbell_raise(); /* the peer may have looked while we changed: look once more */
        if (was_up)
            client->peer(false);
        if (link_joined())
            ring();
    }
    if (link_up() && (event == LINK_CHANGED || !was_up))
        client->peer(true);
}

static void look(void)
{
    if (doubts && tick_count() - doubts_since >= PATIENCE_MS)
        link_give_up();
    follow_peer();
    if (link_up()) {
        repair();
        outbox_collect();
        inbox_drain(client->frame);
        answer_wishes();
    }
    if (client != NULL && outbox_is_satisfied())
        client->space();
}

void transport_dispatch(void)
{
    if (dispatching || (!doorbell_raised() && !inbox_is_stalled()))
        return;
    dispatching = true;
    doorbell_take();
    if (client != NULL)
        look();
    doorbell_catch_up();
    remind();
    watch();
    dispatching = false;
}

bool transport_raised(void)
{
    return doorbell_raised();
}

void mcapi_wait_for_event(void)
{
    disable_interrupts();
    if (!doorbell_raised())
        wait_for_interrupt(); /* an interrupt since the question wakes it, masked as it is */
    enable_interrupts();
}

void transport_need_ticks(bool needed)
{
    tick_need(TICK_WAIT, needed);
}

uint32_t transport_ticks(void)
{
    return tick_count();
}

void transport_hold(bool hold)
{
    doorbell_hold(hold);
}

uint32_t transport_count(enum mcapi_count which)
{
    return counted(which);
}
