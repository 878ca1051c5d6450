/* The Cortex-M4's own registers and the few instructions that C cannot say.
 * Names are those of the Armv7-M Architecture Reference Manual; nothing here knows the STM32MP1. */
#ifndef CORTEXM_H
#define CORTEXM_H

#include <stdint.h>

struct nvic {
    volatile uint32_t ISER[32];  /* 0xE000E100: enable */
    volatile uint32_t ICER[32];  /* 0xE000E180: disable */
    volatile uint32_t ISPR[32];  /* 0xE000E200: set pending */
    volatile uint32_t ICPR[32];  /* 0xE000E280: clear pending */
    volatile uint32_t IABR[64];  /* 0xE000E300: active, read-only */
    volatile uint8_t IPR[0xB00]; /* 0xE000E400: one priority byte per interrupt */
    volatile uint32_t STIR;      /* 0xE000EF00: pend the interrupt whose number is written */
};
#define NVIC ((struct nvic *)0xE000E100)

struct scb {
    volatile uint32_t CPUID;    /* 0xE000ED00 */
    volatile uint32_t ICSR;     /* 0xE000ED04 */
    volatile uint32_t VTOR;     /* 0xE000ED08 */
    volatile uint32_t AIRCR;    /* 0xE000ED0C */
    volatile uint32_t SCR;      /* 0xE000ED10 */
    volatile uint32_t CCR;      /* 0xE000ED14 */
    volatile uint8_t SHPR[12];  /* 0xE000ED18: priority bytes of exceptions 4..15 */
    volatile uint32_t SHCSR;    /* 0xE000ED24 */
    volatile uint32_t CFSR;     /* 0xE000ED28 */
    volatile uint32_t HFSR;     /* 0xE000ED2C */
    volatile uint32_t DFSR;     /* 0xE000ED30 */
    volatile uint32_t MMFAR;    /* 0xE000ED34 */
    volatile uint32_t BFAR;     /* 0xE000ED38 */
    uint32_t reserved[19];
    volatile uint32_t CPACR;    /* 0xE000ED88 */
};
#define SCB ((struct scb *)0xE000ED00)

struct systick {
    volatile uint32_t CSR; /* 0xE000E010 */
    volatile uint32_t RVR;
    volatile uint32_t CVR;
};
#define SYST ((struct systick *)0xE000E010)

enum {
    ICSR_PENDSTCLR = 1 << 25,
    ICSR_PENDSTSET = 1 << 26,
    ICSR_PENDSVCLR = 1 << 27,
    ICSR_PENDSVSET = 1 << 28,
    AIRCR_VECTKEY = 0x05FA0000,
    CCR_NONBASETHRDENA = 1 << 0, /* a handler may return to thread mode while others are active */
    CCR_USERSETMPEND = 1 << 1,   /* unprivileged code may write STIR */
    CCR_STKALIGN = 1 << 9,       /* frames lie at multiples of eight */
    SCR_SLEEPDEEP = 1 << 2,
    SCR_SEVONPEND = 1 << 4,      /* becoming pending is an event for WFE */
    SHCSR_BUSFAULTENA = 1 << 17,
    SHCSR_USGFAULTENA = 1 << 18,
    CFSR_BFARVALID = 1 << 15,
    SYST_CSR_ENABLE = 1 << 0,
    SYST_CSR_TICKINT = 1 << 1,
    SYST_CSR_CLKSOURCE = 1 << 2, /* the core's clock, not the external reference */
    SYST_CSR_COUNTFLAG = 1 << 16,
    CPACR_CP10_CP11 = 0xF << 20, /* full access to the FPU */
};

#define ICSR_NMIPENDSET (1u << 31)

enum exception {
    EXCEPTION_NMI = 2,
    EXCEPTION_HARDFAULT = 3,
    EXCEPTION_MEMMANAGE = 4,
    EXCEPTION_BUSFAULT = 5,
    EXCEPTION_USAGEFAULT = 6,
    EXCEPTION_SVCALL = 11,
    EXCEPTION_PENDSV = 14,
    EXCEPTION_SYSTICK = 15,
    EXCEPTION_IRQ0 = 16,
};

static inline void disable_interrupts(void) { __asm volatile("cpsid i" ::: "memory"); }
static inline void enable_interrupts(void) { __asm volatile("cpsie i" ::: "memory"); }
static inline void wait_for_interrupt(void) { __asm volatile("dsb\n wfi" ::: "memory"); }
static inline void data_memory_barrier(void) { __asm volatile("dmb" ::: "memory"); }
static inline void synchronize(void) { __asm volatile("dsb\n isb" ::: "memory"); }

/* Critical section that may be nested: returns what restore_interrupts() needs. */
static inline uint32_t mask_interrupts(void)
{
    uint32_t primask;
    __asm volatile("mrs %0, primask\n cpsid i" : "=r"(primask)::"memory");
    return primask;
}

static inline void restore_interrupts(uint32_t primask)
{
    __asm volatile("msr primask, %0" ::"r"(primask) : "memory");
}

static inline void nvic_enable(unsigned irq) { NVIC->ISER[irq / 32] = 1u << (irq % 32); }

#endif
