/* Getting an endpoint: one of ours when it exists, one of the peer's when the peer says that it does. See mcapi.h. */
#include "objects.h"

static mcapi_status_t found(struct request *request, mcapi_endpoint_t endpoint)
{
    if (!endpoint)
        return MCAPI_ERR_ENDP_GET_LIMIT;
    *(mcapi_endpoint_t *)request->room = endpoint;
    return MCAPI_SUCCESS;
}

static mcapi_status_t get_own(struct request *request)
{
    struct endpoint *endpoint = endpoint_at(request->port);

    if (!endpoint)
        return MCAPI_PENDING;
    endpoint->users++;
    return found(request, endpoint->handle);
}

/* A peer that comes back is asked again. */
static mcapi_status_t get_remote(struct request *request)
{
    struct control frame = {.operation = MCAPI_OP_GET, .source = MCAPI_NO_PORT,
                            .destination = (uint16_t)request->port};

    if (request->tag && request->link == node_link()) {
        if (request->answer == MCAPI_SUCCESS)
            return found(request, remote_at((uint16_t)request->port, true));
        return request->answer;
    }
    request->tag = 0;
    request->answer = MCAPI_PENDING;
    if (!transport_up())
        return MCAPI_PENDING;
    frame.tag = request_tag();
    if (control_post(&frame)) {
        request->tag = frame.tag;
        request->link = node_link();
    }
    return MCAPI_PENDING;
}

static bool undo(struct request *request)
{
    if (request->tag && request->link == node_link())
        control_post(&(struct control){.operation = MCAPI_OP_CANCEL_GET, .tag = request->tag,
                                       .source = MCAPI_NO_PORT, .destination = (uint16_t)request->port});
    return true;
}

static mcapi_status_t prepare(struct request *request, mcapi_domain_t domain_id, mcapi_node_t node_id,
                              mcapi_port_t port_id, mcapi_endpoint_t *endpoint)
{
    mcapi_status_t status = node_status();

    if (status != MCAPI_SUCCESS)
        return status;
    if (domain_id != MCAPI_DOMAIN)
        return MCAPI_ERR_DOMAIN_INVALID;
    if (node_id > MCAPI_NODE)
        return MCAPI_ERR_NODE_INVALID;
    if (port_id > MCAPI_MAX_PORT)
        return MCAPI_ERR_PORT_INVALID;
    *request = (struct request){
        .step = node_id == MCAPI_NODE ? get_own : get_remote, .undo = undo, .port = port_id, .room = endpoint};
    return MCAPI_SUCCESS;
}

void mcapi_endpoint_get_i(mcapi_domain_t domain_id, mcapi_node_t node_id, mcapi_port_t port_id,
                          mcapi_endpoint_t *endpoint, mcapi_request_t *request, mcapi_status_t *mcapi_status)
{
    struct request wanted;
    mcapi_status_t status = prepare(&wanted, domain_id, node_id, port_id, endpoint);

    if (status == MCAPI_SUCCESS && (!endpoint || !request))
        status = MCAPI_ERR_PARAMETER;
    if (status != MCAPI_SUCCESS)
        return say(mcapi_status, status);
    request_start(&wanted, request, mcapi_status);
}

mcapi_endpoint_t mcapi_endpoint_get(mcapi_domain_t domain_id, mcapi_node_t node_id, mcapi_port_t port_id,
                                    mcapi_timeout_t timeout, mcapi_status_t *mcapi_status)
{
    mcapi_endpoint_t endpoint = 0;
    struct request request;
    mcapi_status_t status = prepare(&request, domain_id, node_id, port_id, &endpoint);

    if (status == MCAPI_SUCCESS)
        status = request_run(&request, timeout);
    say(mcapi_status, status);
    return endpoint;
}
