/* signals_a7: the Cortex-A7 side of the M4 image `ipcc_signals`, which must be loaded. It releases that core, drives
 * each of the two exchanges of the image by interrupts, and says on UART4 what holds (report.h).
 *
 * What the image does on CH5 and CH6, and where its words and texts lie, is in firmware/README.md. */
#include "cortexa.h"
#include "gic.h"
#include "ipcc.h"
#include "report.h"
#include "stm32mp157.h"
#include "wait.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ROUNDS = 50,
    READY = 0x35434349,
    PATIENCE_US = 10000, /* for one step of the M4; it takes some 100 us */
    SETTLE_US = 5000,    /* and after this it has done what it was going to do */
    LONGEST_TEXT = 200,
};

struct exchange {
    uint32_t request;
    uint32_t answer;
    uint32_t done;
    uint32_t wrong;
};

struct shared {
    uint32_t ready;
    uint32_t reserved[3];
    struct exchange a7_to_m4;
    struct exchange m4_to_a7;
};

static volatile struct shared *const shared = (void *)0x10048000;
static volatile char *const shared_text = (void *)0x10049000;

/* What the interrupts have seen. */
static volatile unsigned occupied[CH6 + 1], freed[CH6 + 1]; /* how often */
static volatile bool other_way_free[CH6 + 1];               /* at the last RX-occupied interrupt */
static volatile unsigned unset_flags;                       /* such interrupts whose flag was not set */

static void note_freed(enum ipcc_channel channel)
{
    freed[channel]++;
}

static void note_occupied(enum ipcc_channel channel)
{
    if (!(IPCC->C2TOC1SR & IPCC_SR_CHF(channel)))
        unset_flags++;
    other_way_free[channel] = ipcc_is_free(channel);
    occupied[channel]++;
}

static void answer_question(enum ipcc_channel channel)
{
    note_occupied(channel);
    shared->m4_to_a7.answer = ~shared->m4_to_a7.request;
    data_memory_barrier(); /* the answer is in memory before the flag says so */
    ipcc_release(channel);
}

static void release_m4(void)
{
    RCC_MP_GCR = RCC_MP_GCR_BOOT_MCU;
    RCC_MP_GCR = 0; /* the next reset holds it again */
}

/* Answer the M4's first question, which it asks as soon as it listens. */
static bool m4_comes_up(void)
{
    unsigned before = occupied[CH5];
    return await(&occupied[CH5], before + 1, PATIENCE_US) && shared->ready == READY && shared->m4_to_a7.request == 1;
}

static void claims_of_timer(void)
{
    uint64_t start = read_cntvct();
    unsigned ticks = pass_time(1000);
    uint32_t took = (uint32_t)(read_cntvct() - start) / (read_cntfrq() / 1000000);
    claim("the virtual timer interrupts once, after 1 ms", true, ticks == 1 && took >= 1000 && took < 1100);
}

static void claims_of_start(void)
{
    claim("the IPCC has 6 channels", 6, IPCC_HWCFGR & 0xFF);
    shared->ready = 0;
    pass_time(SETTLE_US);
    claim("the M4 is held before BOOT_MCU lets it go", 0, shared->ready);
    ipcc_on_occupied(CH5, answer_question);
    release_m4();
    claim("released, the M4 asks on CH5: RX0", true, m4_comes_up());
}

/* One request and, for it, the M4's next question. */
static bool exchange_words(uint32_t request)
{
    unsigned answers = freed[CH5], questions = occupied[CH5];
    uint32_t question = shared->m4_to_a7.request;

    shared->a7_to_m4.request = request;
    ipcc_post(CH5);
    ipcc_when_free(CH5, note_freed); /* after posting: a free channel would interrupt at once */
    return await(&freed[CH5], answers + 1, PATIENCE_US) && shared->a7_to_m4.answer == ~request &&
           await(&occupied[CH5], questions + 1, PATIENCE_US) && shared->m4_to_a7.request == question + 1;
}

