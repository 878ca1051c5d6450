/* The special registers and instructions that the cases use, each as a function. */
#ifndef SPECIAL_H
#define SPECIAL_H

#include <stdint.h>

#define SPECIAL_REGISTER(name)                                                                                         \
    static inline uint32_t read_##name(void)                                                                          \
    {                                                                                                                  \
        uint32_t value;                                                                                                \
        __asm volatile("mrs %0, " #name : "=r"(value)::"memory");                                                      \
        return value;                                                                                                  \
    }                                                                                                                  \
    static inline void write_##name(uint32_t value)                                                                    \
    {                                                                                                                  \
        __asm volatile("msr " #name ", %0\n isb" ::"r"(value) : "memory");                                             \
    }

SPECIAL_REGISTER(msp)
SPECIAL_REGISTER(psp)
SPECIAL_REGISTER(control)
SPECIAL_REGISTER(primask)
SPECIAL_REGISTER(basepri)
SPECIAL_REGISTER(basepri_max)
SPECIAL_REGISTER(faultmask)

static inline uint32_t read_ipsr(void)
{
    uint32_t value;
    __asm volatile("mrs %0, ipsr" : "=r"(value));
    return value;
}

static inline uint32_t read_fpscr(void)
{
    uint32_t value;
    __asm volatile("vmrs %0, fpscr" : "=r"(value));
    return value;
}

static inline void write_fpscr(uint32_t value) { __asm volatile("vmsr fpscr, %0" ::"r"(value)); }

static inline void cpsid_f(void) { __asm volatile("cpsid f\n isb" ::: "memory"); }
static inline void cpsie_f(void) { __asm volatile("cpsie f\n isb" ::: "memory"); }
static inline void cpsid_i(void) { __asm volatile("cpsid i\n isb" ::: "memory"); }
static inline void cpsie_i(void) { __asm volatile("cpsie i\n isb" ::: "memory"); }

enum {
    CONTROL_NPRIV = 1 << 0,
    CONTROL_SPSEL = 1 << 1,
    CONTROL_FPCA = 1 << 2,
};

#endif
