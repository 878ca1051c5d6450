/* Vector table and reset handler: what stands between the core's release and main().
 * It programs no clock: Linux has done that, or the core runs from HSI. */
#include "cortexm.h"
#include "stm32mp157.h"

#include <string.h>

extern char stack_top[], data_start[], data_end[], data_load[], bss_start[], bss_end[];

int main(void);

void Reset_Handler(void)
{
    SCB->CPACR |= CPACR_CP10_CP11;
    synchronize();
    memcpy(data_start, data_load, (size_t)(data_end - data_start));
    memset(bss_start, 0, (size_t)(bss_end - bss_start));
    main();
    for (;;)
        wait_for_interrupt();
}

/* A handler that no image defines: stay here, where a debugger and the bench's diagnosis find the core. */
void Unexpected_Handler(void)
{
    for (;;)
        ;
}

#define DEFAULTS_TO_UNEXPECTED __attribute__((weak, alias("Unexpected_Handler")))

void NMI_Handler(void) DEFAULTS_TO_UNEXPECTED;
void HardFault_Handler(void) DEFAULTS_TO_UNEXPECTED;
void MemManage_Handler(void) DEFAULTS_TO_UNEXPECTED;
void BusFault_Handler(void) DEFAULTS_TO_UNEXPECTED;
void UsageFault_Handler(void) DEFAULTS_TO_UNEXPECTED;
void SVC_Handler(void) DEFAULTS_TO_UNEXPECTED;
void DebugMon_Handler(void) DEFAULTS_TO_UNEXPECTED;
void PendSV_Handler(void) DEFAULTS_TO_UNEXPECTED;
void SysTick_Handler(void) DEFAULTS_TO_UNEXPECTED;
void IPCC_RX1_IRQHandler(void) DEFAULTS_TO_UNEXPECTED;
void IPCC_TX1_IRQHandler(void) DEFAULTS_TO_UNEXPECTED;

typedef void (*vector)(void);

__attribute__((section(".isr_vector"), used)) static const vector vectors[EXCEPTION_IRQ0 + INTERRUPTS] = {
    [0] = (vector)stack_top,
    [1] = Reset_Handler,
    [EXCEPTION_NMI] = NMI_Handler,
    [EXCEPTION_HARDFAULT] = HardFault_Handler,
    [EXCEPTION_MEMMANAGE] = MemManage_Handler,
    [EXCEPTION_BUSFAULT] = BusFault_Handler,
    [EXCEPTION_USAGEFAULT] = UsageFault_Handler,
    [EXCEPTION_SVCALL] = SVC_Handler,
    [12] = DebugMon_Handler,
    [EXCEPTION_PENDSV] = PendSV_Handler,
    [EXCEPTION_SYSTICK] = SysTick_Handler,
    [EXCEPTION_IRQ0 ... EXCEPTION_IRQ0 + IPCC_RX1_IRQ - 1] = Unexpected_Handler,
    [EXCEPTION_IRQ0 + IPCC_RX1_IRQ] = IPCC_RX1_IRQHandler,
    [EXCEPTION_IRQ0 + IPCC_TX1_IRQ] = IPCC_TX1_IRQHandler,
    [EXCEPTION_IRQ0 + IPCC_TX1_IRQ + 1 ... EXCEPTION_IRQ0 + INTERRUPTS - 1] = Unexpected_Handler,
};
