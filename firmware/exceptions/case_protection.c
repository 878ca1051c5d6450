/* What the core refuses: memory by the MPU, the FPU by CPACR, a divisor of zero by CCR. */
#include "bench.h"
#include "log.h"

struct mpu {
    volatile uint32_t TYPE; /* 0xE000ED90 */
    volatile uint32_t CTRL;
    volatile uint32_t RNR;
    volatile uint32_t RBAR;
    volatile uint32_t RASR;
    volatile uint32_t aliases[6];
};
#define MPU ((struct mpu *)0xE000ED90)

enum {
    CTRL_ENABLE = 1 << 0,
    CTRL_HFNMIENA = 1 << 1,
    CTRL_PRIVDEFENA = 1 << 2,
    RBAR_VALID = 1 << 4,
    RASR_ENABLE = 1 << 0,
    RASR_XN = 1 << 28,
    NO_ACCESS = 0,
    PRIVILEGED_ONLY = 1,
    UNPRIVILEGED_READS = 2,
    FULL_ACCESS = 3,
    PRIVILEGED_READS = 5,
    READ_ONLY = 6,
    CCR_DIV_0_TRP = 1 << 4,
    SHCSR_MEMFAULTENA = 1 << 16,
    CFSR_MMARVALID = 1 << 7,
    GUARDED = 512, /* bytes */
};

static volatile uint32_t guarded[GUARDED / 4] __attribute__((aligned(GUARDED)));
static uint32_t refusals;

static void note_refusal(struct frame *frame)
{
    uint32_t cfsr = SCB->CFSR;

    note("cfsr", cfsr);
    if (cfsr & CFSR_MMARVALID)
        note("mmfar - guarded", SCB->MMFAR - (uint32_t)guarded);
    SCB->CFSR = cfsr;
    refusals++;
}

static void refuse_and_skip(struct frame *frame)
{
    note_refusal(frame);
    frame->pc += *(const uint16_t *)frame->pc >> 11 >= 0x1D ? 4 : 2;
}

static void refuse_and_return(struct frame *frame)
{
    note_refusal(frame);
    frame->pc = frame->lr & ~1u;
}

static void set_region(unsigned number, volatile void *base, unsigned bits, unsigned access, uint32_t more)
{
    MPU->RBAR = (uint32_t)base | RBAR_VALID | number;
    MPU->RASR = access << 24 | (bits - 1) << 1 | RASR_ENABLE | more;
}

static void switch_mpu(uint32_t control)
{
    MPU->CTRL = control;
    synchronize();
}

static void no_regions(void)
{
    switch_mpu(0);
    for (unsigned n = 0; n < 8; n++) {
        MPU->RNR = n;
        MPU->RASR = 0;
        MPU->RBAR = 0;
    }
}

static void begin(action *handler)
{
    no_regions();
    SCB->SHCSR |= SHCSR_MEMFAULTENA | SHCSR_USGFAULTENA;
    on_system(EXCEPTION_MEMMANAGE, 0, handler);
    on_system(EXCEPTION_USAGEFAULT, 0, handler);
    guarded[0] = 1;
    refusals = 0;
}

static void touch(unsigned word)
{
    uint32_t value;

    note("word", word);
    __asm volatile("ldr %0, [%1]" : "=r"(value) : "r"(&guarded[word]) : "memory");
    __asm volatile("str %0, [%1]" : : "r"(word), "r"(&guarded[word]) : "memory");
}

void case_mpu_registers(void)
{
    no_regions();
    note("type", MPU->TYPE);
    for (unsigned n = 0; n < 8; n++)
        set_region(n, (void *)(0x20000000 + 0x1000 * n), 12, n, 0xFF00);
    for (unsigned n = 0; n < 8; n++) {
        MPU->RNR = n;
        note("rbar", MPU->RBAR);
        note("rasr", MPU->RASR);
    }
    MPU->aliases[0] = 0x20010000 | RBAR_VALID | 6;
    MPU->aliases[1] = 0x05000011;
    note("rnr", MPU->RNR);
    note("rbar", MPU->RBAR);
    note("rasr", MPU->RASR);
    note("alias", MPU->aliases[5]);
    MPU->CTRL = CTRL_PRIVDEFENA;
    note("ctrl", MPU->CTRL);
    no_regions();
}

void case_mpu_access(void)
{
    static const uint8_t accesses[] = {NO_ACCESS, PRIVILEGED_ONLY, UNPRIVILEGED_READS, FULL_ACCESS, PRIVILEGED_READS, READ_ONLY};

    begin(refuse_and_skip);
    for (unsigned i = 0; i < sizeof(accesses); i++) {
        note("access", accesses[i]);
        set_region(0, guarded, 5, accesses[i], 0);
        switch_mpu(CTRL_ENABLE | CTRL_PRIVDEFENA);
        touch(0);
        touch(7);
        touch(8); /* behind the region */
        switch_mpu(0);
    }
    note("refusals", refusals);
}

static void touch_first(void)
{
    touch(0);
    touch(8);
}

