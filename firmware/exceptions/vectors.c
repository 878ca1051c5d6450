/* Vector table, reset, and the one entry of all exceptions. */
#include "bench.h"
#include "log.h"

#include <string.h>

extern char stack_top[], bss_start[], bss_end[];

int main(void);

void Reset_Handler(void)
{
    SCB->CPACR |= CPACR_CP10_CP11;
    synchronize();
    memset(bss_start, 0, (size_t)(bss_end - bss_start));
    main();
    leave();
}

/* Find the frame where EXC_RETURN says that it is. Two words are pushed below it; exc_return_of() knows. */
__attribute__((naked)) void exception_entry(void)
{
    __asm volatile("tst lr, #4\n"
                   "ite eq\n"
                   "mrseq r0, msp\n"
                   "mrsne r0, psp\n"
                   "mov r1, lr\n"
                   "push {r4, lr}\n"
                   "bl handle_exception\n"
                   "pop {r4, pc}\n");
}

uint32_t *exc_return_of(struct frame *frame)
{
    return (uint32_t *)frame - 1;
}

typedef void (*vector)(void);

__attribute__((section(".isr_vector"), used)) static const vector vectors[EXCEPTIONS] = {
    [0] = (vector)stack_top,
    [1] = Reset_Handler,
    [EXCEPTION_NMI ... EXCEPTIONS - 1] = exception_entry,
};
