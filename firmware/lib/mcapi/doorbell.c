/* The doorbells. See doorbell.h.
 *
 * Linux's driver calls its client and clears the flag after that, so a signal on an occupied channel would be wiped: it
 * waits for the channel (mcapi.md 4.3, rule S). We ourselves release first and look then. */
#include "doorbell.h"

#include "ipcc.h"
#include "words.h"

static const enum ipcc_channel to_linux = (enum ipcc_channel)MCAPI_RX_CHANNEL;
static const enum ipcc_channel from_linux = (enum ipcc_channel)MCAPI_TX_CHANNEL;

static volatile bool raised;
static volatile bool rung; /* the channel stays masked until doorbell_take() */
static bool pending;
static bool held, wanted;

static void on_ring(enum ipcc_channel channel)
{
    rung = true;
    raised = true;
}

static void on_free(enum ipcc_channel channel)
{
    raised = true;
}

void doorbell_open(void)
{
    ipcc_on_occupied(from_linux, on_ring);
}

void doorbell_ring(void)
{
    if (held) {
        wanted = true;
    } else if (ipcc_is_free(to_linux)) {
        pending = false;
        count(MCAPI_COUNT_DOORBELLS);
        ipcc_post(to_linux);
        ipcc_when_free(to_linux, on_free);
    } else {
        if (!pending)
            count(MCAPI_COUNT_DEFERRED);
        pending = true;
        ipcc_when_free(to_linux, on_free);
    }
}

void doorbell_hold(bool hold)
{
    held = hold;
    if (!held && wanted) {
        wanted = false;
        doorbell_ring();
    }
}

bool doorbell_is_busy(void)
{
    if (ipcc_is_free(to_linux))
        return false;
    ipcc_when_free(to_linux, on_free);
    return true;
}

void doorbell_take(void)
{
    raised = false;
    if (rung) {
        rung = false;
        ipcc_release(from_linux);
    }
}

void doorbell_catch_up(void)
{
    if (pending && ipcc_is_free(to_linux))
        doorbell_ring();
}

bool doorbell_raised(void)
{
    return raised;
}

void doorbell_raise(void)
{
    raised = true;
}
