/* The floating-point context: the long frame, FPCA, and that no register is lost at any depth. */
#include "bench.h"
#include "log.h"

enum { FLOATS = 32 };

/* Load all of S0-S31, pend, and store them again. */
__attribute__((naked, noinline)) static void pend_with_floats(volatile uint32_t *ispr, uint32_t irq,
                                                             const uint32_t *before, uint32_t *after)
{
    __asm volatile("vpush {d8-d15}\n"
                   "vldmia r2, {s0-s31}\n"
                   "str r1, [r0]\n"
                   "dsb\n"
                   "isb\n"
                   "vstmia r3, {s0-s31}\n"
                   "vpop {d8-d15}\n"
                   "bx lr\n");
}

/* Pend `irqs` with known floats; how many of the 32 registers have changed afterwards. */
static uint32_t changed_by(uint32_t irqs, uint32_t pattern)
{
    uint32_t before[FLOATS], after[FLOATS], changed = 0;

    for (uint32_t i = 0; i < FLOATS; i++)
        before[i] = pattern + i * 0x01010101;
    pend_with_floats(&NVIC->ISPR[0], irqs, before, after);
    for (unsigned i = 0; i < FLOATS; i++)
        changed += before[i] != after[i];
    return changed;
}

static void spoil_floats(struct frame *frame)
{
    note("control before", read_control());
    changed_by(0, 0x7F000000);
    note("control after", read_control());
}

void case_no_float_context(void)
{
    enable(1, 0x40, 0);
    pend(1);
    note("control", read_control());
}

void case_float_frame(void)
{
    enable(1, 0x40, 0);
    note("changed", changed_by(1 << 1, 0x3F800000));
    note("control", read_control());
    pend(1); /* the context stays until somebody clears FPCA */
    write_control(0);
    pend(1);
}

void case_float_frame_and_floats_in_the_handler(void)
{
    enable(1, 0x40, spoil_floats);
    note("changed", changed_by(1 << 1, 0x40000000));
}

void case_floats_in_the_handler_alone(void)
{
    enable(1, 0x40, spoil_floats);
    pend(1);
    note("control", read_control());
}

static void use_floats_and_pend(struct frame *frame)
{
    note("changed in the handler", changed_by(1 << 2, 0xC0000000));
}

static void only_pend(struct frame *frame)
{
    pend(2);
}

void case_nested_float_frames(void)
{
    enable(2, 0x20, spoil_floats);
    enable(1, 0x40, use_floats_and_pend);
    note("changed", changed_by(1 << 1, 0x41000000));
    write_control(0);
    pend(1); /* the outer frame is short, the inner one long */
    write_control(0);
    actions[IRQ(1)] = only_pend;
    note("changed", changed_by(1 << 1, 0x42000000)); /* the outer long, the inner short */
}

static void tail_chain(struct frame *frame)
{
    note("changed in the handler", changed_by(1 << 3, 0x43000000)); /* 3 waits: it is as urgent as 1 */
}

void case_tail_chaining_with_floats(void)
{
    enable(1, 0x40, tail_chain);
    enable(3, 0x40, spoil_floats);
    note("changed", changed_by(1 << 1, 0x44000000));
}

static void floats_on_process_stack(void)
{
    note("changed", changed_by(1 << 1, 0x45000000));
}

void case_float_frame_on_the_process_stack(void)
{
    enable(1, 0x40, use_floats_and_pend);
    enable(2, 0x20, spoil_floats);
    call_on_process_stack(floats_on_process_stack, 0);
}

enum { FPSCR_ROUND_TO_ZERO = 3 << 22, FPSCR_DEFAULT_NAN = 1 << 25 };

static void note_fpscr(struct frame *frame)
{
    note("fpscr in the handler", read_fpscr());
    write_fpscr(FPSCR_DEFAULT_NAN);
}

void case_fpscr(void)
{
    enable(1, 0x40, note_fpscr);
    write_fpscr(FPSCR_ROUND_TO_ZERO);
    pend(1);
    note("fpscr", read_fpscr());
    write_fpscr(0);
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    __builtin_memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static void divide(struct frame *frame)
{
    volatile float one = 1.0f, three = 3.0f;
    note("third in the handler", bits_of(one / three));
}

void case_float_arithmetic(void)
{
    volatile float two = 2.0f;
    float sum = 0;

    enable(1, 0x40, divide);
    for (unsigned i = 1; i <= 4; i++) {
        float root = __builtin_sqrtf(two * (float)i);
        pend(1);
        sum += root;
    }
    note("sum of roots", bits_of(sum));
}
