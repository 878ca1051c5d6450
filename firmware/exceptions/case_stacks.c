/* Frames: which stack, how aligned, privileged or not. */
#include "bench.h"
#include "log.h"

static void pend_irq_1(void)
{
    pend(1);
}

void case_process_stack(void)
{
    enable(1, 0x40, 0);
    call_on_process_stack(pend_irq_1, 0);
    note("control", read_control());
}

static void look_around(void)
{
    note("control", read_control());
    pend(1);
    note("control", read_control());
}

static void note_control(struct frame *frame)
{
    note("control in the handler", read_control());
    write_control(CONTROL_SPSEL); /* a handler cannot leave the main stack */
    note("control in the handler, after a write", read_control());
    pend(2);
}

void case_handler_uses_main_stack(void)
{
    enable(1, 0x40, note_control);
    enable(2, 0x20, 0);
    call_on_process_stack(look_around, 0);
}

static void try_privileged_things(void)
{
    __asm volatile("svc 1"); /* its action would make us privileged: it is replaced below */
    note("control", read_control());
    write_control(0);
    note("control after a write", read_control());
    cpsid_i();
    cpsid_f();
    write_basepri(0x10);
    note("primask", read_primask());
    note("faultmask", read_faultmask());
    note("basepri", read_basepri());
    note("msp", read_msp());
    note("ipsr", read_ipsr());
    enable_interrupts();
}

static void (*unprivileged_body)(void);
static unsigned calls;

static void become_privileged_at_last(struct frame *frame)
{
    note("control in svc", read_control());
    if (++calls == 2)
        write_control(0);
}

static void replace_the_action(void)
{
    actions[EXCEPTION_SVCALL] = become_privileged_at_last;
    unprivileged_body();
}

void case_unprivileged_thread(void)
{
    calls = 0;
    unprivileged_body = try_privileged_things;
    call_on_process_stack(replace_the_action, CONTROL_NPRIV);
    note("control", read_control());
    note("primask", read_primask());
    note("basepri", read_basepri());
}

static void trigger_by_stir(void)
{
    NVIC->STIR = 1;
    synchronize();
}

void case_unprivileged_trigger(void)
{
    SCB->CCR |= CCR_USERSETMPEND;
    enable(1, 0x40, note_control);
    enable(2, 0x20, 0);
    call_on_process_stack(trigger_by_stir, CONTROL_NPRIV);
}

/* Interrupt this function with its stack pointer at an odd multiple of four. Returns how far it was off afterwards. */
__attribute__((naked, noinline)) static uint32_t pend_misaligned(volatile uint32_t *ispr, uint32_t irq)
{
    __asm volatile("push {r4}\n"
                   "mov r4, sp\n"
                   "str r1, [r0]\n"
                   "dsb\n"
                   "isb\n"
                   "sub r0, sp, r4\n"
                   "pop {r4}\n"
                   "bx lr\n");
}

void case_alignment(void)
{
    enable(1, 0x40, 0);
    note("off by", pend_misaligned(&NVIC->ISPR[0], 1 << 1));
}

static void misalign_in_thread(void)
{
    note("process stack off by", pend_misaligned(&NVIC->ISPR[0], 1 << 1));
}

static void misalign_in_handler(struct frame *frame)
{
    note("main stack off by", pend_misaligned(&NVIC->ISPR[0], 1 << 2));
}

void case_alignment_of_both_stacks(void)
{
    enable(1, 0x40, misalign_in_handler);
    enable(2, 0x20, 0);
    call_on_process_stack(misalign_in_thread, 0);
}

void case_no_alignment_on_request(void)
{
    SCB->CCR = 0;
    enable(1, 0x40, 0);
    note("off by", pend_misaligned(&NVIC->ISPR[0], 1 << 1));
}

/* Every register that the handler may spoil, and the flags, must come back. */
__attribute__((naked, noinline)) static uint32_t pend_with_known_registers(volatile uint32_t *ispr, uint32_t irq,
                                                                           uint32_t *seen)
{
    __asm volatile("push {r4-r6, lr}\n"
                   "mov r4, r2\n"
                   "mov r5, r0\n"
                   "mov r6, r1\n"
                   "ldr r0, =0x11111111\n"
                   "ldr r1, =0x22222222\n"
                   "ldr r2, =0x33333333\n"
                   "ldr r3, =0x44444444\n"
                   "ldr r12, =0x55555555\n"
                   "ldr lr, =0x66666666\n"
                   "push {r7}\n"
                   "ldr r7, =0xF8000000\n"
                   "msr apsr_nzcvq, r7\n"
                   "pop {r7}\n"
                   "str r6, [r5]\n"
                   "dsb\n"
                   "isb\n"
                   "stmia r4, {r0-r3, r12, lr}\n"
                   "mrs r0, apsr\n"
                   "pop {r4-r6, pc}\n"
                   ".ltorg\n");
}

static void spoil_flags(struct frame *frame)
{
    __asm volatile("msr apsr_nzcvq, %0" ::"r"(0) : "cc");
}

void case_registers_come_back(void)
{
    uint32_t seen[6];

    enable(1, 0x40, spoil_flags);
    note("apsr", pend_with_known_registers(&NVIC->ISPR[0], 1 << 1, seen) & 0xF8000000);
    for (unsigned i = 0; i < 6; i++)
        note("register", seen[i]);
}
