/* mcapi_calls: life and identity of the node, and every call before there is one. */
#include "mcapi_calls.h"

static mcapi_info_t info;
static mcapi_node_attributes_t attributes;
static mcapi_uint_t value;
static mcapi_endpoint_t endpoint;
static mcapi_request_t request, *requests[] = {&request};
static uint32_t handle;
static size_t size;
static char text[8];
static void *packet;

void before_initialize(void)
{
    CHECK_BARE(finalize, ERR_NODE_NOTINIT);
    CHECK_BARE(domain_id_get, ERR_NODE_NOTINIT);
    CHECK_BARE(node_id_get, ERR_NODE_NOTINIT);
    CHECK(node_get_attribute, ERR_NODE_NOTINIT, MCAPI_DOMAIN, MCAPI_NODE, MCAPI_NODE_ATTR_TYPE, &value, sizeof value);
    CHECK(endpoint_create, ERR_NODE_NOTINIT, 1);
    CHECK(endpoint_get, ERR_NODE_NOTINIT, MCAPI_DOMAIN, MCAPI_NODE, 1, MCAPI_TIMEOUT_IMMEDIATE);
    CHECK(endpoint_get_i, ERR_NODE_NOTINIT, MCAPI_DOMAIN, MCAPI_NODE, 1, &endpoint, &request);
    CHECK(endpoint_release, ERR_NODE_NOTINIT, NO_HANDLE);
    CHECK(endpoint_delete, ERR_NODE_NOTINIT, NO_HANDLE);
    CHECK(endpoint_get_attribute, ERR_NODE_NOTINIT, NO_HANDLE, MCAPI_ENDP_ATTR_TYPE, &value, sizeof value);
    CHECK(endpoint_set_attribute, ERR_NODE_NOTINIT, NO_HANDLE, MCAPI_ENDP_ATTR_TIMEOUT, &value, sizeof value);
    CHECK(msg_send, ERR_NODE_NOTINIT, NO_HANDLE, NO_HANDLE, text, sizeof text, 0);
    CHECK(msg_send_i, ERR_NODE_NOTINIT, NO_HANDLE, NO_HANDLE, text, sizeof text, 0, &request);
    CHECK(msg_recv, ERR_NODE_NOTINIT, NO_HANDLE, text, sizeof text, &size);
    CHECK(msg_recv_i, ERR_NODE_NOTINIT, NO_HANDLE, text, sizeof text, &request);
    CHECK(msg_available, ERR_NODE_NOTINIT, NO_HANDLE);
    CHECK(pktchan_connect_i, ERR_NODE_NOTINIT, NO_HANDLE, NO_HANDLE, &request);
    CHECK(pktchan_recv_open_i, ERR_NODE_NOTINIT, &handle, NO_HANDLE, &request);
    CHECK(pktchan_send_open_i, ERR_NODE_NOTINIT, &handle, NO_HANDLE, &request);
    CHECK(pktchan_send, ERR_NODE_NOTINIT, NO_HANDLE, text, sizeof text);
    CHECK(pktchan_send_i, ERR_NODE_NOTINIT, NO_HANDLE, text, sizeof text, &request);
    CHECK(pktchan_recv, ERR_NODE_NOTINIT, NO_HANDLE, &packet, &size);
    CHECK(pktchan_recv_i, ERR_NODE_NOTINIT, NO_HANDLE, &packet, &request);
    CHECK(pktchan_available, ERR_NODE_NOTINIT, NO_HANDLE);
    CHECK(pktchan_release, ERR_NODE_NOTINIT, text);
    CHECK(pktchan_release_test, ERR_NODE_NOTINIT, text);
    CHECK(pktchan_recv_close_i, ERR_NODE_NOTINIT, NO_HANDLE, &request);
    CHECK(pktchan_send_close_i, ERR_NODE_NOTINIT, NO_HANDLE, &request);
    CHECK(sclchan_connect_i, ERR_NODE_NOTINIT, NO_HANDLE, NO_HANDLE, &request);
    CHECK(sclchan_recv_open_i, ERR_NODE_NOTINIT, &handle, NO_HANDLE, &request);
    CHECK(sclchan_send_open_i, ERR_NODE_NOTINIT, &handle, NO_HANDLE, &request);
    CHECK(sclchan_send_uint8, ERR_NODE_NOTINIT, NO_HANDLE, 0);
    CHECK(sclchan_send_uint16, ERR_NODE_NOTINIT, NO_HANDLE, 0);
    CHECK(sclchan_send_uint32, ERR_NODE_NOTINIT, NO_HANDLE, 0);
    CHECK(sclchan_send_uint64, ERR_NODE_NOTINIT, NO_HANDLE, 0);
    CHECK(sclchan_recv_uint8, ERR_NODE_NOTINIT, NO_HANDLE);
    CHECK(sclchan_recv_uint16, ERR_NODE_NOTINIT, NO_HANDLE);
    CHECK(sclchan_recv_uint32, ERR_NODE_NOTINIT, NO_HANDLE);
    CHECK(sclchan_recv_uint64, ERR_NODE_NOTINIT, NO_HANDLE);
    CHECK(sclchan_available, ERR_NODE_NOTINIT, NO_HANDLE);
    CHECK(sclchan_recv_close_i, ERR_NODE_NOTINIT, NO_HANDLE, &request);
    CHECK(sclchan_send_close_i, ERR_NODE_NOTINIT, NO_HANDLE, &request);
    CHECK(test, ERR_NODE_NOTINIT, &request, &size);
    CHECK(wait, ERR_NODE_NOTINIT, &request, &size, MCAPI_TIMEOUT_IMMEDIATE);
    CHECK(wait_any, ERR_NODE_NOTINIT, 1, requests, &size, MCAPI_TIMEOUT_IMMEDIATE);
    CHECK(cancel, ERR_NODE_NOTINIT, &request);
}

