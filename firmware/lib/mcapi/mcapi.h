/* The Multicore Communications API, version 2.0, of node 1 (the firmware) in domain 0; node 0 is Linux's side.
 * A call says in *mcapi_status how it went (enum mcapi_status in layout.h). No call is to be made from an interrupt
 * handler. Calls that end in _i give a request, which test, wait, wait_any or cancel take. */
#ifndef MCAPI_H
#define MCAPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"

typedef bool mcapi_boolean_t;
typedef int mcapi_int_t;
typedef unsigned mcapi_uint_t;
typedef uint8_t mcapi_uint8_t;
typedef uint16_t mcapi_uint16_t;
typedef uint32_t mcapi_uint32_t;
typedef uint64_t mcapi_uint64_t;
typedef enum mcapi_status mcapi_status_t;
typedef uint32_t mcapi_domain_t;
typedef uint32_t mcapi_node_t;
typedef uint32_t mcapi_port_t;
typedef uint32_t mcapi_priority_t; /* 0 is the highest */
typedef uint32_t mcapi_timeout_t;  /* microseconds, rounded up to the tick of 1 ms */

/* Handles. 0 is none; one whose object is gone is recognized as such. */
typedef uint32_t mcapi_endpoint_t;
typedef uint32_t mcapi_request_t;
typedef uint32_t mcapi_pktchan_recv_hndl_t;
typedef uint32_t mcapi_pktchan_send_hndl_t;
typedef uint32_t mcapi_sclchan_recv_hndl_t;
typedef uint32_t mcapi_sclchan_send_hndl_t;

#define MCAPI_TRUE true
#define MCAPI_FALSE false
#define MCAPI_DOMAIN_INVALID 0xFFFFFFFFu
#define MCAPI_NODE_INVALID 0xFFFFFFFFu
#define MCAPI_PORT_ANY 0xFFFFFFFFu
#define MCAPI_TIMEOUT_INFINITE 0xFFFFFFFFu
#define MCAPI_TIMEOUT_IMMEDIATE 0u

enum {
    MCAPI_NODE = 1, /* ours; the peer's is 0 */
    MCAPI_MAX_PORT = 0xFFFE,
    MCAPI_FIRST_AUTOMATIC_PORT = 10000,
    MCAPI_MAX_ENDPOINTS = 32,
    MCAPI_MAX_REQUESTS = 16,
    MCAPI_MAX_PARKED_GETS = 8,      /* of the peer, for endpoints of ours that do not exist yet */
    MCAPI_MAX_CONTROL_FRAMES = 32,  /* that wait for room in a ring; then delete and release: ERR_TRANSMISSION */
    MCAPI_MAX_UNREAD_SCALARS = 32,  /* per endpoint; then the sender waits */
    MCAPI_MAX_STATUS_SIZE = 32,     /* of a status name, with its NUL */
};

typedef struct {
    mcapi_uint_t type; /* MCAPI_NODE_ATTR_TYPE_REGULAR */
} mcapi_node_attributes_t;

typedef struct {
    mcapi_uint_t reserved; /* there is nothing to say */
} mcapi_param_t;

typedef struct {
    mcapi_uint_t mcapi_version;          /* 0x00020000 */
    mcapi_uint_t organization_id;        /* 0: none */
    mcapi_uint_t implementation_version; /* of the layout of the shared memory */
    mcapi_uint_t number_of_domains;
    mcapi_uint_t number_of_nodes;
    mcapi_uint_t number_of_ports;
} mcapi_info_t;

enum { MCAPI_NODE_ATTR_TYPE = 0 };
enum { MCAPI_NODE_ATTR_TYPE_REGULAR = 0 };

