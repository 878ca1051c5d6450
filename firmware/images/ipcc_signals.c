/* ipcc_signals: the IPCC without RPMsg. Half-duplex request and answer on CH5, in both directions, all in interrupts.
 *
 * Each direction has one flag of CH5 and one exchange in shared memory:
 *
 *   address     word                   written by
 *   0x10048000  ready                  M4: 0x35434349 once it listens; a request before that is lost
 *   0x10048010  a7_to_m4.request       A7, then it sets C1TOC2SR.CH5F
 *   0x10048014  a7_to_m4.answer        M4: ~request, then it clears C1TOC2SR.CH5F
 *   0x10048018  a7_to_m4.done          M4: how many requests it has answered
 *   0x1004801C  a7_to_m4.wrong         (not used)
 *   0x10048020  m4_to_a7.request       M4: 1, 2, 3 ..., then it sets C2TOC1SR.CH5F
 *   0x10048024  m4_to_a7.answer        A7: ~request, then it clears C2TOC1SR.CH5F
 *   0x10048028  m4_to_a7.done          M4: how many answers it has picked up
 *   0x1004802C  m4_to_a7.wrong         M4: how many of them were not ~request
 *
 * The clearing of the flag is the answer's signal: the other side's TX-free interrupt. The M4 asks once when it is
 * ready, and once more for each request that it has answered; so the A7 sets the pace of both directions. */
#include "cortexm.h"
#include "ipcc.h"

#include <stdint.h>

enum { READY = 0x35434349 }; /* "ICC5" */

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

static uint32_t questions; /* that the M4 still has to ask; the one under way included */

static void on_answer(enum ipcc_channel channel);

static void ask(void)
{
    shared->m4_to_a7.request++;
    ipcc_post(CH5);
    ipcc_when_free(CH5, on_answer); /* after posting: a free channel would interrupt at once */
}

static void ask_one_more(void)
{
    if (questions++ == 0)
        ask();
}

static void on_answer(enum ipcc_channel channel)
{
    volatile struct exchange *exchange = &shared->m4_to_a7;

    if (exchange->answer != ~exchange->request)
        exchange->wrong++;
    exchange->done++;
    if (--questions > 0)
        ask();
}

static void on_request(enum ipcc_channel channel)
{
    volatile struct exchange *exchange = &shared->a7_to_m4;

    exchange->answer = ~exchange->request;
    exchange->done++;
    data_memory_barrier(); /* the answer is in memory before the flag says so */
    ipcc_release(channel);
    ask_one_more();
}

int main(void)
{
    *shared = (struct shared){0};
    ipcc_init();
    ipcc_on_occupied(CH5, on_request);
    shared->ready = READY;
    disable_interrupts(); /* questions is the handlers' */
    ask_one_more();
    enable_interrupts();
    for (;;)
        wait_for_interrupt();
}
