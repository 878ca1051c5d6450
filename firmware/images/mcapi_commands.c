/* Requests to the MCAPI echo service. See mcapi_commands.h. */
#include "mcapi_commands.h"

#include "mcapi/transport.h"
#include "mcapi_letter.h"
#include "mcapi_service.h"

static struct letter letter; /* the request, and then its answer */
static bool answered;

static mcapi_endpoint_t ends[2][2]; /* packets, scalars; in, out */

/* A connect under way: gets of Linux's two ports, then the connects of both channels, one after the other. */
enum step { GET_IN, GET_OUT, CONNECT_OUT, CONNECT_IN, DONE };

static struct {
    enum step step;
    struct letter letter;
    bool scalars;
    mcapi_port_t port[2];
    mcapi_endpoint_t there[2]; /* Linux's in and out */
    mcapi_request_t request;
    bool waits;
} job = {.step = DONE};

/* -- text ------------------------------------------------------------------------------------------------------ */

static void put_text(struct letter *to, const char *text)
{
    while (*text != '\0' && to->size < sizeof(to->text))
        to->text[to->size++] = *text++;
}

static void put_number(struct letter *to, uint32_t number)
{
    char digits[10];
    unsigned count = sizeof(digits);

    do {
        digits[--count] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (count < sizeof(digits) && to->size < sizeof(to->text))
        to->text[to->size++] = digits[count++];
}

static void answer(struct letter *to, mcapi_status_t status)
{
    char name[MCAPI_MAX_STATUS_SIZE];

    mcapi_display_status(status, name, sizeof(name));
    to->size = 0;
    put_text(to, name);
}

/* Does the text go on with `word`, and a blank or the end? Then `*at` is behind it. */
static bool has_word(const struct letter *from, size_t *at, const char *word)
{
    size_t next = *at;

    while (*word != '\0')
        if (next == from->size || from->text[next++] != *word++)
            return false;
    if (next < from->size && from->text[next++] != ' ')
        return false;
    *at = next;
    return true;
}

/* A decimal number below 65536, and a blank or the end. */
static bool has_number(const struct letter *from, size_t *at, mcapi_port_t *number)
{
    size_t next = *at;

    for (*number = 0; next < from->size && from->text[next] >= '0' && from->text[next] <= '9'; next++) {
        *number = 10 * *number + (mcapi_port_t)(from->text[next] - '0');
        if (*number > 0xFFFF)
            return false;
    }
    if (next == *at || (next < from->size && from->text[next++] != ' '))
        return false;
    *at = next;
    return true;
}

/* -- connect --------------------------------------------------------------------------------------------------- */

static void start_step(mcapi_status_t *status)
{
    void (*connect)(mcapi_endpoint_t, mcapi_endpoint_t, mcapi_request_t *, mcapi_status_t *) =
        job.scalars ? mcapi_sclchan_connect_i : mcapi_pktchan_connect_i;

    switch (job.step) {
    case GET_IN:
    case GET_OUT:
        mcapi_endpoint_get_i(MCAPI_DOMAIN, 0, job.port[job.step], &job.there[job.step], &job.request, status);
        break;
    case CONNECT_OUT:
        connect(ends[job.scalars][1], job.there[0], &job.request, status);
        break;
    case CONNECT_IN:
        connect(job.there[1], ends[job.scalars][0], &job.request, status);
        break;
    case DONE:
        break;
    }
}

static void end_job(mcapi_status_t why)
{
    mcapi_status_t status;

    for (unsigned i = 0; i < 2; i++)
        if (job.there[i] != 0)
            mcapi_endpoint_release(job.there[i], &status);
    answer(&job.letter, why);
    job.step = DONE;
    job.waits = false;
}

static void go_on(void)
{
    mcapi_status_t status = MCAPI_SUCCESS;
    size_t size;

    while (job.step != DONE) {
        if (job.waits)
            mcapi_test(&job.request, &size, &status);
        else
            start_step(&status);
        job.waits = status == MCAPI_PENDING;
        if (job.waits)
            return;
        if (status != MCAPI_SUCCESS)
            end_job(status);
        else if (job.step == CONNECT_IN)
            end_job(MCAPI_SUCCESS);
        else
            job.step++;
    }
}

/* False while the answer to the connect before has no room. */
static bool start_job(bool scalars, mcapi_port_t in, mcapi_port_t out)
{
    mcapi_status_t status;

    if (job.step != DONE) {
        mcapi_cancel(&job.request, &status);
        end_job(MCAPI_ERR_REQUEST_CANCELLED);
    }
    if (job.letter.full && !letter_answer(&job.letter))
        return false;
    job.letter = letter;
    letter.full = false;
    job.scalars = scalars;
    job.port[0] = in;
    job.port[1] = out;
    job.there[0] = job.there[1] = 0;
    job.step = GET_IN;
    go_on();
    return true;
}

/* -- requests -------------------------------------------------------------------------------------------------- */

static void answer_counts(void)
{
    static const char *const names[] = {
        [MCAPI_COUNT_FRAMES_SENT] = "FRAMES_SENT ",   [MCAPI_COUNT_FRAMES_RECEIVED] = " FRAMES_RECEIVED ",
        [MCAPI_COUNT_DROPS] = " DROPS ",              [MCAPI_COUNT_DOORBELLS] = " DOORBELLS ",
        [MCAPI_COUNT_DEFERRED] = " DEFERRED ",        [MCAPI_COUNT_RERINGS] = " RERINGS ",
        [MCAPI_COUNT_PEER_EPOCHS] = " PEER_EPOCHS ",  [MCAPI_COUNT_HEALED] = " HEALED ",
    };

    letter.size = 0;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        put_text(&letter, names[i]);
        put_number(&letter, transport_count(i));
    }
}

/* Answers what can be answered at once. False if it has to wait. */
static bool obey(void)
{
    size_t at = 0;
    mcapi_port_t in, out;
    bool scalars;

    if (has_word(&letter, &at, "status")) {
        answer_counts();
        return answered = true;
    }
    if (has_word(&letter, &at, "hold") && has_number(&letter, &at, &in) && in >= 1 && in <= MCAPI_BUFFERS) {
        service_hold(in);
        answer(&letter, MCAPI_SUCCESS);
        return answered = true;
    }
    if (has_word(&letter, &at, "connect")) {
        scalars = has_word(&letter, &at, "scalar");
        if ((scalars || has_word(&letter, &at, "packet")) && has_number(&letter, &at, &in) &&
            has_number(&letter, &at, &out))
            return start_job(scalars, in, out);
    }
    answer(&letter, MCAPI_ERR_PARAMETER);
    return answered = true;
}

void commands_run(void)
{
    go_on();
    if (job.step == DONE && job.letter.full)
        letter_answer(&job.letter);
    while (letter_receive(&letter)) {
        if (!answered && !obey())
            return;
        if (answered && !letter_answer(&letter))
            return;
        answered = false;
    }
}

void commands_start(mcapi_endpoint_t commands, mcapi_endpoint_t packets_in, mcapi_endpoint_t packets_out,
                    mcapi_endpoint_t scalars_in, mcapi_endpoint_t scalars_out)
{
    letter.endpoint = commands;
    ends[0][0] = packets_in;
    ends[0][1] = packets_out;
    ends[1][0] = scalars_in;
    ends[1][1] = scalars_out;
}