/* Attributes of endpoints, each an mcapi_uint_t. Those with a star must be equal at both ends of a channel. */
enum mcapi_endpoint_attribute {
    MCAPI_ENDP_ATTR_TYPE = 0,         /* read-only: what it is used for, MCAPI_ENDP_ATTR_TYPE_... */
    MCAPI_ENDP_ATTR_GET_COUNT = 1,    /* read-only: gets, less releases */
    MCAPI_ENDP_ATTR_GET_SOURCE = 2,   /* not supported */
    MCAPI_ENDP_ATTR_MAX_PAYLOAD_SIZE = 3, /* * 1 to 512 bytes */
    MCAPI_ENDP_ATTR_BUFFER_TYPE = 4,  /* * MCAPI_ENDP_ATTR_FIFO_BUFFER */
    MCAPI_ENDP_ATTR_MEMORY_TYPE = 5,  /* * where, | MCAPI_ENDP_ATTR_FAIL_LIMIT */
    MCAPI_ENDP_ATTR_NUM_PRIORITIES = 6, /* * 1 or 2 */
    MCAPI_ENDP_ATTR_PRIORITY = 7,     /* * of the channel, less than their number */
    MCAPI_ENDP_ATTR_NUM_SEND_BUFFERS = 8, /* read-only: of the pool, for all endpoints */
    MCAPI_ENDP_ATTR_NUM_RECV_BUFFERS = 9, /* read-only */
    MCAPI_ENDP_ATTR_STATUS = 10,      /* read-only: MCAPI_ENDP_STATUS_... */
    MCAPI_ENDP_ATTR_TIMEOUT = 11,     /* of blocking calls, microseconds */
};

enum {
    MCAPI_ENDP_ATTR_TYPE_MESSAGE = 1,
    MCAPI_ENDP_ATTR_TYPE_PACKET = 2,
    MCAPI_ENDP_ATTR_TYPE_SCALAR = 4,
    MCAPI_ENDP_ATTR_FIFO_BUFFER = 0,
    MCAPI_ENDP_ATTR_LOCAL_MEMORY = 0,
    MCAPI_ENDP_ATTR_SHARED_MEMORY = 1,
    MCAPI_ENDP_ATTR_REMOTE_MEMORY = 2,
    MCAPI_ENDP_ATTR_BLOCK_LIMIT = 0,
    MCAPI_ENDP_ATTR_FAIL_LIMIT = 1 << 16, /* ERR_MEM_LIMIT at once where a send would wait for room */
    MCAPI_ENDP_STATUS_CONNECTING = 1,
    MCAPI_ENDP_STATUS_CONNECTED = 2,
    MCAPI_ENDP_STATUS_OPEN = 4, /* at both ends */
    MCAPI_ENDP_STATUS_OPENPENDING = 8,
    MCAPI_ENDP_STATUS_CLOSEPENDING = 16, /* one end is closed, the other not yet */
    MCAPI_ENDP_STATUS_SENDS = 32,
};

/* The node. The peer need not be there; ipcc_init() has to come before, once for all who use the IPCC. */
void mcapi_initialize(mcapi_domain_t domain_id, mcapi_node_t node_id,
                      const mcapi_node_attributes_t *mcapi_node_attributes, const mcapi_param_t *init_parameters,
                      mcapi_info_t *mcapi_info, mcapi_status_t *mcapi_status);
void mcapi_finalize(mcapi_status_t *mcapi_status);
mcapi_domain_t mcapi_domain_id_get(mcapi_status_t *mcapi_status);
mcapi_node_t mcapi_node_id_get(mcapi_status_t *mcapi_status);
void mcapi_node_init_attributes(mcapi_node_attributes_t *mcapi_node_attributes, mcapi_status_t *mcapi_status);
void mcapi_node_get_attribute(mcapi_domain_t domain_id, mcapi_node_t node_id, mcapi_uint_t attribute_num,
                              void *attribute, size_t attribute_size, mcapi_status_t *mcapi_status);
void mcapi_node_set_attribute(mcapi_node_attributes_t *mcapi_node_attributes, mcapi_uint_t attribute_num,
                              const void *attribute, size_t attribute_size, mcapi_status_t *mcapi_status);

/* Endpoints. Get waits until there is one of that port; a remote one is known until its node restarts. */
mcapi_endpoint_t mcapi_endpoint_create(mcapi_port_t port_id, mcapi_status_t *mcapi_status);
void mcapi_endpoint_get_i(mcapi_domain_t domain_id, mcapi_node_t node_id, mcapi_port_t port_id,
                          mcapi_endpoint_t *endpoint, mcapi_request_t *request, mcapi_status_t *mcapi_status);
mcapi_endpoint_t mcapi_endpoint_get(mcapi_domain_t domain_id, mcapi_node_t node_id, mcapi_port_t port_id,
                                    mcapi_timeout_t timeout, mcapi_status_t *mcapi_status);
