/* External interrupts: pending, enabling, order, preemption. */
#include "bench.h"

void case_pend_and_take(void)
{
    for (unsigned irq = 0; irq < EXTERNAL_INTERRUPTS; irq += 7) {
        enable(irq, 0x40, 0);
        pend(irq);
        note("ispr", NVIC->ISPR[0]);
    }
    note("iabr", NVIC->IABR[0]);
}

void case_pend_while_disabled(void)
{
    pend(3);
    note("ispr while disabled", NVIC->ISPR[0]);
    note("icsr while disabled", SCB->ICSR);
    enable(3, 0x20, 0);
    note("ispr after enable", NVIC->ISPR[0]);
    NVIC->ICER[0] = 1 << 3;
    note("iser after disable", NVIC->ISER[0]);
    pend(3);
    NVIC->ICPR[0] = 1 << 3;
    enable(3, 0x20, 0);
    note("ispr after clear", NVIC->ISPR[0]);
}

void case_order_by_priority(void)
{
    disable_interrupts();
    enable(9, 0x30, 0);
    enable(4, 0x30, 0);
    enable(7, 0x10, 0);
    enable(2, 0xF0, 0);
    NVIC->ISPR[0] = 1 << 9 | 1 << 4 | 1 << 7 | 1 << 2;
    synchronize();
    note("icsr while masked", SCB->ICSR);
    enable_interrupts();
    synchronize();
    note("icsr afterwards", SCB->ICSR);
}

static void pend_5(struct frame *frame)
{
    (void)frame;
    pend(5);
}

static void pend_6(struct frame *frame)
{
    (void)frame;
    pend(6);
    note("icsr in the outermost, 6 done", SCB->ICSR);
    pend(8);
    note("icsr in the outermost, 8 pending", SCB->ICSR);
}

void case_preemption(void)
{
    enable(1, 0x80, pend_6);
    enable(6, 0x60, pend_5);
    enable(5, 0x40, 0);
    enable(8, 0x80, 0);
    pend(1);
}
