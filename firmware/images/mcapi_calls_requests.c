/* mcapi_calls: requests, and the names of the statuses. */
#include "mcapi_calls.h"

static size_t size;

static void test_calls(void)
{
    mcapi_request_t never = NO_HANDLE, request = get_pending(50);
    mcapi_endpoint_t endpoint;

    CHECK(test, PENDING, &request, &size);
    CHECK(test, ERR_PARAMETER, NULL, &size);
    CHECK(test, ERR_PARAMETER, &request, NULL);
    CHECK(test, ERR_REQUEST_INVALID, &never, &size);
    endpoint = create(50);
    CHECK(test, SUCCESS, &request, &size);
    CHECK(test, ERR_REQUEST_INVALID, &request, &size);
    delete(endpoint);
    request = get_pending(50);
    cancel(request);
    CHECK(test, ERR_REQUEST_CANCELLED, &request, &size);
}

static void wait_calls(void)
{
    mcapi_request_t never = NO_HANDLE, request = get_pending(50);
    mcapi_endpoint_t endpoint;

    CHECK(wait, TIMEOUT, &request, &size, MCAPI_TIMEOUT_IMMEDIATE);
    CHECK(wait, TIMEOUT, &request, &size, 1500);
    CHECK(wait, ERR_PARAMETER, NULL, &size, MCAPI_TIMEOUT_INFINITE);
    CHECK(wait, ERR_PARAMETER, &request, NULL, MCAPI_TIMEOUT_INFINITE);
    CHECK(wait, ERR_REQUEST_INVALID, &never, &size, MCAPI_TIMEOUT_INFINITE);
    endpoint = create(50);
    CHECK(wait, SUCCESS, &request, &size, MCAPI_TIMEOUT_INFINITE);
    CHECK(wait, ERR_REQUEST_INVALID, &request, &size, MCAPI_TIMEOUT_INFINITE);
    delete(endpoint);
    request = get_pending(50);
    cancel(request);
    CHECK(wait, ERR_REQUEST_CANCELLED, &request, &size, MCAPI_TIMEOUT_INFINITE);
}

static void wait_any_calls(void)
{
    mcapi_request_t never = NO_HANDLE, first = get_pending(50), second = get_pending(51), cancelled;
    mcapi_request_t *both[] = {&first, &second}, *one_is_none[] = {&first, &never}, *missing[] = {&first, NULL};
    mcapi_request_t *many[MCAPI_MAX_REQUESTS + 1];
    mcapi_request_t *one_is_cancelled[] = {&first, &cancelled};
    mcapi_status_t status;

    for (unsigned i = 0; i <= MCAPI_MAX_REQUESTS; i++)
        many[i] = &first;
    CHECK(wait_any, TIMEOUT, 2, both, &size, 1500);
    CHECK(wait_any, ERR_PARAMETER, 0, both, &size, MCAPI_TIMEOUT_INFINITE);
    CHECK(wait_any, ERR_PARAMETER, 2, NULL, &size, MCAPI_TIMEOUT_INFINITE);
    CHECK(wait_any, ERR_PARAMETER, 2, both, NULL, MCAPI_TIMEOUT_INFINITE);
    CHECK(wait_any, ERR_PARAMETER, 2, missing, &size, MCAPI_TIMEOUT_INFINITE);
    CHECK(wait_any, ERR_REQUEST_INVALID, 2, one_is_none, &size, MCAPI_TIMEOUT_INFINITE);
    CHECK(wait_any, ERR_REQUEST_LIMIT, MCAPI_MAX_REQUESTS + 1, many, &size, MCAPI_TIMEOUT_INFINITE);
    cancelled = get_pending(52);
    cancel(cancelled);
    CHECK(wait_any, ERR_REQUEST_CANCELLED, 2, one_is_cancelled, &size, MCAPI_TIMEOUT_INFINITE);
    delete(create(51));
    claim("wait_any says which", mcapi_wait_any(2, both, &size, MCAPI_TIMEOUT_INFINITE, &status) == 1);
    check("wait_any", MCAPI_SUCCESS, status);
    cancel(first);
}

static void cancel_calls(void)
{
    mcapi_request_t never = NO_HANDLE, request = get_pending(50), done = get_pending(51);

    CHECK(cancel, SUCCESS, &request);
    CHECK(cancel, ERR_REQUEST_INVALID, &request);
    CHECK(cancel, ERR_REQUEST_INVALID, &never);
    CHECK(cancel, ERR_PARAMETER, NULL);
    delete(create(51));
    CHECK(cancel, ERR_REQUEST_INVALID, &done);
    claim("a finished request outlives its cancel", end_of(done) == MCAPI_SUCCESS);
}

static bool are_equal(const char *one, const char *other)
{
    while (*one && *one == *other) {
        one++;
        other++;
    }
    return *one == *other;
}

static void display_calls(void)
{
    char name[MCAPI_MAX_STATUS_SIZE];

    claim("display_status of ERR_MSG_SIZE",
          are_equal(mcapi_display_status(MCAPI_ERR_MSG_SIZE, name, sizeof name), "ERR_MSG_SIZE"));
    claim("display_status cuts", are_equal(mcapi_display_status(MCAPI_ERR_MSG_SIZE, name, 8), "ERR_MSG"));
    claim("display_status of no status", !mcapi_display_status((mcapi_status_t)99, name, sizeof name));
    claim("display_status without room", !mcapi_display_status(MCAPI_SUCCESS, name, 0)
                                             && !mcapi_display_status(MCAPI_SUCCESS, NULL, sizeof name));
}

void request_calls(void)
{
    test_calls();
    wait_calls();
    wait_any_calls();
    cancel_calls();
    display_calls();
}