static void attribute_calls(void)
{
    mcapi_uint_t type = MCAPI_NODE_ATTR_TYPE_REGULAR, other = 77;

    CHECK(node_set_attribute, SUCCESS, &attributes, MCAPI_NODE_ATTR_TYPE, &type, sizeof type);
    CHECK(node_set_attribute, ERR_PARAMETER, NULL, MCAPI_NODE_ATTR_TYPE, &type, sizeof type);
    CHECK(node_set_attribute, ERR_ATTR_NUM, &attributes, 99, &type, sizeof type);
    CHECK(node_set_attribute, ERR_ATTR_SIZE, &attributes, MCAPI_NODE_ATTR_TYPE, &type, 1);
    CHECK(node_set_attribute, ERR_ATTR_VALUE, &attributes, MCAPI_NODE_ATTR_TYPE, &other, sizeof other);
    CHECK(node_get_attribute, SUCCESS, MCAPI_DOMAIN, MCAPI_NODE, MCAPI_NODE_ATTR_TYPE, &other, sizeof other);
    claim("node type", other == MCAPI_NODE_ATTR_TYPE_REGULAR);
    CHECK(node_get_attribute, ERR_DOMAIN_INVALID, 1, MCAPI_NODE, MCAPI_NODE_ATTR_TYPE, &value, sizeof value);
    CHECK(node_get_attribute, ERR_NODE_INVALID, MCAPI_DOMAIN, 2, MCAPI_NODE_ATTR_TYPE, &value, sizeof value);
    CHECK(node_get_attribute, ERR_PARAMETER, MCAPI_DOMAIN, MCAPI_NODE, MCAPI_NODE_ATTR_TYPE, NULL, sizeof value);
    CHECK(node_get_attribute, ERR_ATTR_NUM, MCAPI_DOMAIN, MCAPI_NODE, 99, &value, sizeof value);
    CHECK(node_get_attribute, ERR_ATTR_SIZE, MCAPI_DOMAIN, MCAPI_NODE, MCAPI_NODE_ATTR_TYPE, &value, 1);
    CHECK(node_get_attribute, ERR_ATTR_NOTSUPPORTED, MCAPI_DOMAIN, 0, MCAPI_NODE_ATTR_TYPE, &value, sizeof value);
}

void node_calls(void)
{
    mcapi_status_t status;

    CHECK(node_init_attributes, SUCCESS, &attributes);
    CHECK(node_init_attributes, ERR_PARAMETER, NULL);
    CHECK(initialize, ERR_DOMAIN_INVALID, 1, MCAPI_NODE, &attributes, NULL, &info);
    CHECK(initialize, ERR_NODE_INVALID, MCAPI_DOMAIN, 0, &attributes, NULL, &info);
    CHECK(initialize, ERR_PARAMETER, MCAPI_DOMAIN, MCAPI_NODE, &attributes, NULL, NULL);
    CHECK(initialize, SUCCESS, MCAPI_DOMAIN, MCAPI_NODE, &attributes, NULL, &info);
    CHECK(initialize, ERR_NODE_INITIALIZED, MCAPI_DOMAIN, MCAPI_NODE, &attributes, NULL, &info);
    claim("two nodes in one domain", info.number_of_domains == 1 && info.number_of_nodes == 2);
    CHECK_BARE(domain_id_get, SUCCESS);
    CHECK_BARE(node_id_get, SUCCESS);
    claim("node 1 of domain 0", mcapi_domain_id_get(&status) == 0 && mcapi_node_id_get(&status) == 1);
    attribute_calls();
    endpoint = create(1);
    CHECK_BARE(finalize, SUCCESS);
    mcapi_dispatch();
    claim("finalize leaves nothing to look at", !mcapi_raised());
    CHECK(initialize, SUCCESS, MCAPI_DOMAIN, MCAPI_NODE, NULL, NULL, &info);
    claim("finalize leaves no endpoint", mcapi_endpoint_create(1, &status) != 0);
    CHECK(endpoint_delete, ERR_ENDP_INVALID, endpoint);
    delete(mcapi_endpoint_get(MCAPI_DOMAIN, MCAPI_NODE, 1, MCAPI_TIMEOUT_IMMEDIATE, &status));
}
