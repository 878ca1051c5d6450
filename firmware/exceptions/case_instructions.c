/* Instructions that live together with interrupts: exclusives, IT blocks, load and store multiple. */
#include "bench.h"
#include "log.h"

static uint32_t ldrex(volatile uint32_t *address)
{
    uint32_t value;
    __asm volatile("ldrex %0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static uint32_t strex(volatile uint32_t *address, uint32_t value)
{
    uint32_t failed;
    __asm volatile("strex %0, %2, [%1]" : "=&r"(failed) : "r"(address), "r"(value) : "memory");
    return failed;
}

void case_exclusives(void)
{
    volatile uint32_t word = 5;

    note("ldrex", ldrex(&word));
    note("strex", strex(&word, 6));
    note("strex without ldrex", strex(&word, 7));
    ldrex(&word);
    __asm volatile("clrex" ::: "memory");
    note("strex after clrex", strex(&word, 8));
    note("word", word);
}

void case_narrow_exclusives(void)
{
    volatile uint16_t half = 0x1234;
    volatile uint8_t byte = 0x56;
    uint32_t value, failed;

    __asm volatile("ldrexh %0, [%2]\n strexh %1, %3, [%2]"
                   : "=&r"(value), "=&r"(failed)
                   : "r"(&half), "r"(0xABCD)
                   : "memory");
    note("half", value << 16 | half);
    note("failed", failed);
    __asm volatile("ldrexb %0, [%2]\n strexb %1, %3, [%2]"
                   : "=&r"(value), "=&r"(failed)
                   : "r"(&byte), "r"(0xEF)
                   : "memory");
    note("byte", value << 16 | byte);
    note("failed", failed);
}

void case_exclusives_and_exceptions(void)
{
    volatile uint32_t word = 5;
    uint32_t failed;

    __asm volatile("ldrex r2, [%1]\n svc 0\n strex %0, %2, [%1]" : "=&r"(failed) : "r"(&word), "r"(6) : "r2", "memory");
    note("strex after an exception", failed);
    __asm volatile("ldrex r2, [%1]\n strex %0, %2, [%1]" : "=&r"(failed) : "r"(&word), "r"(7) : "r2", "memory");
    note("strex", failed);
    note("word", word);
}

static volatile uint32_t counter;

static void add_atomically(volatile uint32_t *address, uint32_t value)
{
    while (strex(address, ldrex(address) + value) != 0)
        ;
}

static void add_100(struct frame *frame)
{
    add_atomically(&counter, 100);
}

void case_exclusives_with_interrupts(void)
{
    counter = 0;
    enable(1, 0x40, add_100);
    for (unsigned i = 0; i < 3; i++) {
        add_atomically(&counter, 1);
        pend(1);
    }
    note("counter", counter);
}

/* Store to `address` inside an IT block if `condition`; every instruction of the block must run exactly once. */
static uint32_t store_conditionally(uint32_t condition, volatile uint32_t *address, uint32_t value)
{
    uint32_t result = 0;

    __asm volatile("cmp %1, #0\n"
                   "ittte ne\n"
                   "addne %0, #1\n"
                   "strne %3, [%2]\n"
                   "addne %0, #2\n"
                   "addeq %0, #16\n"
                   "dsb\n"
                   "isb\n"
                   : "+&r"(result)
                   : "r"(condition), "r"(address), "r"(value)
                   : "cc", "memory");
    return result;
}

void case_it_block_pends(void)
{
    enable(1, 0x40, 0);
    note("true", store_conditionally(1, &NVIC->ISPR[0], 1 << 1));
    note("false", store_conditionally(0, &NVIC->ISPR[0], 1 << 1));
    note("ispr", NVIC->ISPR[0]);
    cpsid_i();
    note("true, masked", store_conditionally(1, &NVIC->ISPR[0], 1 << 1));
    note("ispr", NVIC->ISPR[0]);
    cpsie_i();
}

void case_it_block_enables(void)
{
    enable(2, 0x40, 0);
    NVIC->ICER[0] = 1 << 2;
    pend(2);
    note("true", store_conditionally(1, &NVIC->ISER[0], 1 << 2));
}

void case_it_block_unmasks(void)
{
    uint32_t result = 0;

    enable(3, 0x40, 0);
    cpsid_i();
    pend(3);
    __asm volatile("cmp %0, #0\n"
                   "ittt eq\n"
                   "addeq %0, #1\n"
                   "msreq primask, %1\n"
                   "addeq %0, #2\n"
                   "isb\n"
                   : "+&r"(result)
                   : "r"(0)
                   : "cc", "memory");
    note("result", result);
}

enum { WORDS = 8, ENOUGH = 20 };

static volatile uint32_t ticks;

static void count_tick(struct frame *frame)
{
    ticks++;
}

static void tick_often(void)
{
    ticks = 0;
    silent = true; /* how many ticks come is a matter of time, and so is where they strike */
    on_system(EXCEPTION_SYSTICK, 0x40, count_tick);
    SYST->RVR = 499;
    SYST->CVR = 0;
    SYST->CSR = SYST_CSR_CLKSOURCE | SYST_CSR_TICKINT | SYST_CSR_ENABLE;
}

__attribute__((naked, noinline)) static void copy_eight(uint32_t *to, const uint32_t *from)
{
    __asm volatile("push {r4-r9}\n"
                   "ldmia r1!, {r2-r9}\n"
                   "stmia r0!, {r2-r9}\n"
                   "pop {r4-r9}\n"
                   "bx lr\n");
}

void case_multiple_loads_interrupted(void)
{
    uint32_t from[WORDS], to[WORDS], wrong = 0;

    tick_often();
    for (uint32_t round = 0; ticks < ENOUGH; round++) {
        for (uint32_t i = 0; i < WORDS; i++)
            from[i] = round * 0x9E3779B9 + i;
        copy_eight(to, from);
        for (uint32_t i = 0; i < WORDS; i++)
            wrong += to[i] != from[i];
    }
    SYST->CSR = 0;
    note("wrong", wrong);
}

static void count_tick_with_floats(struct frame *frame)
{
    volatile float spoiled = 0.5f;
    for (unsigned i = 0; i < 4; i++)
        spoiled = spoiled * 1.5f + 1.0f;
    ticks++;
}

/* Whole numbers: exact, so that any lost bit shows. */
__attribute__((noinline)) static unsigned add_floats(float a, float b, float c)
{
    for (unsigned i = 0; i < 100; i++) {
        __asm volatile(""); /* or the compiler calls this once and keeps the result */
        a += b;
        b += c;
        c += 1.0f;
    }
    return (unsigned)a ^ (unsigned)b ^ (unsigned)c;
}

void case_floats_interrupted(void)
{
    unsigned expected = add_floats(1, 2, 3), wrong = 0;

    note("expected", expected);
    tick_often();
    actions[EXCEPTION_SYSTICK] = count_tick_with_floats;
    while (ticks < ENOUGH)
        wrong += add_floats(1, 2, 3) != expected;
    SYST->CSR = 0;
    note("wrong", wrong);
}

void case_critical_sections_interrupted(void)
{
    uint32_t wrong = 0;

    tick_often();
    while (ticks < ENOUGH) {
        uint32_t state = mask_interrupts();
        uint32_t before = ticks;
        for (volatile unsigned i = 0; i < 50; i++)
            ;
        wrong += ticks != before;
        restore_interrupts(state);
    }
    SYST->CSR = 0;
    note("wrong", wrong);
}
