/* rpmsg_mcapi: the RPMsg and the MCAPI echo service in one main loop. It sleeps in WFI when there is nothing to do.
 *
 * The RPMsg service is that of rpmsg_echo, and knows nothing of the other, which has its turn whenever it waits. Its lines
 * for each message are left out of the log (see --wrap in the Makefile): the two can be compared then. */
#include "cm4_log.h"
#include "cortexm.h"
#include "echo.h"
#include "mcapi/mcapi.h"
#include "mcapi_service.h"
#include "rpmsg.h"

#include <stdarg.h>
#include <stddef.h>

void __real_rpmsg_release(const struct rpmsg_message *message);
void __wrap_rpmsg_release(const struct rpmsg_message *message);
void __real_cm4_log(const char *format, ...);
void __wrap_cm4_log(const char *format, ...);

static volatile uint32_t raised;

void echo_raise(uint32_t events)
{
    raised |= events; /* all interrupts have one priority: no handler interrupts another */
}

/* Started by the first call: echo_run() has made the IPCC ready by then. */
static void run_mcapi(void)
{
    static bool started;

    if (!started)
        service_start();
    started = true;
    service_run();
}

/* WFI with interrupts masked: an interrupt between the check and the WFI still wakes the core. */
uint32_t echo_wait(void)
{
    uint32_t events;

    disable_interrupts();
    while (raised == 0) {
        enable_interrupts();
        run_mcapi();
        disable_interrupts();
        if (raised == 0 && !mcapi_raised())
            wait_for_interrupt();
        enable_interrupts();
        synchronize(); /* the pending handler runs here */
        disable_interrupts();
    }
    events = raised;
    raised = 0;
    enable_interrupts();
    return events;
}

void echo_breathe(void)
{
    run_mcapi();
}

/* While messages come one after the other, the RPMsg service never waits: MCAPI has its turn after a ringful of them. */
void __wrap_rpmsg_release(const struct rpmsg_message *message)
{
    enum { RINGFUL = 16 };
    static unsigned messages;

    __real_rpmsg_release(message);
    if (++messages % RINGFUL == 0 && mcapi_raised())
        run_mcapi();
}

void __wrap_cm4_log(const char *format, ...)
{
    enum { MOST = 4 };
    unsigned values[MOST] = {0};
    unsigned count = 0;
    va_list arguments;

    if (format[0] == 'm' && format[1] == 'e') /* "message ..." */
        return;
    va_start(arguments, format);
    for (const char *c = format; *c != '\0' && count < MOST; c++)
        if (*c == '%')
            values[count++] = va_arg(arguments, unsigned);
    va_end(arguments);
    __real_cm4_log(format, values[0], values[1], values[2], values[3]);
}

int main(void)
{
    echo_run("rpmsg_mcapi");
    return 0;
}
