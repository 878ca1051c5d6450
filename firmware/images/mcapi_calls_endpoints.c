/* mcapi_calls: endpoints and their attributes. */
#include "mcapi_calls.h"

static mcapi_endpoint_t got;
static mcapi_request_t request;
static mcapi_uint_t value;

static void create_calls(void)
{
    mcapi_endpoint_t all[MCAPI_MAX_ENDPOINTS], automatic;
    mcapi_status_t status;

    CHECK(endpoint_create, SUCCESS, 1);
    CHECK(endpoint_create, ERR_ENDP_EXISTS, 1);
    CHECK(endpoint_create, ERR_PORT_INVALID, 0xFFFF);
    automatic = create(MCAPI_PORT_ANY);
    claim("automatic ports from 10000 on",
          mcapi_endpoint_get(MCAPI_DOMAIN, MCAPI_NODE, 10000, MCAPI_TIMEOUT_IMMEDIATE, &status) == automatic);
    delete(automatic);
    for (unsigned i = 1; i < MCAPI_MAX_ENDPOINTS; i++)
        all[i] = create(MCAPI_PORT_ANY);
    CHECK(endpoint_create, ERR_ENDP_LIMIT, MCAPI_PORT_ANY);
    for (unsigned i = 1; i < MCAPI_MAX_ENDPOINTS; i++)
        delete(all[i]);
}

static void get_calls(mcapi_endpoint_t one)
{
    CHECK(endpoint_get, SUCCESS, MCAPI_DOMAIN, MCAPI_NODE, 1, MCAPI_TIMEOUT_IMMEDIATE);
    CHECK(endpoint_get, ERR_DOMAIN_INVALID, 1, MCAPI_NODE, 1, MCAPI_TIMEOUT_IMMEDIATE);
    CHECK(endpoint_get, ERR_NODE_INVALID, MCAPI_DOMAIN, 2, 1, MCAPI_TIMEOUT_IMMEDIATE);
    CHECK(endpoint_get, ERR_PORT_INVALID, MCAPI_DOMAIN, MCAPI_NODE, MCAPI_PORT_ANY, MCAPI_TIMEOUT_IMMEDIATE);
    CHECK(endpoint_get, TIMEOUT, MCAPI_DOMAIN, MCAPI_NODE, 2, 1500);
    CHECK(endpoint_release, SUCCESS, one);
    CHECK(endpoint_release, ERR_ENDP_INVALID, one);
    CHECK(endpoint_release, ERR_ENDP_INVALID, NO_HANDLE);

    CHECK(endpoint_get_i, SUCCESS, MCAPI_DOMAIN, MCAPI_NODE, 1, &got, &request);
    claim("get gives the same handle", end_of(request) == MCAPI_SUCCESS && got == one);
    CHECK(endpoint_get_i, ERR_DOMAIN_INVALID, 1, MCAPI_NODE, 1, &got, &request);
    CHECK(endpoint_get_i, ERR_NODE_INVALID, MCAPI_DOMAIN, 2, 1, &got, &request);
    CHECK(endpoint_get_i, ERR_PORT_INVALID, MCAPI_DOMAIN, MCAPI_NODE, 0xFFFF, &got, &request);
    CHECK(endpoint_get_i, ERR_PARAMETER, MCAPI_DOMAIN, MCAPI_NODE, 1, NULL, &request);
    take_requests(0);
    CHECK(endpoint_get_i, ERR_REQUEST_LIMIT, MCAPI_DOMAIN, MCAPI_NODE, 2, &got, &request);
    give_requests();
    CHECK(endpoint_get_i, PENDING, MCAPI_DOMAIN, MCAPI_NODE, 2, &got, &request);
    mcapi_endpoint_t two = create(2);
    claim("get ends when the endpoint is created", end_of(request) == MCAPI_SUCCESS && got == two);
    delete(two);
}