void mcapi_endpoint_release(mcapi_endpoint_t endpoint, mcapi_status_t *mcapi_status);
void mcapi_endpoint_delete(mcapi_endpoint_t endpoint, mcapi_status_t *mcapi_status);
void mcapi_endpoint_get_attribute(mcapi_endpoint_t endpoint, mcapi_uint_t attribute_num, void *attribute,
                                  size_t attribute_size, mcapi_status_t *mcapi_status);
void mcapi_endpoint_set_attribute(mcapi_endpoint_t endpoint, mcapi_uint_t attribute_num, const void *attribute,
                                  size_t attribute_size, mcapi_status_t *mcapi_status);

/* Messages. A buffer that is too small gets nothing (ERR_MSG_TRUNCATED): the message stays, *received_size says how
 * large it is. */
void mcapi_msg_send_i(mcapi_endpoint_t send_endpoint, mcapi_endpoint_t receive_endpoint, const void *buffer,
                      size_t buffer_size, mcapi_priority_t priority, mcapi_request_t *request,
                      mcapi_status_t *mcapi_status);
void mcapi_msg_send(mcapi_endpoint_t send_endpoint, mcapi_endpoint_t receive_endpoint, const void *buffer,
                    size_t buffer_size, mcapi_priority_t priority, mcapi_status_t *mcapi_status);
void mcapi_msg_recv_i(mcapi_endpoint_t receive_endpoint, void *buffer, size_t buffer_size, mcapi_request_t *request,
                      mcapi_status_t *mcapi_status);
void mcapi_msg_recv(mcapi_endpoint_t receive_endpoint, void *buffer, size_t buffer_size, size_t *received_size,
                    mcapi_status_t *mcapi_status);
mcapi_uint_t mcapi_msg_available(mcapi_endpoint_t receive_endpoint, mcapi_status_t *mcapi_status);
/* Not of the standard: a receive that says who has sent the message, as an endpoint to answer to, and its priority.
 * Of a sender that nobody got, the handle is good until many others have sent. */
void mcapi_msg_recv_from(mcapi_endpoint_t receive_endpoint, void *buffer, size_t buffer_size, size_t *received_size,
                         mcapi_endpoint_t *sender, mcapi_priority_t *priority, mcapi_status_t *mcapi_status);

/* Packet channels. A received packet lies in shared memory until it is released. An open may come before the connect;
 * its handle is good for calls when the request is complete, and until close: ERR_CHAN_NOTOPEN, ERR_CHAN_INVALID. An open
 * after a close has to wait until the other end is closed, too: ERR_CHAN_CLOSEPENDING. */
void mcapi_pktchan_connect_i(mcapi_endpoint_t send_endpoint, mcapi_endpoint_t receive_endpoint,
                             mcapi_request_t *request, mcapi_status_t *mcapi_status);
void mcapi_pktchan_recv_open_i(mcapi_pktchan_recv_hndl_t *recv_handle, mcapi_endpoint_t receive_endpoint,
                               mcapi_request_t *request, mcapi_status_t *mcapi_status);
void mcapi_pktchan_send_open_i(mcapi_pktchan_send_hndl_t *send_handle, mcapi_endpoint_t send_endpoint,
                               mcapi_request_t *request, mcapi_status_t *mcapi_status);
void mcapi_pktchan_send_i(mcapi_pktchan_send_hndl_t send_handle, const void *buffer, size_t size,
                          mcapi_request_t *request, mcapi_status_t *mcapi_status);
void mcapi_pktchan_send(mcapi_pktchan_send_hndl_t send_handle, const void *buffer, size_t size,
                        mcapi_status_t *mcapi_status);
void mcapi_pktchan_recv_i(mcapi_pktchan_recv_hndl_t receive_handle, void **buffer, mcapi_request_t *request,
                          mcapi_status_t *mcapi_status);
void mcapi_pktchan_recv(mcapi_pktchan_recv_hndl_t receive_handle, void **buffer, size_t *received_size,
                        mcapi_status_t *mcapi_status);
mcapi_uint_t mcapi_pktchan_available(mcapi_pktchan_recv_hndl_t receive_handle, mcapi_status_t *mcapi_status);
void mcapi_pktchan_release(void *buffer, mcapi_status_t *mcapi_status);
mcapi_boolean_t mcapi_pktchan_release_test(void *buffer, mcapi_status_t *mcapi_status);
void mcapi_pktchan_recv_close_i(mcapi_pktchan_recv_hndl_t receive_handle, mcapi_request_t *request,
                                mcapi_status_t *mcapi_status);