static void claims_of_words(void)
{
    unsigned good = 0, answers = freed[CH5], questions = occupied[CH5];

    for (uint32_t round = 0; round < ROUNDS; round++)
        good += exchange_words(0x5A000000 + round * 0x00010203);
    pass_time(SETTLE_US); /* for the M4 to pick up our last answer */
    claim("50 requests on CH5 are answered, and 50 questions asked in turn", ROUNDS, good);
    claim("each answer frees CH5: one TX0", ROUNDS, freed[CH5] - answers);
    claim("each question occupies CH5: one RX0", ROUNDS, occupied[CH5] - questions);
    claim("the M4 counts as many requests", ROUNDS, shared->a7_to_m4.done);
    claim("the M4 counts as many answers, and the first", ROUNDS + 1, shared->m4_to_a7.done);
    claim("the M4 finds no answer wrong", 0, shared->m4_to_a7.wrong);
}

static char letter(unsigned round, unsigned place, char first)
{
    return (char)(first + (round * 7 + place) % 26);
}

static void write_text(unsigned round, unsigned length, char head)
{
    for (unsigned i = 0; i < length; i++)
        shared_text[i] = letter(round, i, 'a');
    shared_text[length] = '\0';
    if (head)
        shared_text[0] = head;
}

static bool text_is_answered(unsigned round, unsigned length, char head)
{
    for (unsigned i = head ? 1 : 0; i < length; i++) {
        if (shared_text[i] != letter(round, i, 'A'))
            return false;
    }
    return shared_text[length] == '\0' && (!head || shared_text[0] == head);
}

/* A text for the M4; CH6 is free before, and `note_occupied` leaves the answer untaken. */
static void send_text(void)
{
    ipcc_post(CH6);
    ipcc_when_free(CH6, note_freed);
}

/* The order of Linux's mailbox: the text is taken, then comes the answer. */
static bool exchange_text(unsigned round, unsigned length)
{
    unsigned taken = freed[CH6], answers = occupied[CH6];

    write_text(round, length, '\0');
    send_text();
    bool good = await(&occupied[CH6], answers + 1, PATIENCE_US) && other_way_free[CH6] &&
                await(&freed[CH6], taken + 1, PATIENCE_US) && text_is_answered(round, length, '\0');
    ipcc_release(CH6);
    return good;
}

/* The other order: the answer comes first, and the text is freed when the answer has been taken. */
static bool exchange_text_answered_first(unsigned round, unsigned length)
{
    unsigned taken = freed[CH6], answers = occupied[CH6];

    write_text(round, length, '!');
    send_text();
    bool good = await(&occupied[CH6], answers + 1, PATIENCE_US) && !other_way_free[CH6] && freed[CH6] == taken &&
                text_is_answered(round, length, '!');
    ipcc_release(CH6);
    return await(&freed[CH6], taken + 1, PATIENCE_US) && good;
}

static void claims_of_texts(void)
{
    unsigned good = 0;

    ipcc_on_occupied(CH6, note_occupied);
    for (unsigned round = 0; round < ROUNDS; round++)
        good += exchange_text(round, 1 + round * (LONGEST_TEXT - 1) / (ROUNDS - 1));
    claim("50 texts on CH6 are taken, then come back in capitals: TX0, RX0", ROUNDS, good);
    good = 0;
    for (unsigned round = 0; round < ROUNDS; round++)
        good += exchange_text_answered_first(round, 2 + round);
    claim("50 texts on CH6 come back first, and are freed when that is taken: RX0, TX0", ROUNDS, good);
}

