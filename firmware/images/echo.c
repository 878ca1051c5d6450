/* The echo service. See echo.h.
 *
 * IPCC channels, as Linux's stm32_rproc uses them:
 *   CH1  vring TO_LINUX:    we post "message for you", Linux posts "buffer for you"
 *   CH2  vring FROM_LINUX:  Linux posts "message for you", we post "buffer for you"
 *   CH3  Linux posts: shutdown     CH4  Linux posts: detach
 * A channel is released at once, in the interrupt; what it meant is done by the thread. The events are forgotten
 * before the ring is drained, so a message that arrives meanwhile raises them again and none is left behind. */
#include "echo.h"

#include "cm4_log.h"
#include "ipcc.h"
#include "rpmsg.h"

#include <stddef.h>

enum { FIRST_ADDRESS = 0x400 };

static const char *const services[] = {"rpmsg-tty", "rpmsg-tty", "rpmsg-client-sample"};
enum { SERVICES = sizeof(services) / sizeof(services[0]) };

static const enum ipcc_channel channel_of[] = {[TO_LINUX] = CH1, [FROM_LINUX] = CH2};

static uint32_t stop; /* EVENT_SHUTDOWN or EVENT_DETACH once Linux has asked for it */

static void on_signal(enum ipcc_channel channel)
{
    ipcc_release(channel);
    echo_raise(EVENT_SIGNAL);
}

static void on_stop(enum ipcc_channel channel)
{
    ipcc_release(channel);
    echo_raise(channel == CH3 ? EVENT_SHUTDOWN : EVENT_DETACH);
}

static void on_free(enum ipcc_channel channel)
{
    echo_raise(EVENT_FREE);
}

/* Sleep until something has happened. False, at once, if it is the end. */
static bool wait(void)
{
    if (stop == 0)
        stop = echo_wait() & (EVENT_SHUTDOWN | EVENT_DETACH);
    return stop == 0;
}

static void signal_linux(enum rpmsg_vring vring)
{
    enum ipcc_channel channel = channel_of[vring];

    while (!ipcc_is_free(channel)) {
        ipcc_when_free(channel, on_free);
        if (!wait())
            return;
    }
    ipcc_post(channel);
}

static void announce(void)
{
    for (unsigned i = 0; i < SERVICES && stop == 0; i++) {
        while (!rpmsg_announce(services[i], FIRST_ADDRESS + i)) {
            if (!wait())
                return;
        }
        cm4_log("endpoint 0x%x: %s", FIRST_ADDRESS + i, services[i]);
    }
}

static void answer(const struct rpmsg_message *message)
{
    if (message->destination - FIRST_ADDRESS >= SERVICES) {
        cm4_log("no endpoint 0x%x for %u bytes from 0x%x", (unsigned)message->destination, message->size,
                (unsigned)message->source);
        return;
    }
    cm4_log("message 0x%x -> 0x%x: %u bytes", (unsigned)message->source, (unsigned)message->destination,
            message->size);
    while (!rpmsg_send(message->destination, message->source, message->data, message->size)) {
        if (!wait())
            return;
    }
}

static void drain(void)
{
    struct rpmsg_message message;

    while (stop == 0 && rpmsg_receive(&message)) {
        answer(&message);
        if (stop == 0)
            rpmsg_release(&message);
    }
}

/* From Linux's driver coming up until Linux asks us to leave the rings alone. */
static void serve(void)
{
    stop = 0;
    while (!rpmsg_driver_ok())
        echo_breathe();
    rpmsg_open(signal_linux);
    announce();
    do
        drain();
    while (wait());
    cm4_log("%s: the rings are Linux's again", stop == EVENT_SHUTDOWN ? "shutdown" : "detach");
}

void echo_run(const char *image)
{
    cm4_log("%s: boot", image);
    ipcc_init();
    ipcc_on_occupied(CH1, on_signal);
    ipcc_on_occupied(CH2, on_signal);
    ipcc_on_occupied(CH3, on_stop);
    ipcc_on_occupied(CH4, on_stop);
    for (;;) {
        serve();
        while ((echo_wait() & EVENT_SIGNAL) == 0) /* when Linux is back, its driver signals the buffers it offers */
            ;
    }
}
