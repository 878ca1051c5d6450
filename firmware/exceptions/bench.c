/* The handler of all exceptions, and the state in which every case starts. See bench.h. */
#include "bench.h"

#include "log.h"

#include <string.h>

enum { XPSR_IT = 0x0600FC00 }; /* where inside an IT block an interrupt strikes is the implementation's choice */

static const char *const names[EXCEPTION_IRQ0] = {
    [EXCEPTION_NMI] = "NMI",           [EXCEPTION_HARDFAULT] = "HardFault",   [EXCEPTION_MEMMANAGE] = "MemManage",
    [EXCEPTION_BUSFAULT] = "BusFault", [EXCEPTION_USAGEFAULT] = "UsageFault", [EXCEPTION_SVCALL] = "SVCall",
    [EXCEPTION_PENDSV] = "PendSV",     [EXCEPTION_SYSTICK] = "SysTick",
};

action *actions[EXCEPTIONS];

static void put_field(const char *name, uint32_t value, unsigned digits)
{
    put_text(name);
    put_hex(value, digits);
}

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

static void log_exception(uint32_t exception, const struct frame *frame, uint32_t exc_return)
{
    put_name(exception);
    put_field(": ipsr ", exception, 3);
    put_field(" xpsr ", frame->xpsr & ~XPSR_IT, 8);
    put_field(" exc_return ", exc_return, 8);
    put_field(" control ", read_control(), 1);
    put_field(" icsr ", SCB->ICSR, 8);
    put_field(" iabr ", NVIC->IABR[0], 8);
    put_field(" frame ", (uint32_t)frame, 4);
    put_text("\n");
}

void handle_exception(struct frame *frame, uint32_t exc_return)
{
    uint32_t exception = read_ipsr();

    log_exception(exception, frame, exc_return);
    if (actions[exception] != 0)
        actions[exception](frame);
}

void set_system_priority(enum exception exception, uint8_t priority)
{
    SCB->SHPR[exception - EXCEPTION_MEMMANAGE] = priority;
}

void enable(unsigned irq, uint8_t priority, action *handler)
{
    NVIC->IPR[irq] = priority;
    actions[IRQ(irq)] = handler;
    NVIC->ISER[0] = 1u << irq;
    synchronize();
}

void pend(unsigned irq)
{
    NVIC->ISPR[0] = 1u << irq;
    synchronize();
}

void reset_core(void)
{
    SYST->CSR = 0;
    NVIC->ICER[0] = 0xFFFFFFFF;
    NVIC->ICPR[0] = 0xFFFFFFFF;
    SCB->ICSR = ICSR_PENDSTCLR | ICSR_PENDSVCLR;
    SCB->AIRCR = 0x05FA0000;
    SCB->SHCSR = 0;
    SCB->CFSR = 0xFFFFFFFF;
    SCB->HFSR = 0xFFFFFFFF;
    for (unsigned irq = 0; irq < EXTERNAL_INTERRUPTS; irq++)
        NVIC->IPR[irq] = 0;
    for (unsigned i = 0; i < sizeof(SCB->SHPR); i++)
        SCB->SHPR[i] = 0;
    write_basepri(0);
    cpsie_f();
    cpsie_i();
    memset(actions, 0, sizeof(actions));
    synchronize();
}
