/* Requests: what a call has started and not finished, whether it blocks or not. See objects.h.
 * All that wait stand in one list, oldest first, and are tried again after everything that happens. */
#include "objects.h"

#include <string.h>

enum use { UNUSED, USED, CANCELLED };

static struct slot {
    struct request request; /* first: a request of the table is found by its address */
    uint8_t use;            /* CANCELLED: its handle is remembered until the slot is used anew */
    bool waits;             /* of a cancelled one: until an answer has come */
} slots[MCAPI_MAX_REQUESTS];

static struct request *waiting;

static void append(struct request *request)
{
    struct request **end = &waiting;

    while (*end)
        end = &(*end)->next;
    *end = request;
    request->next = NULL;
}

static void remove(struct request *request)
{
    for (struct request **place = &waiting; *place; place = &(*place)->next) {
        if (*place != request)
            continue;
        *place = request->next;
        return;
    }
}

static bool is_first_of_its_lane(const struct request *request)
{
    const struct request *other = waiting;

    while (other != request && (other->lane != request->lane || other->lane == 0))
        other = other->next;
    return other == request;
}

/* A cancelled one that had to wait for its answer has it. */
static void is_over(struct request *request)
{
    for (struct slot *slot = slots; slot < slots + MCAPI_MAX_REQUESTS; slot++)
        if (&slot->request == request)
            slot->waits = false;
}

static bool pass(void)
{
    bool moved = false;

    for (struct request *request = waiting, *next; request; request = next) {
        next = request->next;
        if (!is_first_of_its_lane(request))
            continue;
        request->status = request->step(request);
        if (request->status == MCAPI_PENDING) {
            request->waited = true;
            continue;
        }
        remove(request);
        if (request->cancelled)
            is_over(request);
        moved = true;
    }
    return moved;
}

void request_progress(void)
{
    bool moved;

    do {
        moved = pass();
        moved |= channels_speak();
    } while (moved);
}

bool request_waits(uint32_t lane)
{
    for (const struct request *request = waiting; request; request = request->next)
        if (request->lane == lane)
            return true;
    return false;
}

/* -- the peer's answers ---------------------------------------------------------------------------------------- */

static struct request *asked(uint8_t tag)
{
    struct request *request = waiting;

    while (request && request->tag != tag)
        request = request->next;
    return request;
}

uint8_t request_tag(void)
{
    static uint8_t tag;

    do
        tag++;
    while (tag == 0 || asked(tag));
    return tag;
}

bool request_answer(const struct control *control)
{
    struct request *request = control->tag ? asked(control->tag) : NULL;
    bool is_end = control->status == MCAPI_SUCCESS
        || (control->status > MCAPI_TIMEOUT && control->status < MCAPI_ERR_GENERAL);

    if (!request || request->answer != MCAPI_PENDING)
        return false;
    request->answer = is_end ? (mcapi_status_t)control->status : MCAPI_ERR_GENERAL;
    return true;
}

/* -- starting -------------------------------------------------------------------------------------------------- */

void request_prepare(struct request *request, mcapi_status_t (*step)(struct request *), uint32_t lane)
{
    request->step = step;
    request->undo = NULL;
    request->lane = lane;
    request->size = 0;
    request->waited = request->cancelled = false;
    request->tag = 0;
}

void request_start(const struct request *wanted, mcapi_request_t *handle, mcapi_status_t *mcapi_status)
{
    struct slot *slot = slots;

    while (slot < slots + MCAPI_MAX_REQUESTS && (slot->use == USED || slot->waits))
        slot++;
    if (slot == slots + MCAPI_MAX_REQUESTS)
        return say(mcapi_status, MCAPI_ERR_REQUEST_LIMIT);
    slot->request = *wanted;
    slot->request.status = slot->request.answer = MCAPI_PENDING;
    slot->request.handle = handle_new(HANDLE_REQUEST, (unsigned)(slot - slots));
    slot->use = USED;
    append(&slot->request);
    request_progress();
    if (slot->request.status > MCAPI_PENDING)
        slot->use = UNUSED;
    else
        *handle = slot->request.handle;
    say(mcapi_status, slot->request.status);
}

/* A wait with an end, in ticks. */
static bool until(uint32_t start, mcapi_timeout_t timeout)
{
    uint32_t most = timeout / 1000 + (timeout % 1000 != 0);

    return timeout == MCAPI_TIMEOUT_INFINITE || transport_ticks() - start < most;
}

