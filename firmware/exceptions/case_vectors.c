/* The vector table elsewhere, and returns that are out of the ordinary. */
#include "bench.h"
#include "log.h"

#include <string.h>

typedef void (*vector)(void);

static vector table[EXCEPTIONS] __attribute__((aligned(1024)));

static void other_handler(void)
{
    note("other handler, ipsr", read_ipsr());
}

static void third_handler(void)
{
    note("third handler, ipsr", read_ipsr());
}

static void move_vectors(void)
{
    for (unsigned i = 0; i < EXCEPTIONS; i++)
        table[i] = exception_entry;
    SCB->VTOR = (uint32_t)table;
    synchronize();
}

void case_moved_vectors(void)
{
    note("vtor", SCB->VTOR);
    enable(1, 0x40, 0);
    enable(2, 0x40, 0);
    pend(2);
    move_vectors();
    table[IRQ(2)] = other_handler;
    synchronize();
    pend(1);
    pend(2);
    table[IRQ(2)] = third_handler; /* the table is read at each entry */
    synchronize();
    pend(2);
    SCB->VTOR = 0;
    synchronize();
    pend(2);
}

static void move_inside(struct frame *frame)
{
    move_vectors();
    table[IRQ(4)] = other_handler;
    synchronize();
    pend(4); /* tail-chained, through the new table */
}

void case_vectors_moved_by_a_handler(void)
{
    enable(3, 0x40, move_inside);
    enable(4, 0x40, 0);
    pend(3);
    SCB->VTOR = 0;
    synchronize();
}

void case_vtor_alignment(void)
{
    SCB->VTOR = 0x000012FF;
    note("vtor has no bits 6:0", SCB->VTOR);
    SCB->VTOR = 0;
    synchronize();
}

/* A handler returns where it likes by changing the stacked PC. */
static void skip_two_bytes(struct frame *frame)
{
    frame->pc += 2;
}

void case_return_elsewhere(void)
{
    uint32_t value = 0;

    on_system(EXCEPTION_SVCALL, 0x40, skip_two_bytes);
    __asm volatile("svc 0\n adds %0, #1\n adds %0, #16" : "+r"(value)::"cc", "memory");
    note("value", value);
}

static void spoil_return_and_flags(struct frame *frame)
{
    frame->xpsr = (frame->xpsr & ~0xF8000000) | 0xA0000000; /* N and C */
    frame->r12 = 0x12121212;
}

void case_return_with_other_registers(void)
{
    uint32_t apsr, r12;

    on_system(EXCEPTION_SVCALL, 0x40, spoil_return_and_flags);
    __asm volatile("svc 0\n mrs %0, apsr\n mov %1, r12" : "=r"(apsr), "=r"(r12)::"r12", "cc", "memory");
    note("apsr", apsr & 0xF8000000);
    note("r12", r12);
}

static void to_thread(struct frame *frame)
{
    frame->xpsr &= ~0x1FFu;
    *exc_return_of(frame) = 0xFFFFFFF9;
}

static void to_handler_of_1(struct frame *frame)
{
    frame->xpsr |= IRQ(1);
    *exc_return_of(frame) = 0xFFFFFFF1;
}

static void go_to_thread_and_back(struct frame *frame)
{
    pend(0);
    note("thread, ipsr", read_ipsr());
    note("thread, iabr", NVIC->IABR[0]);
    pend(2); /* as urgent as 1, which is active: waits */
    note("thread, ispr", NVIC->ISPR[0]);
    __asm volatile("svc 0" ::: "memory");
    note("handler, ipsr", read_ipsr());
    note("handler, icsr", icsr());
}

/* With NONBASETHRDENA a handler may return to thread mode although another exception is active. */
void case_thread_with_an_active_exception(void)
{
    SCB->CCR |= CCR_NONBASETHRDENA;
    enable(0, 0x20, to_thread);
    enable(1, 0x80, go_to_thread_and_back);
    enable(2, 0x80, 0);
    on_system(EXCEPTION_SVCALL, 0x20, to_handler_of_1);
    pend(1);
}

static void return_badly(struct frame *frame)
{
    *exc_return_of(frame) = 0xFFFFFFFB;
}

static void note_cfsr(struct frame *frame)
{
    note("cfsr", SCB->CFSR);
    note("exc_return", *exc_return_of(frame));
    SCB->CFSR = SCB->CFSR;
    *exc_return_of(frame) = 0xFFFFFFF9;
}

void case_bad_return(void)
{
    SCB->SHCSR = SHCSR_USGFAULTENA;
    on_system(EXCEPTION_USAGEFAULT, 0x20, note_cfsr);
    enable(1, 0x80, return_badly);
    pend(1);
    note("iabr", NVIC->IABR[0]);
}