void mcapi_pktchan_send_close_i(mcapi_pktchan_send_hndl_t send_handle, mcapi_request_t *request,
                                mcapi_status_t *mcapi_status);

/* Scalar channels. A scalar of another width than asked for stays where it is (ERR_SCL_SIZE). */
void mcapi_sclchan_connect_i(mcapi_endpoint_t send_endpoint, mcapi_endpoint_t receive_endpoint,
                             mcapi_request_t *request, mcapi_status_t *mcapi_status);
void mcapi_sclchan_recv_open_i(mcapi_sclchan_recv_hndl_t *receive_handle, mcapi_endpoint_t receive_endpoint,
                               mcapi_request_t *request, mcapi_status_t *mcapi_status);
void mcapi_sclchan_send_open_i(mcapi_sclchan_send_hndl_t *send_handle, mcapi_endpoint_t send_endpoint,
                               mcapi_request_t *request, mcapi_status_t *mcapi_status);
void mcapi_sclchan_send_uint64(mcapi_sclchan_send_hndl_t send_handle, mcapi_uint64_t dataword,
                               mcapi_status_t *mcapi_status);
void mcapi_sclchan_send_uint32(mcapi_sclchan_send_hndl_t send_handle, mcapi_uint32_t dataword,
                               mcapi_status_t *mcapi_status);
void mcapi_sclchan_send_uint16(mcapi_sclchan_send_hndl_t send_handle, mcapi_uint16_t dataword,
                               mcapi_status_t *mcapi_status);
void mcapi_sclchan_send_uint8(mcapi_sclchan_send_hndl_t send_handle, mcapi_uint8_t dataword,
                              mcapi_status_t *mcapi_status);
mcapi_uint64_t mcapi_sclchan_recv_uint64(mcapi_sclchan_recv_hndl_t receive_handle, mcapi_status_t *mcapi_status);
mcapi_uint32_t mcapi_sclchan_recv_uint32(mcapi_sclchan_recv_hndl_t receive_handle, mcapi_status_t *mcapi_status);
mcapi_uint16_t mcapi_sclchan_recv_uint16(mcapi_sclchan_recv_hndl_t receive_handle, mcapi_status_t *mcapi_status);
mcapi_uint8_t mcapi_sclchan_recv_uint8(mcapi_sclchan_recv_hndl_t receive_handle, mcapi_status_t *mcapi_status);
mcapi_uint_t mcapi_sclchan_available(mcapi_sclchan_recv_hndl_t receive_handle, mcapi_status_t *mcapi_status);
void mcapi_sclchan_recv_close_i(mcapi_sclchan_recv_hndl_t receive_handle, mcapi_request_t *request,
                                mcapi_status_t *mcapi_status);
void mcapi_sclchan_send_close_i(mcapi_sclchan_send_hndl_t send_handle, mcapi_request_t *request,
                                mcapi_status_t *mcapi_status);

/* Requests. True: it is complete, *mcapi_status says how, *size how many bytes came or went, and the handle is used up.
 * wait_any says which one is (MCAPI_MAX_REQUESTS: none). */
mcapi_boolean_t mcapi_test(mcapi_request_t *request, size_t *size, mcapi_status_t *mcapi_status);
mcapi_boolean_t mcapi_wait(mcapi_request_t *request, size_t *size, mcapi_timeout_t timeout,
                           mcapi_status_t *mcapi_status);
mcapi_uint_t mcapi_wait_any(size_t number, mcapi_request_t **requests, size_t *size, mcapi_timeout_t timeout,
                            mcapi_status_t *mcapi_status);
void mcapi_cancel(mcapi_request_t *request, mcapi_status_t *mcapi_status);

/* The status's name without its prefix ("ERR_MSG_SIZE"), cut to `size`; gives status_message, NULL if there is none. */
char *mcapi_display_status(mcapi_status_t status, char *status_message, size_t size);

/* Not of the standard: the main loop of an image that does not block calls mcapi_dispatch(), and then looks at all that
 * it waits for, as long as mcapi_raised(): other calls dispatch as well, and what came in them is told there, too. It is
 * to be asked with interrupts masked before WFI. Several frames become one doorbell between hold true and false, where no
 * call may sleep: Linux would not hear what it sleeps for. */
void mcapi_dispatch(void);
bool mcapi_raised(void);
bool mcapi_linked(void); /* is the peer there? */
void mcapi_hold_doorbell(bool hold);

#endif
