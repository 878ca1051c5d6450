/* ipcc_signals: the IPCC without RPMsg, all in interrupts. Half-duplex request and answer of words on CH5, in both
 * directions; texts in shared memory on CH6, for which Linux asks.
 *
 * Each direction of CH5 has one flag and one exchange in shared memory:
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
 * ready, and once more for each request that it has answered; so the A7 sets the pace of both directions.
 *
 * CH6 uses its two flags for one exchange, as ST's mailbox client char device wants it:
 *
 *   A7  writes a text to 0x10049000 (up to a zero, at most 4 KiB) and sets C1TOC2SR.CH6F
 *   M4  reads the text, clears C1TOC2SR.CH6F: the request is taken
 *   M4  writes the text in capital letters to 0x10049000 and sets C2TOC1SR.CH6F: the answer is there
 *
 * The M4 sets that flag when the A7 has taken the answer before; should there be several by then, the last one counts.
 * A text that begins with "!" is answered first, and its flag cleared when the answer has been taken: the order that
 * the char device gets wrong. */
#include "cortexm.h"
#include "ipcc.h"

#include <stdbool.h>
#include <stddef.h>
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

enum { TEXT_SIZE = 4096 };
static volatile char *const shared_text = (void *)0x10049000;

static uint32_t questions; /* that the M4 still has to ask; the one under way included */
static bool answer_first;  /* the text is freed when its answer has been taken */

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

static size_t read_text(char *text)
{
    size_t length = 0;

    while (length < TEXT_SIZE && (text[length] = shared_text[length]) != '\0')
        length++;
    return length;
}

static void post_answer(enum ipcc_channel channel)
{
    ipcc_post(channel);
    if (answer_first)
        ipcc_when_free(channel, ipcc_release);
}

static void on_text(enum ipcc_channel channel)
{
    char text[TEXT_SIZE];
    size_t length = read_text(text);

    answer_first = length > 0 && text[0] == '!';
    if (!answer_first)
        ipcc_release(channel);
    for (size_t i = 0; i < length; i++) {
        bool small = text[i] >= 'a' && text[i] <= 'z';
        shared_text[i] = small ? text[i] - 'a' + 'A' : text[i];
    }
    ipcc_when_free(channel, post_answer);
}

int main(void)
{
    *shared = (struct shared){0};
    ipcc_init();
    ipcc_on_occupied(CH5, on_request);
    ipcc_on_occupied(CH6, on_text);
    shared->ready = READY;
    disable_interrupts(); /* questions is the handlers' */
    ask_one_more();
    enable_interrupts();
    for (;;)
        wait_for_interrupt();
}
