/* SVCall, PendSV, SysTick, and the system handlers' own status. */
#include "bench.h"
#include "log.h"

static void note_system_state(struct frame *frame)
{
    note("shcsr", SCB->SHCSR);
}

static void add_arguments(struct frame *frame)
{
    note("number", ((const uint8_t *)frame->pc)[-2]);
    note("r0", frame->r0);
    note("r3", frame->r3);
    frame->r0 = frame->r0 + frame->r1 + frame->r2 + frame->r3;
    note_system_state(frame);
}

static uint32_t call_supervisor(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    register uint32_t r0 __asm("r0") = a;
    register uint32_t r1 __asm("r1") = b;
    register uint32_t r2 __asm("r2") = c;
    register uint32_t r3 __asm("r3") = d;
    __asm volatile("svc 42" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r3) : "memory");
    return r0;
}

void case_svc(void)
{
    on_system(EXCEPTION_SVCALL, 0x40, add_arguments);
    note("answer", call_supervisor(1, 20, 300, 4000));
}

static void call_from_handler(struct frame *frame)
{
    note("answer in the handler", call_supervisor(5, 6, 7, 8));
}

void case_svc_from_a_handler(void)
{
    on_system(EXCEPTION_SVCALL, 0x40, add_arguments);
    enable(4, 0x80, call_from_handler);
    pend(4);
}

static void pend_three(struct frame *frame)
{
    enable(1, 0x20, 0);
    enable(2, 0x60, 0);
    request(ICSR_PENDSVSET);
    pend(2);
    pend(1);
    note_system_state(frame);
}

void case_svc_and_what_follows(void)
{
    on_system(EXCEPTION_SVCALL, 0x40, pend_three);
    on_system(EXCEPTION_PENDSV, 0xF0, note_system_state);
    call_supervisor(0, 0, 0, 0);
}

void case_pendsv(void)
{
    on_system(EXCEPTION_PENDSV, 0xF0, note_system_state);
    request(ICSR_PENDSVSET);
    cpsid_i();
    request(ICSR_PENDSVSET);
    note("icsr, pended", icsr());
    request(ICSR_PENDSVCLR);
    note("icsr, cleared", icsr());
    cpsie_i();
}

static void pend_pendsv(struct frame *frame)
{
    request(ICSR_PENDSVSET);
    pend(6);
    note("icsr", icsr());
}

void case_pendsv_after_all_others(void)
{
    on_system(EXCEPTION_PENDSV, 0xF0, 0);
    enable(5, 0x40, pend_pendsv);
    enable(6, 0x40, 0);
    pend(5);
}

static void pend_urgent(struct frame *frame)
{
    pend(7);
    note("back in PendSV", icsr());
}

void case_pendsv_interrupted(void)
{
    on_system(EXCEPTION_PENDSV, 0xF0, pend_urgent);
    enable(7, 0x40, 0);
    request(ICSR_PENDSVSET);
}

void case_systick_by_software(void)
{
    on_system(EXCEPTION_SYSTICK, 0x40, note_system_state);
    request(ICSR_PENDSTSET);
    cpsid_i();
    request(ICSR_PENDSTSET);
    note("icsr, pended", icsr());
    request(ICSR_PENDSTCLR);
    note("icsr, cleared", icsr());
    cpsie_i();
}

enum { CORE_CLOCK = SYST_CSR_CLKSOURCE | SYST_CSR_ENABLE };

static volatile uint32_t ticks;

static void count_to_three(struct frame *frame)
{
    if (++ticks == 3)
        SYST->CSR = SYST_CSR_CLKSOURCE;
}

void case_systick_by_time(void)
{
    ticks = 0;
    on_system(EXCEPTION_SYSTICK, 0x40, count_to_three);
    SYST->RVR = 49999; /* much longer than the handler on any core */
    SYST->CVR = 0;
    SYST->CSR = CORE_CLOCK | SYST_CSR_TICKINT;
    while (ticks < 3)
        wait_for_interrupt();
    note("ticks", ticks);
    note("csr", SYST->CSR & ~SYST_CSR_COUNTFLAG);
}

void case_systick_registers(void)
{
    SYST->RVR = 0xFF123456;
    note("rvr has 24 bits", SYST->RVR);
    SYST->CVR = 77;
    note("cvr is cleared by any write", SYST->CVR);
    SYST->RVR = 2000;
    SYST->CSR = CORE_CLOCK;
    while ((SYST->CSR & SYST_CSR_COUNTFLAG) == 0)
        ;
    SYST->CSR = SYST_CSR_CLKSOURCE;
    note("it pends nothing without tickint", icsr());
    note("reading csr has cleared countflag", SYST->CSR);
}

void case_nmi(void)
{
    on_system(EXCEPTION_NMI, 0, note_system_state);
    request(ICSR_NMIPENDSET);
    note("icsr", icsr());
}

static void interrupt_me(struct frame *frame)
{
    request(ICSR_NMIPENDSET);
    note("icsr", icsr());
}

void case_nmi_in_a_handler(void)
{
    enable(0, 0, interrupt_me);
    pend(0);
}
