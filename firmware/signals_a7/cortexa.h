/* The few instructions of the Cortex-A7 that C cannot say, and its generic timer.
 * Names are those of the Armv7-A Architecture Reference Manual; nothing here knows the STM32MP1. */
#ifndef CORTEXA_H
#define CORTEXA_H

#include <stdint.h>

static inline void disable_interrupts(void) { __asm volatile("cpsid i" ::: "memory"); }
static inline void enable_interrupts(void) { __asm volatile("cpsie i\n isb" ::: "memory"); } /* taken by the isb */
static inline void wait_for_interrupt(void) { __asm volatile("dsb\n wfi" ::: "memory"); }
static inline void data_memory_barrier(void) { __asm volatile("dmb" ::: "memory"); }

/* Critical section that may be nested: returns what restore_interrupts() needs. */
static inline uint32_t mask_interrupts(void)
{
    uint32_t cpsr;
    __asm volatile("mrs %0, cpsr\n cpsid i" : "=r"(cpsr)::"memory");
    return cpsr;
}

static inline void restore_interrupts(uint32_t cpsr) { __asm volatile("msr cpsr_c, %0" ::"r"(cpsr) : "memory"); }

/* The virtual timer: it interrupts in every security state and at every privilege alike. */
enum { CNTV_CTL_ENABLE = 1 << 0, CNTV_CTL_IMASK = 1 << 1, CNTV_CTL_ISTATUS = 1 << 2 };

static inline uint32_t read_cntfrq(void)
{
    uint32_t hz;
    __asm volatile("mrc p15, 0, %0, c14, c0, 0" : "=r"(hz));
    return hz;
}

static inline uint64_t read_cntvct(void)
{
    uint64_t ticks;
    __asm volatile("isb\n mrrc p15, 1, %Q0, %R0, c14" : "=r"(ticks)::"memory");
    return ticks;
}

static inline void write_cntv_tval(uint32_t ticks) { __asm volatile("mcr p15, 0, %0, c14, c3, 0" ::"r"(ticks)); }

static inline void write_cntv_ctl(uint32_t value)
{
    __asm volatile("mcr p15, 0, %0, c14, c3, 1\n isb" ::"r"(value) : "memory");
}

static inline uint32_t read_cntv_ctl(void)
{
    uint32_t value;
    __asm volatile("mrc p15, 0, %0, c14, c3, 1" : "=r"(value)::"memory");
    return value;
}

#endif
