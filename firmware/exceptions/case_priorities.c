/* Priorities: groups, changes while something waits, and access of every width. */
#include "bench.h"
#include "log.h"

static void pend_2(struct frame *frame)
{
    pend(2);
    note("icsr, 2 pended", icsr());
}

/* Priorities 0x40 and 0x60 share a group or not; in a group the sub-priority orders, but does not preempt. */
void case_groups(void)
{
    for (uint32_t prigroup = 3; prigroup <= 7; prigroup++) {
        SCB->AIRCR = AIRCR_VECTKEY | prigroup << 8;
        note("aircr", SCB->AIRCR);
        enable(1, 0x60, pend_2);
        enable(2, 0x40, 0);
        pend(1);
    }
}

void case_order_within_a_group(void)
{
    SCB->AIRCR = AIRCR_VECTKEY | 7 << 8; /* no group bits at all */
    disable_interrupts();
    enable(1, 0xC0, 0);
    enable(2, 0x80, 0);
    enable(3, 0x40, 0);
    enable(4, 0x40, 0);
    pend_all(0x1E);
    enable_interrupts();
    synchronize();
}

void case_aircr_needs_its_key(void)
{
    SCB->AIRCR = 0x12340000 | 5 << 8;
    note("aircr with the wrong key", SCB->AIRCR);
    SCB->AIRCR = AIRCR_VECTKEY | 5 << 8;
    note("aircr with the key", SCB->AIRCR);
}

static void make_urgent(struct frame *frame)
{
    pend(7);
    note("icsr, 7 waits", icsr());
    NVIC->IPR[7] = 0x10;
    synchronize();
    note("icsr, 7 has become urgent", icsr());
}

void case_change_while_pending(void)
{
    enable(6, 0x40, make_urgent);
    enable(7, 0x80, 0);
    pend(6);
}

static void make_itself_less_urgent(struct frame *frame)
{
    pend(9);
    note("icsr, 9 waits", icsr());
    NVIC->IPR[8] = 0xC0;
    synchronize();
    note("icsr, 9 is done", icsr());
}

void case_change_while_active(void)
{
    enable(8, 0x40, make_itself_less_urgent);
    enable(9, 0x80, 0);
    pend(8);
}

#define WORD(address) (*(volatile uint32_t *)(address))
#define HALF(address) (*(volatile uint16_t *)(address))

void case_priority_access(void)
{
    volatile uint8_t *ipr = NVIC->IPR;

    WORD(ipr) = 0x40302010;
    note("byte 2 of a word", ipr[2]);
    HALF(ipr + 2) = 0x8070;
    note("word after a half", WORD(ipr));
    ipr[1] = 0xF0;
    note("word after a byte", WORD(ipr));
    note("half", HALF(ipr));
    WORD(ipr + 28) = 0xA0B0C0D0;
    note("the last four", WORD(ipr + 28));
}

void case_system_priority_access(void)
{
    volatile uint8_t *shpr = SCB->SHPR;

    shpr[7] = 0x50; /* SVCall */
    note("shpr2", WORD(shpr + 4));
    WORD(shpr + 8) = 0x60700000; /* SysTick, PendSV */
    note("systick", shpr[11]);
    note("pendsv", shpr[10]);
    WORD(shpr + 8) |= 0x00F00000; /* as an RTOS makes PendSV the lowest */
    note("shpr3", WORD(shpr + 8));
    HALF(shpr + 10) = 0x2030;
    note("shpr3 after a half", WORD(shpr + 8));
    shpr[1] = 0x90; /* BusFault */
    shpr[2] = 0xE0; /* UsageFault */
    note("shpr1", WORD(shpr));
}

void case_system_against_external(void)
{
    disable_interrupts();
    enable(0, 0x40, 0);
    enable(1, 0x20, 0);
    on_system(EXCEPTION_PENDSV, 0x40, 0);
    on_system(EXCEPTION_SYSTICK, 0x30, 0);
    pend_all(3);
    request(ICSR_PENDSVSET | ICSR_PENDSTSET);
    note("icsr", icsr());
    enable_interrupts(); /* 1, SysTick, and PendSV before 0: at equal priority the smaller exception number */
    synchronize();
}
