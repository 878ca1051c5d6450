/* WFI, WFE and SEV. */
#include "bench.h"
#include "log.h"

enum { TICKING = SYST_CSR_CLKSOURCE | SYST_CSR_TICKINT | SYST_CSR_ENABLE };

static volatile bool ticking;

static void stop_ticking(struct frame *frame)
{
    SYST->CSR = 0;
    ticking = false;
}

static void start_ticking(void)
{
    ticking = true;
    SYST->RVR = 49999;
    SYST->CVR = 0;
    SYST->CSR = TICKING;
}

void case_wfi(void)
{
    on_system(EXCEPTION_SYSTICK, 0x40, stop_ticking);
    start_ticking();
    wait_for_interrupt();
    note("awake", icsr());
}

/* The race-free way to sleep: what is masked still wakes, and is taken after the unmasking. */
void case_wfi_with_primask(void)
{
    on_system(EXCEPTION_SYSTICK, 0x40, 0);
    cpsid_i();
    start_ticking();
    wait_for_interrupt();
    SYST->CSR = 0;
    note("awake", icsr());
    cpsie_i();
    note("unmasked", icsr());
}

void case_wfi_with_something_pending(void)
{
    enable(1, 0x40, 0);
    cpsid_i();
    pend(1);
    wait_for_interrupt();
    note("did not sleep", NVIC->ISPR[0]);
    cpsie_i();
}

static void sleep_inside(struct frame *frame)
{
    start_ticking();
    wait_for_interrupt();
    note("awake in the handler", icsr());
}

void case_wfi_in_a_handler(void)
{
    on_system(EXCEPTION_SYSTICK, 0x20, stop_ticking);
    enable(1, 0x40, sleep_inside);
    pend(1);
}

void case_wfi_with_basepri(void)
{
    on_system(EXCEPTION_SYSTICK, 0x20, stop_ticking);
    enable(1, 0x80, 0);
    write_basepri(0x40);
    pend(1); /* masked by BASEPRI: need not wake, but QEMU lets it */
    silent = true;
    start_ticking();
    while (ticking)
        wait_for_interrupt();
    silent = false;
    note("ispr", NVIC->ISPR[0]);
    write_basepri(0);
}

void case_wfe_with_an_event(void)
{
    __asm volatile("sev\n wfe" ::: "memory");
    note("sev, wfe", 1);
    SCB->SCR = SCR_SEVONPEND;
    pend(1); /* disabled, but becoming pending is an event now */
    __asm volatile("wfe" ::: "memory");
    note("pended, wfe", NVIC->ISPR[0]);
}

void case_wfe_with_an_interrupt(void)
{
    on_system(EXCEPTION_SYSTICK, 0x40, stop_ticking);
    silent = true; /* WFE may return at any time */
    start_ticking();
    while (ticking)
        __asm volatile("wfe" ::: "memory");
    note("awake", icsr());
}
