#include "wait.h"

#include "cortexa.h"
#include "gic.h"

static volatile unsigned ticks;

static void on_tick(void)
{
    write_cntv_ctl(CNTV_CTL_ENABLE | CNTV_CTL_IMASK);
    ticks++;
}

void wait_init(void)
{
    gic_enable(GIC_VIRTUAL_TIMER, on_tick);
}

bool await(const volatile unsigned *count, unsigned wanted, uint32_t microseconds)
{
    write_cntv_tval(microseconds * (read_cntfrq() / 1000000));
    write_cntv_ctl(CNTV_CTL_ENABLE);
    disable_interrupts(); /* one that comes after the test ends the sleep all the same */
    while (*count < wanted && !(read_cntv_ctl() & CNTV_CTL_ISTATUS)) {
        wait_for_interrupt();
        enable_interrupts();
        disable_interrupts();
    }
    enable_interrupts();
    write_cntv_ctl(0);
    return *count >= wanted;
}

unsigned pass_time(uint32_t microseconds)
{
    static const volatile unsigned never = 0;
    unsigned before = ticks;

    await(&never, 1, microseconds);
    return ticks - before;
}
