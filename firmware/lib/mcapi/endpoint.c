/* Endpoints of this node: made, found, deleted. See objects.h; their attributes are in attribute.c. */
#include "objects.h"

#include <string.h>

struct endpoint endpoints[MCAPI_MAX_ENDPOINTS];

static const uint32_t default_attributes = MCAPI_BUFFER_SIZE << MCAPI_ATTRIBUTE_MAX_PAYLOAD_SIZE_SHIFT
    | MCAPI_ENDP_ATTR_FIFO_BUFFER << MCAPI_ATTRIBUTE_BUFFER_TYPE_SHIFT
    | MCAPI_ENDP_ATTR_SHARED_MEMORY << MCAPI_ATTRIBUTE_MEMORY_LOCALITY_SHIFT
    | MCAPI_PRIORITIES << MCAPI_ATTRIBUTE_NUM_PRIORITIES_SHIFT
    | 1 << MCAPI_ATTRIBUTE_PRIORITY_SHIFT;

struct endpoint *endpoint_of(mcapi_endpoint_t handle)
{
    unsigned slot = handle_slot(handle);

    return handle && slot < MCAPI_MAX_ENDPOINTS && endpoints[slot].handle == handle ? &endpoints[slot] : NULL;
}

struct endpoint *endpoint_at(uint32_t port)
{
    for (unsigned slot = 0; slot < MCAPI_MAX_ENDPOINTS; slot++)
        if (endpoints[slot].handle && endpoints[slot].port == port)
            return &endpoints[slot];
    return NULL;
}

mcapi_status_t endpoint_own(mcapi_endpoint_t handle, struct endpoint **endpoint)
{
    mcapi_status_t status = node_status();

    if (status != MCAPI_SUCCESS)
        return status;
    *endpoint = endpoint_of(handle);
    if (*endpoint)
        return MCAPI_SUCCESS;
    return remote_is(handle) ? MCAPI_ERR_ENDP_REMOTE : MCAPI_ERR_ENDP_INVALID;
}

static uint32_t automatic_port(void)
{
    uint32_t port = MCAPI_FIRST_AUTOMATIC_PORT;

    while (port <= MCAPI_MAX_PORT && endpoint_at(port))
        port++;
    return port;
}

static struct endpoint *free_slot(void)
{
    for (unsigned slot = 0; slot < MCAPI_MAX_ENDPOINTS; slot++)
        if (!endpoints[slot].handle)
            return &endpoints[slot];
    return NULL;
}

mcapi_endpoint_t mcapi_endpoint_create(mcapi_port_t port_id, mcapi_status_t *mcapi_status)
{
    mcapi_status_t status = node_status();
    struct endpoint *endpoint = free_slot();
    uint32_t port = port_id == MCAPI_PORT_ANY ? automatic_port() : port_id;

    if (status == MCAPI_SUCCESS && port > MCAPI_MAX_PORT)
        status = MCAPI_ERR_PORT_INVALID;
    if (status == MCAPI_SUCCESS && endpoint_at(port))
        status = MCAPI_ERR_ENDP_EXISTS;
    if (status == MCAPI_SUCCESS && !endpoint)
        status = MCAPI_ERR_ENDP_LIMIT;
    say(mcapi_status, status);
    if (status != MCAPI_SUCCESS)
        return 0;
    memset(endpoint, 0, sizeof *endpoint);
    endpoint->handle = handle_new(HANDLE_ENDPOINT, (unsigned)(endpoint - endpoints));
    endpoint->port = (uint16_t)port;
    endpoint->attributes = default_attributes;
    endpoint->timeout = MCAPI_TIMEOUT_INFINITE;
    remote_answer_parked();
    request_progress();
    return endpoint->handle;
}

static mcapi_status_t may_be_deleted(const struct channel *channel)
{
    if (channel->closed || channel->peer_closed)
        return MCAPI_ERR_CHAN_CLOSEPENDING;
    if (channel->opened)
        return channel->open ? MCAPI_ERR_CHAN_OPEN : MCAPI_ERR_CHAN_OPENPENDING;
    return channel->state == UNCONNECTED ? MCAPI_SUCCESS : MCAPI_ERR_CHAN_CONNECTED;
}

void mcapi_endpoint_delete(mcapi_endpoint_t handle, mcapi_status_t *mcapi_status)
{
    struct endpoint *endpoint;
    mcapi_status_t status = endpoint_own(handle, &endpoint);

    if (status == MCAPI_ERR_ENDP_REMOTE)
        status = MCAPI_ERR_ENDP_NOTOWNER;
    if (status == MCAPI_SUCCESS)
        status = may_be_deleted(&endpoint->channel);
    if (status == MCAPI_SUCCESS && endpoint->peer_users
        && !control_post(&(struct control){.operation = MCAPI_OP_DELETED, .source = endpoint->port,
                                           .destination = MCAPI_NO_PORT}))
        status = MCAPI_ERR_TRANSMISSION;
    if (status == MCAPI_SUCCESS) {
        for (unsigned priority = 0; priority < MCAPI_PRIORITIES; priority++)
            frames_clear(&endpoint->messages[priority]);
        endpoint->handle = 0;
        request_progress();
    }
    say(mcapi_status, status);
}

void endpoints_reset(void)
{
    memset(endpoints, 0, sizeof endpoints);
}