static void attribute_calls(mcapi_endpoint_t one)
{
    mcapi_uint_t timeout = 5000, wrong = 513;

    CHECK(endpoint_get_attribute, SUCCESS, one, MCAPI_ENDP_ATTR_MAX_PAYLOAD_SIZE, &value, sizeof value);
    claim("payload up to 512 bytes", value == 512);
    CHECK(endpoint_get_attribute, ERR_ENDP_INVALID, NO_HANDLE, MCAPI_ENDP_ATTR_TYPE, &value, sizeof value);
    CHECK(endpoint_get_attribute, ERR_PARAMETER, one, MCAPI_ENDP_ATTR_TYPE, NULL, sizeof value);
    CHECK(endpoint_get_attribute, ERR_ATTR_NUM, one, 99, &value, sizeof value);
    CHECK(endpoint_get_attribute, ERR_ATTR_SIZE, one, MCAPI_ENDP_ATTR_TYPE, &value, 1);
    CHECK(endpoint_get_attribute, ERR_ATTR_NOTSUPPORTED, one, MCAPI_ENDP_ATTR_GET_SOURCE, &value, sizeof value);
    CHECK(endpoint_set_attribute, SUCCESS, one, MCAPI_ENDP_ATTR_TIMEOUT, &timeout, sizeof timeout);
    CHECK(endpoint_get_attribute, SUCCESS, one, MCAPI_ENDP_ATTR_TIMEOUT, &value, sizeof value);
    claim("an attribute is what it was set to", value == timeout);
    CHECK(endpoint_set_attribute, ERR_ENDP_INVALID, NO_HANDLE, MCAPI_ENDP_ATTR_TIMEOUT, &timeout, sizeof timeout);
    CHECK(endpoint_set_attribute, ERR_PARAMETER, one, MCAPI_ENDP_ATTR_TIMEOUT, NULL, sizeof timeout);
    CHECK(endpoint_set_attribute, ERR_ATTR_NUM, one, 99, &timeout, sizeof timeout);
    CHECK(endpoint_set_attribute, ERR_ATTR_SIZE, one, MCAPI_ENDP_ATTR_TIMEOUT, &timeout, 8);
    CHECK(endpoint_set_attribute, ERR_ATTR_VALUE, one, MCAPI_ENDP_ATTR_MAX_PAYLOAD_SIZE, &wrong, sizeof wrong);
    CHECK(endpoint_set_attribute, ERR_ATTR_READONLY, one, MCAPI_ENDP_ATTR_NUM_RECV_BUFFERS, &timeout, sizeof timeout);
    CHECK(endpoint_set_attribute, ERR_ATTR_NOTSUPPORTED, one, MCAPI_ENDP_ATTR_GET_SOURCE, &timeout, sizeof timeout);
}

/* An endpoint on its way through a channel cannot be deleted, nor its compared attributes be set. */
static void channel_end_calls(mcapi_endpoint_t one)
{
    mcapi_endpoint_t two = create(2);
    mcapi_pktchan_send_hndl_t from;
    mcapi_pktchan_recv_hndl_t to;
    mcapi_request_t opens[2];
    mcapi_status_t status;
    mcapi_uint_t size = 100;

    mcapi_pktchan_connect_i(one, two, &request, &status);
    end_of(request);
    CHECK(endpoint_delete, ERR_CHAN_CONNECTED, one);
    CHECK(endpoint_set_attribute, ERR_CHAN_CONNECTED, one, MCAPI_ENDP_ATTR_MAX_PAYLOAD_SIZE, &size, sizeof size);
    mcapi_pktchan_send_open_i(&from, one, &opens[0], &status);
    CHECK(endpoint_delete, ERR_CHAN_OPENPENDING, one);
    mcapi_pktchan_recv_open_i(&to, two, &opens[1], &status);
    claim("both ends open", end_of(opens[0]) == MCAPI_SUCCESS && end_of(opens[1]) == MCAPI_SUCCESS);
    CHECK(endpoint_delete, ERR_CHAN_OPEN, two);
    mcapi_endpoint_get_attribute(two, MCAPI_ENDP_ATTR_STATUS, &value, sizeof value, &status);
    claim("status connected and open", value == (MCAPI_ENDP_STATUS_CONNECTED | MCAPI_ENDP_STATUS_OPEN));
    mcapi_endpoint_get_attribute(one, MCAPI_ENDP_ATTR_TYPE, &value, sizeof value, &status);
    claim("type of a packet channel's end", value == MCAPI_ENDP_ATTR_TYPE_PACKET);
    mcapi_pktchan_send_close_i(from, &request, &status);
    end_of(request);
    CHECK(endpoint_delete, ERR_CHAN_CLOSEPENDING, one);
    mcapi_pktchan_recv_close_i(to, &request, &status);
    end_of(request);
    CHECK(endpoint_delete, SUCCESS, two);
}

void endpoint_calls(void)
{
    mcapi_endpoint_t one;
    mcapi_status_t status;

    create_calls();
    one = mcapi_endpoint_get(MCAPI_DOMAIN, MCAPI_NODE, 1, MCAPI_TIMEOUT_IMMEDIATE, &status);
    mcapi_endpoint_release(one, &status);
    get_calls(one);
    attribute_calls(one);
    channel_end_calls(one);
    CHECK(endpoint_delete, ERR_ENDP_INVALID, NO_HANDLE);
    CHECK(endpoint_delete, SUCCESS, one);
}
