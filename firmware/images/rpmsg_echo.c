/* rpmsg_echo: the echo service as the main loop of a bare-metal image. It sleeps in WFI when there is nothing to do. */
#include "cortexm.h"
#include "echo.h"

static volatile uint32_t raised;

void echo_raise(uint32_t events)
{
    raised |= events; /* all interrupts have one priority: no handler interrupts another */
}

/* WFI with interrupts masked: an interrupt between the check and the WFI still wakes the core. */
uint32_t echo_wait(void)
{
    uint32_t events;

    disable_interrupts();
    while (raised == 0) {
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
}

int main(void)
{
    echo_run("rpmsg_echo");
    return 0;
}
