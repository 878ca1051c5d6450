/* When the two sides agree. See link.h.
 *
 * The peer may look between any two stores here, so it is told that we are not up before anything changes, and the words
 * that it waits for come last. */
#include "link.h"

#include "cortexm.h"
#include "words.h"

static bool joined, up;
static bool lost;       /* there is no going on with what both believe: it takes a new epoch */
static uint32_t agreed; /* the peer's epoch when we were last up */

static void reset(uint32_t synced)
{
    set_own(SYNCED, 0);
    data_memory_barrier(); /* not agreed before anything changes */
    clear_rings();
    trust_all();
    lost = false;
    data_memory_barrier(); /* all of it before the word that says so */
    set_own(SYNCED, synced);
}

/* An epoch that the peer has not seen: not even if our word was overwritten before this core restarted. */
static uint32_t epoch_after(uint32_t before)
{
    uint32_t epoch = before + 1;

    while (epoch == 0 || epoch == peers(SYNCED))
        epoch++;
    return epoch;
}

static void begin(uint32_t before, uint32_t synced)
{
    set_own(STATE, MCAPI_STATE_INIT);
    data_memory_barrier();
    set_own(EPOCH, epoch_after(before));
    data_memory_barrier(); /* the new epoch before anything of it */
    reset(synced);
    data_memory_barrier();
    set_own(STATE, MCAPI_STATE_UP);
}

static void join(void)
{
    joined = true;
    write_counts();
    begin(remembered_epoch(), 0);
}

void link_start(void)
{
    joined = up = false;
    agreed = 0;
    clear_counts();
    forget_own();
    if (area_is_there())
        join();
}

void link_stop(void)
{
    up = false;
    if (!joined || !area_is_there())
        return;
    set_own(STATE, MCAPI_STATE_FINALISING);
    data_memory_barrier();
    reset(0);
    data_memory_barrier();
    set_own(STATE, MCAPI_STATE_OFF);
}

bool link_joined(void)
{
    return joined;
}

bool link_up(void)
{
    return up;
}

bool link_is_current(void)
{
    data_memory_barrier(); /* what was read before the epoch that it belongs to */
    return up && peers(EPOCH) == own(SYNCED) && peers(STATE) == MCAPI_STATE_UP && peers(SYNCED) == own(EPOCH);
}

void link_heal(void)
{
    if (!joined || !area_is_there())
        return;
    if (up && peers(SYNCED) != own(EPOCH))
        lost = true; /* the area was made anew, or the peer has seen another epoch and reset: no healing shows that */
    else
        heal_own();
}

void link_give_up(void)
{
    lost = true;
}

/* The host has yet to make the area, or somebody has overwritten it: nothing of it is touched. */
static enum link_event without_area(void)
{
    bool was_joined = joined;

    joined = up = false;
    forget_own();
    trust_all();
    return was_joined ? LINK_CHANGED : LINK_SAME;
}

/* A link that breaks is never taken up with the same two epochs: if the peer's was only overwritten for a moment, it goes
 * on with its old words, and would not notice that ours are reset. */
static enum link_event with_peer(uint32_t epoch)
{
    if (epoch != own(SYNCED)) {
        count(MCAPI_COUNT_PEER_EPOCHS);
        lost = lost || epoch == agreed || (up && peers(SYNCED) == own(EPOCH)); /* else it has begun anew */
    } else if (!lost) {
        up = peers(SYNCED) == own(EPOCH);
        return LINK_SAME;
    }
    if (lost)
        begin(own(EPOCH), epoch);
    else
        reset(epoch);
    up = peers(SYNCED) == own(EPOCH);
    return LINK_CHANGED;
}

enum link_event link_follow(void)
{
    uint32_t epoch;
    enum link_event event = LINK_CHANGED;

    if (!area_is_there())
        return without_area();
    if (!joined) {
        join();
        return LINK_CHANGED;
    }
    link_heal();
    epoch = peers(STATE) == MCAPI_STATE_UP ? peers(EPOCH) : 0;
    if (epoch != 0) {
        event = with_peer(epoch);
        agreed = up ? epoch : agreed;
    } else if (lost) {
        begin(own(EPOCH), 0);
    } else if (own(SYNCED) != 0) {
        reset(0);
    } else {
        event = LINK_SAME;
    }
    up = up && epoch != 0;
    return event;
}