void case_mpu_unprivileged(void)
{
    static const uint8_t accesses[] = {PRIVILEGED_ONLY, UNPRIVILEGED_READS, FULL_ACCESS, READ_ONLY};

    begin(refuse_and_skip);
    for (unsigned i = 0; i < sizeof(accesses); i++) {
        note("access", accesses[i]);
        set_region(0, (void *)0, 16, FULL_ACCESS, 0);
        set_region(1, guarded, 5, accesses[i], 0);
        switch_mpu(CTRL_ENABLE | CTRL_PRIVDEFENA);
        call_on_process_stack(touch_first, CONTROL_NPRIV);
        switch_mpu(0);
    }
    note("refusals", refusals);
}

void case_mpu_subregions(void)
{
    begin(refuse_and_skip);
    set_region(0, guarded, 9, READ_ONLY, 0);
    set_region(1, guarded, 9, NO_ACCESS, 0x5A00);
    switch_mpu(CTRL_ENABLE | CTRL_PRIVDEFENA);
    for (unsigned word = 0; word < GUARDED / 4; word += GUARDED / 4 / 8)
        touch(word);
    switch_mpu(0);
    note("refusals", refusals);
}

static void call(uint32_t address)
{
    ((void (*)(void))(address | 1))();
}

void case_mpu_execute(void)
{
    begin(refuse_and_return);
    guarded[0] = 0x4770BF00; /* NOP, BX LR */
    synchronize();
    set_region(0, guarded, 9, FULL_ACCESS, 0);
    switch_mpu(CTRL_ENABLE | CTRL_PRIVDEFENA);
    call((uint32_t)guarded);
    note("refusals", refusals);
    set_region(0, guarded, 9, FULL_ACCESS, RASR_XN);
    synchronize();
    call((uint32_t)guarded);
    note("refusals", refusals);
    switch_mpu(0);
}

static void load_guarded(struct frame *frame)
{
    uint32_t value;

    __asm volatile("ldr %0, [%1]" : "=r"(value) : "r"(guarded) : "memory");
    note("loaded", value);
    note("cfsr", SCB->CFSR);
    frame->pc += 2;
}

void case_mpu_in_hardfault(void)
{
    begin(0);
    SCB->SHCSR = 0;
    set_region(0, guarded, 9, NO_ACCESS, 0);
    switch_mpu(CTRL_ENABLE | CTRL_PRIVDEFENA);
    on_system(EXCEPTION_HARDFAULT, 0, load_guarded);
    __asm volatile("udf #0");
    switch_mpu(0);
}

void case_division_by_zero(void)
{
    uint32_t quotient = 5;

    begin(refuse_and_skip);
    __asm volatile("udiv %0, %1, %2" : "=r"(quotient) : "r"(7), "r"(0));
    note("quotient without the trap", quotient);
    SCB->CCR |= CCR_DIV_0_TRP;
    synchronize();
    quotient = 5;
    /* ISB: QEMU forgets at this fault what was computed since the last branch. */
    __asm volatile("isb\n udiv %0, %1, %2" : "+r"(quotient) : "r"(7), "r"(0));
    note("quotient", quotient);
    __asm volatile("isb\n sdiv %0, %1, %2" : "+r"(quotient) : "r"(7), "r"(0));
    note("quotient", quotient);
    __asm volatile("sdiv %0, %1, %2" : "=r"(quotient) : "r"(-7), "r"(2));
    note("-7 / 2", quotient);
    __asm volatile("cmp %1, %1\n itte eq\n udiveq %0, %1, %2\n addeq %0, #1\n addne %0, #100\n"
                   : "=&r"(quotient)
                   : "r"(7), "r"(2)
                   : "cc");
    note("7 / 2 + 1", quotient);
    note("refusals", refusals);
}

static void use_fpu(void)
{
    __asm volatile("vmov s0, %0" ::"r"(1) : "s0");
    __asm volatile("vadd.f32 s0, s0, s0" ::: "s0");
    __asm volatile("cmp r0, r0\n it ne\n vmovne s0, r0" ::: "s0", "cc");
}

static void set_cpacr(uint32_t value)
{
    SCB->CPACR = value;
    request(ICSR_PENDSVSET); /* QEMU notices at the next exception */
}

void case_fpu_switched_off(void)
{
    static const uint8_t accesses[] = {0, 1, 3};

    write_control(read_control() & ~CONTROL_FPCA);
    begin(refuse_and_skip);
    for (unsigned i = 0; i < sizeof(accesses); i++) {
        note("access", accesses[i]);
        set_cpacr((uint32_t)(accesses[i] * 5) << 20);
        use_fpu();
        note("refusals", refusals);
        if (accesses[i] == 1)
            continue; /* ours notices a change of privilege without an exception at the next exception only */
        call_on_process_stack(use_fpu, CONTROL_NPRIV);
        note("refusals, unprivileged", refusals);
    }
    set_cpacr(CPACR_CP10_CP11);
    write_control(read_control() & ~CONTROL_FPCA);
}
