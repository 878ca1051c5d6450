/* External interrupts: pending, enabling, order, preemption, tail-chaining. */
#include "bench.h"
#include "log.h"

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
    note("icsr while disabled", icsr());
    enable(3, 0x20, 0);
    note("ispr after enable", NVIC->ISPR[0]);
    NVIC->ICER[0] = 1 << 3;
    note("iser after disable", NVIC->ISER[0]);
    pend(3);
    NVIC->ICPR[0] = 1 << 3;
    enable(3, 0x20, 0);
    note("ispr after clear", NVIC->ISPR[0]);
}

void case_set_and_clear_registers(void)
{
    pend_all(0xA5A50000);
    note("ispr", NVIC->ISPR[0]);
    note("icpr reads the same", NVIC->ICPR[0]);
    NVIC->ICPR[0] = 0x00A50000;
    note("ispr after clearing some", NVIC->ISPR[0]);
    NVIC->ICPR[0] = 0xFFFFFFFF;
    NVIC->ISER[0] = 0x0000C3C3;
    note("iser", NVIC->ISER[0]);
    note("icer reads the same", NVIC->ICER[0]);
    NVIC->ISER[0] = 0; /* zeros change nothing */
    NVIC->ICER[0] = 0x00000303;
    note("iser after clearing some", NVIC->ISER[0]);
}

void case_software_trigger(void)
{
    enable(12, 0x40, 0);
    NVIC->STIR = 12;
    synchronize();
    NVIC->STIR = 13;
    synchronize();
    note("ispr of the disabled one", NVIC->ISPR[0]);
}

void case_order_by_priority(void)
{
    disable_interrupts();
    enable(9, 0x30, 0);
    enable(4, 0x30, 0);
    enable(7, 0x10, 0);
    enable(2, 0xF0, 0);
    pend_all(1 << 9 | 1 << 4 | 1 << 7 | 1 << 2);
    note("icsr while masked", icsr());
    enable_interrupts();
    synchronize();
    note("icsr afterwards", icsr());
}

static void pend_5(struct frame *frame)
{
    pend(5);
    note("icsr in the middle, 5 done", icsr());
}

static void pend_6_then_8(struct frame *frame)
{
    pend(6);
    note("icsr in the outermost, 6 done", icsr());
    pend(8);
    note("icsr in the outermost, 8 pending", icsr());
}

void case_preemption(void)
{
    enable(1, 0x80, pend_6_then_8);
    enable(6, 0x60, pend_5);
    enable(5, 0x40, 0);
    enable(8, 0x80, 0);
    pend(1);
}

static void pend_two_for_later(struct frame *frame)
{
    pend_all(1 << 10 | 1 << 11);
}

void case_tail_chaining(void)
{
    enable(0, 0x20, pend_two_for_later);
    enable(10, 0x40, 0);
    enable(11, 0x20, 0);
    pend(0);
}

static void pend_before_leaving_the_middle(struct frame *frame)
{
    pend(15); /* less urgent than this one, more urgent than the outermost */
}

static void pend_14(struct frame *frame)
{
    pend(14);
    note("icsr in the outermost", icsr());
}

void case_tail_chaining_over_an_active_one(void)
{
    enable(13, 0xC0, pend_14);
    enable(14, 0x40, pend_before_leaving_the_middle);
    enable(15, 0x80, 0);
    pend(13);
}

static unsigned repeats;

static void pend_itself_twice(struct frame *frame)
{
    if (repeats++ < 2)
        pend(16);
    note("ispr inside", NVIC->ISPR[0]);
}

void case_pend_while_active(void)
{
    repeats = 0;
    enable(16, 0x40, pend_itself_twice);
    pend(16);
}

static void take_back(struct frame *frame)
{
    pend_all(1 << 18 | 1 << 19);
    NVIC->ICPR[0] = 1 << 18;
    NVIC->ICER[0] = 1 << 19;
    NVIC->ICER[0] = 1 << 17; /* an active one that is disabled stays active */
    note("iabr", NVIC->IABR[0]);
}

void case_change_of_mind(void)
{
    enable(17, 0x40, take_back);
    enable(18, 0x40, 0);
    enable(19, 0x40, 0);
    pend(17);
    note("ispr", NVIC->ISPR[0]);
}

static void deepen(struct frame *frame)
{
    unsigned irq = read_ipsr() - EXCEPTION_IRQ0;
    if (irq < 27)
        pend(irq + 1);
}

void case_eight_deep(void)
{
    for (unsigned irq = 20; irq <= 27; irq++)
        enable(irq, (uint8_t)(0xF0 - 0x10 * (irq - 20)), deepen);
    pend(20);
}
