/* PRIMASK, BASEPRI and FAULTMASK: what they hold back, and that it comes at the very moment they let go. */
#include "bench.h"
#include "log.h"

static void enable_a_few(void)
{
    enable(1, 0x20, 0);
    enable(2, 0x40, 0);
    enable(3, 0x60, 0);
}

static void pend_a_few(void)
{
    pend_all(1 << 1 | 1 << 2 | 1 << 3);
}

void case_primask_by_cps(void)
{
    enable_a_few();
    cpsid_i();
    pend_a_few();
    note("primask", read_primask());
    note("ispr", NVIC->ISPR[0]);
    cpsie_i();
    note("primask", read_primask());
}

void case_primask_by_msr(void)
{
    enable_a_few();
    write_primask(1);
    pend_a_few();
    note("ispr", NVIC->ISPR[0]);
    write_primask(0);
    note("ispr", NVIC->ISPR[0]);
}

/* The shape of every RTOS's critical section: what was asked for inside happens at its end, not later. */
void case_pendsv_from_a_critical_section(void)
{
    on_system(EXCEPTION_PENDSV, 0xF0, 0);
    for (unsigned i = 0; i < 3; i++) {
        uint32_t state = mask_interrupts();
        request(ICSR_PENDSVSET);
        note("inside", i);
        restore_interrupts(state);
        __asm volatile("isb");
        note("outside", i);
    }
}

void case_nested_critical_sections(void)
{
    enable(1, 0x20, 0);
    uint32_t outer = mask_interrupts();
    uint32_t inner = mask_interrupts();
    pend(1);
    restore_interrupts(inner);
    __asm volatile("isb");
    note("still masked", read_primask());
    restore_interrupts(outer);
    __asm volatile("isb");
    note("open", read_primask());
}

void case_basepri(void)
{
    enable_a_few();
    write_basepri(0x40);
    pend_a_few();
    note("basepri 0x40 lets 0x20 through", NVIC->ISPR[0]);
    write_basepri(0x50);
    note("0x50 lets 0x40 through", NVIC->ISPR[0]);
    write_basepri(0xF0);
    note("0xF0 lets all through", NVIC->ISPR[0]);
    write_basepri(0x20);
    pend_a_few();
    note("0x20 lets none through", NVIC->ISPR[0]);
    write_basepri(0);
    note("0 masks nothing", NVIC->ISPR[0]);
}

void case_basepri_max(void)
{
    write_basepri_max(0x80);
    note("from nothing to 0x80", read_basepri());
    write_basepri_max(0xA0);
    note("not to a lower one", read_basepri());
    write_basepri_max(0);
    note("not to none", read_basepri());
    write_basepri_max(0x40);
    note("to a higher one", read_basepri());
    enable_a_few();
    pend_a_few();
    note("ispr", NVIC->ISPR[0]);
    write_basepri(0);
}

void case_basepri_with_groups(void)
{
    SCB->AIRCR = AIRCR_VECTKEY | 5 << 8; /* groups of four: 0x40, 0x50, 0x60 and 0x70 are one */
    enable_a_few();
    write_basepri(0x70);
    pend_a_few();
    note("0x70 masks its whole group", NVIC->ISPR[0]);
    write_basepri(0);
}

void case_primask_over_basepri(void)
{
    enable_a_few();
    cpsid_i();
    write_basepri(0x60);
    pend_a_few();
    note("both", NVIC->ISPR[0]);
    cpsie_i();
    note("basepri alone", NVIC->ISPR[0]);
    write_basepri(0);
}

void case_faultmask(void)
{
    enable_a_few();
    cpsid_f();
    pend_a_few();
    note("faultmask", read_faultmask());
    note("ispr", NVIC->ISPR[0]);
    cpsie_f();
    note("ispr", NVIC->ISPR[0]);
    write_faultmask(1);
    pend(2);
    note("ispr", NVIC->ISPR[0]);
    write_faultmask(0);
}

static void set_faultmask(struct frame *frame)
{
    cpsid_f();
    pend(1); /* more urgent, but masked */
    note("faultmask inside", read_faultmask());
}

void case_return_clears_faultmask(void)
{
    enable_a_few();
    actions[IRQ(3)] = set_faultmask;
    pend(3);
    note("faultmask afterwards", read_faultmask());
}

static void set_primask(struct frame *frame)
{
    cpsid_i();
    pend(1);
}

void case_return_keeps_primask(void)
{
    enable_a_few();
    actions[IRQ(3)] = set_primask;
    pend(3);
    note("primask afterwards", read_primask());
    note("ispr", NVIC->ISPR[0]);
    cpsie_i();
}

static void raise_basepri(struct frame *frame)
{
    write_basepri(0x20);
    pend(1);
    note("ispr inside", NVIC->ISPR[0]);
}

void case_return_keeps_basepri(void)
{
    enable_a_few();
    actions[IRQ(2)] = raise_basepri;
    pend(2);
    note("basepri afterwards", read_basepri());
    write_basepri(0);
}

/* A long masked stretch with branches, calls and conditional instructions in it, and one unmasking in its middle. */
void case_long_masked_section(void)
{
    uint32_t sum = 0;

    enable(1, 0x20, 0);
    cpsid_i();
    pend(1);
    for (unsigned i = 0; i < 1000; i++) {
        sum += i % 3 == 0 ? i : 1;
        if (i == 500) {
            cpsie_i();
            note("unmasked at", sum);
        }
    }
    note("sum", sum);
}

void case_nmi_knows_no_mask(void)
{
    on_system(EXCEPTION_NMI, 0, 0);
    enable(1, 0x20, 0);
    cpsid_f();
    cpsid_i();
    pend(1);
    request(ICSR_NMIPENDSET);
    note("ispr", NVIC->ISPR[0]);
    cpsie_f();
    cpsie_i();
}
