/* The handler of all exceptions, and the state in which every case starts. See bench.h. */
#include "bench.h"

#include "log.h"

#include <string.h>

enum {
    XPSR_IT = 0x0600FC00, /* where in an IT block or a load-multiple an interrupt strikes is up to the core */
    ICSR_RETTOBASE = 1 << 11,
    ICSR_VECTPENDING = 0x1FF << 12,
    PROCESS_STACK_WORDS = 512,
};

static const char *const names[EXCEPTION_IRQ0] = {
    [EXCEPTION_NMI] = "NMI",           [EXCEPTION_HARDFAULT] = "HardFault",   [EXCEPTION_MEMMANAGE] = "MemManage",
    [EXCEPTION_BUSFAULT] = "BusFault", [EXCEPTION_USAGEFAULT] = "UsageFault", [EXCEPTION_SVCALL] = "SVCall",
    [EXCEPTION_PENDSV] = "PendSV",     [EXCEPTION_SYSTICK] = "SysTick",
};

action *actions[EXCEPTIONS];
bool silent;

static void put_name(uint32_t exception)
{
    put_text("  ");
    if (exception < EXCEPTION_IRQ0) {
        put_text(names[exception]);
        return;
    }
    put_text("IRQ");
    put_decimal(exception - EXCEPTION_IRQ0);
}

static void put_field(const char *name, uint32_t value, unsigned digits)
{
    put_text(name);
    put_hex(value, digits);
}

uint32_t icsr(void)
{
    uint32_t value = SCB->ICSR;

    if (read_ipsr() == 0)
        value &= ~ICSR_RETTOBASE;
    if (read_basepri() != 0 || read_faultmask() != 0)
        value &= ~ICSR_VECTPENDING;
    return value;
}

static void log_exception(uint32_t exception, const struct frame *frame, uint32_t exc_return)
{
    put_name(exception);
    put_field(": ipsr ", exception, 3);
    put_field(" xpsr ", frame->xpsr & ~XPSR_IT, 8);
    put_field(" exc_return ", exc_return, 8);
    put_field(" control ", read_control(), 1);
    put_field(" icsr ", icsr(), 8);
    put_field(" iabr ", NVIC->IABR[0], 8);
    put_field(" frame ", (uint32_t)frame, 4);
    put_text("\n");
}

void handle_exception(struct frame *frame, uint32_t exc_return)
{
    uint32_t exception = read_ipsr();

    if (!silent)
        log_exception(exception, frame, exc_return);
    if (actions[exception] != 0)
        actions[exception](frame);
}

void enable(unsigned irq, uint8_t priority, action *handler)
{
    NVIC->IPR[irq] = priority;
    actions[IRQ(irq)] = handler;
    NVIC->ISER[0] = 1u << irq;
    synchronize();
}

void pend_all(uint32_t irqs)
{
    NVIC->ISPR[0] = irqs;
    synchronize();
}

void pend(unsigned irq)
{
    pend_all(1u << irq);
}

void on_system(enum exception exception, uint8_t priority, action *handler)
{
    if (exception >= EXCEPTION_MEMMANAGE)
        SCB->SHPR[exception - EXCEPTION_MEMMANAGE] = priority;
    actions[exception] = handler;
    synchronize();
}

void request(uint32_t icsr_bit)
{
    SCB->ICSR = icsr_bit;
    synchronize();
}

static void become_privileged(struct frame *frame)
{
    write_control(read_control() & ~CONTROL_NPRIV);
}

__attribute__((naked)) static void switch_stacks(void (*body)(void), uint32_t control, uint32_t *top)
{
    __asm volatile("push {r4, lr}\n"
                   "msr psp, r2\n"
                   "msr control, r1\n"
                   "isb\n"
                   "blx r0\n"
                   "svc 0\n" /* its action makes the thread privileged */
                   "movs r0, #0\n"
                   "msr control, r0\n"
                   "isb\n"
                   "pop {r4, pc}\n");
}

void call_on_process_stack(void (*body)(void), uint32_t control)
{
    static uint32_t stack[PROCESS_STACK_WORDS] __attribute__((aligned(8)));

    actions[EXCEPTION_SVCALL] = become_privileged;
    switch_stacks(body, control | CONTROL_SPSEL, stack + PROCESS_STACK_WORDS);
}

void reset_core(void)
{
    SYST->CSR = 0;
    NVIC->ICER[0] = 0xFFFFFFFF;
    NVIC->ICPR[0] = 0xFFFFFFFF;
    SCB->ICSR = ICSR_PENDSTCLR | ICSR_PENDSVCLR;
    SCB->AIRCR = AIRCR_VECTKEY;
    SCB->SCR = 0;
    SCB->CCR = CCR_STKALIGN;
    SCB->SHCSR = 0;
    SCB->CFSR = 0xFFFFFFFF;
    SCB->HFSR = 0xFFFFFFFF;
    memset((void *)NVIC->IPR, 0, EXTERNAL_INTERRUPTS);
    memset((void *)SCB->SHPR, 0, sizeof(SCB->SHPR));
    memset(actions, 0, sizeof(actions));
    silent = false;
    write_control(0); /* no floating-point context either */
    __asm volatile("msr apsr_nzcvq, %0" ::"r"(0) : "cc");
    write_basepri(0);
    cpsie_f();
    cpsie_i();
}