/* Sleep and look until one of `number` is complete; its place, or `number` if there was no more time. */
static size_t wait_for(size_t number, struct request *const *requests, mcapi_timeout_t timeout)
{
    bool timed = timeout != MCAPI_TIMEOUT_INFINITE && timeout != MCAPI_TIMEOUT_IMMEDIATE;
    uint32_t start = transport_ticks();
    size_t found = number;

    if (timed)
        transport_need_ticks(true);
    for (;;) {
        node_dispatch();
        for (size_t i = number; i-- > 0;)
            if (requests[i]->status != MCAPI_PENDING)
                found = i;
        if (found < number || !until(start, timeout))
            break;
        mcapi_wait_for_event();
    }
    if (timed)
        transport_need_ticks(false);
    return found;
}

mcapi_status_t request_run(struct request *request, mcapi_timeout_t timeout)
{
    request->status = request->answer = MCAPI_PENDING;
    append(request);
    request_progress();
    if (request->status == MCAPI_PENDING && wait_for(1, &request, timeout) == 1) {
        remove(request);
        if (request->undo)
            request->undo(request);
        request->status = MCAPI_TIMEOUT;
    }
    return request->status;
}

/* -- test, wait, cancel ---------------------------------------------------------------------------------------- */

static mcapi_status_t find(const mcapi_request_t *handle, struct slot **slot)
{
    mcapi_status_t status = node_status();

    if (status != MCAPI_SUCCESS)
        return status;
    if (!handle)
        return MCAPI_ERR_PARAMETER;
    *slot = &slots[handle_slot(*handle) % MCAPI_MAX_REQUESTS];
    if (*handle == 0 || (*slot)->request.handle != *handle || (*slot)->use == UNUSED)
        return MCAPI_ERR_REQUEST_INVALID;
    return (*slot)->use == CANCELLED ? MCAPI_ERR_REQUEST_CANCELLED : MCAPI_SUCCESS;
}

mcapi_uint_t mcapi_wait_any(size_t number, mcapi_request_t **handles, size_t *size, mcapi_timeout_t timeout,
                            mcapi_status_t *mcapi_status)
{
    struct request *requests[MCAPI_MAX_REQUESTS];
    struct slot *slot;
    mcapi_status_t status = handles && size && number > 0 ? node_status() : MCAPI_ERR_PARAMETER;
    size_t found;

    if (status == MCAPI_SUCCESS && number > MCAPI_MAX_REQUESTS)
        status = MCAPI_ERR_REQUEST_LIMIT;
    for (size_t i = 0; i < number && status == MCAPI_SUCCESS; i++) {
        status = find(handles[i], &slot);
        requests[i] = &slot->request;
    }
    if (status == MCAPI_SUCCESS) {
        found = wait_for(number, requests, timeout);
        if (found < number) {
            slot = (struct slot *)requests[found];
            slot->use = UNUSED;
            *size = slot->request.size;
            say(mcapi_status, slot->request.status);
            return (mcapi_uint_t)found;
        }
        status = MCAPI_TIMEOUT;
    }
    say(mcapi_status, status);
    return MCAPI_MAX_REQUESTS;
}

mcapi_boolean_t mcapi_wait(mcapi_request_t *request, size_t *size, mcapi_timeout_t timeout,
                           mcapi_status_t *mcapi_status)
{
    return mcapi_wait_any(1, &request, size, timeout, mcapi_status) == 0;
}

mcapi_boolean_t mcapi_test(mcapi_request_t *request, size_t *size, mcapi_status_t *mcapi_status)
{
    mcapi_status_t status;
    bool complete = mcapi_wait(request, size, MCAPI_TIMEOUT_IMMEDIATE, &status);

    say(mcapi_status, status == MCAPI_TIMEOUT && !complete ? MCAPI_PENDING : status);
    return complete;
}

void mcapi_cancel(mcapi_request_t *handle, mcapi_status_t *mcapi_status)
{
    struct slot *slot;
    mcapi_status_t status = find(handle, &slot);

    if (status == MCAPI_ERR_REQUEST_CANCELLED || (status == MCAPI_SUCCESS && slot->request.status != MCAPI_PENDING))
        status = MCAPI_ERR_REQUEST_INVALID;
    if (status == MCAPI_SUCCESS) {
        slot->use = CANCELLED;
        slot->request.cancelled = true;
        slot->waits = slot->request.undo && !slot->request.undo(&slot->request);
        if (!slot->waits)
            remove(&slot->request);
        request_progress();
    }
    say(mcapi_status, status);
}

void requests_reset(void)
{
    memset(slots, 0, sizeof slots);
    waiting = NULL;
}