/* Both channels at once, by one write of C1SCR. */
static bool exchange_both(unsigned round)
{
    unsigned answers = freed[CH5], questions = occupied[CH5], taken = freed[CH6], texts = occupied[CH6];
    uint32_t request = ~(round << 16);

    shared->a7_to_m4.request = request;
    write_text(round, LONGEST_TEXT, '\0');
    data_memory_barrier();
    IPCC->C1SCR = IPCC_SCR_CHS(CH5) | IPCC_SCR_CHS(CH6);
    ipcc_when_free(CH5, note_freed);
    ipcc_when_free(CH6, note_freed);
    bool good = await(&freed[CH5], answers + 1, PATIENCE_US) && shared->a7_to_m4.answer == ~request &&
                await(&occupied[CH5], questions + 1, PATIENCE_US) && await(&occupied[CH6], texts + 1, PATIENCE_US) &&
                await(&freed[CH6], taken + 1, PATIENCE_US) && text_is_answered(round, LONGEST_TEXT, '\0');
    ipcc_release(CH6);
    return good;
}

static void claims_of_both(void)
{
    unsigned good = 0;

    for (unsigned round = 0; round < ROUNDS; round++)
        good += exchange_both(round);
    claim("50 requests and texts at once, on CH5 and CH6", ROUNDS, good);
}

/* The lines are levels: what is masked does not interrupt, and does as soon as it is unmasked. */
static void claims_of_masks(void)
{
    unsigned texts = occupied[CH6], taken = freed[CH6];

    IPCC->C1MR |= IPCC_MR_CHOM(CH6);
    write_text(0, 8, '\0');
    ipcc_post(CH6); /* TX-free stays masked */
    pass_time(SETTLE_US);
    claim("masked, the answer on CH6 is a flag only", 0, occupied[CH6] - texts + freed[CH6] - taken);
    claim("and its flag is set", IPCC_SR_CHF(CH6), IPCC->C2TOC1SR & IPCC_SR_CHF(CH6));
    ipcc_on_occupied(CH6, note_occupied);
    claim("unmasked, the occupied channel interrupts at once: RX0", true, await(&occupied[CH6], texts + 1, 10));
    ipcc_when_free(CH6, note_freed);
    claim("unmasked, the free channel interrupts at once: TX0", true, await(&freed[CH6], taken + 1, 10));
    ipcc_release(CH6);
}

static void claims_of_restart(void)
{
    uint32_t idle = IPCC_SR_CHF(CH1) | IPCC_SR_CHF(CH2) | IPCC_SR_CHF(CH3) | IPCC_SR_CHF(CH4);

    for (enum ipcc_channel channel = CH1; channel <= CH4; channel++)
        ipcc_post(channel);
    pass_time(SETTLE_US);
    claim("CH1 to CH4 stay occupied: the image does not listen there", idle, IPCC->C1TOC2SR);
    RCC_MP_GRSTCSETR = RCC_MP_GRSTCSETR_MCURST;
    shared->ready = 0;
    pass_time(SETTLE_US);
    claim("reset, the M4 is held again", 0, shared->ready);
    claim("and the IPCC keeps its flags", idle, IPCC->C1TOC2SR);
    for (enum ipcc_channel channel = CH1; channel <= CH4; channel++)
        ipcc_when_free(channel, note_freed);
    release_m4();
    claim("released again, the M4 asks its first question again", true, m4_comes_up());
    bool each = true;
    for (enum ipcc_channel channel = CH1; channel <= CH4; channel++)
        each = await(&freed[channel], 1, PATIENCE_US) && each;
    claim("its start-up frees CH1 to CH4: TX0 for each", true, each);
    claim("and it answers a request", true, exchange_words(0x12345678));
}

int main(void)
{
    report_start("signals_a7");
    gic_init();
    wait_init();
    ipcc_init();
    enable_interrupts();
    claims_of_timer();
    claims_of_start();
    claims_of_words();
    claims_of_texts();
    claims_of_both();
    claims_of_masks();
    claims_of_restart();
    claim("each RX0 found its flag set", 0, unset_flags);
    claim("no stray interrupt", 0, gic_stray());
    report_end();
    return 0;
}
