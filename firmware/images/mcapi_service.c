/* The MCAPI echo service. See mcapi_service.h. */
#include "mcapi_service.h"

#include "cm4_log.h"
#include "mcapi/mcapi.h"
#include "mcapi/transport.h"
#include "mcapi_commands.h"
#include "mcapi_letter.h"

enum state { CLOSED, OPENING, OPEN };

typedef void open_call(uint32_t *handle, mcapi_endpoint_t endpoint, mcapi_request_t *request, mcapi_status_t *status);
typedef void close_call(uint32_t handle, mcapi_request_t *request, mcapi_status_t *status);

/* One end of a channel, which is opened for ever again. */
struct end {
    open_call *open;
    close_call *close;
    mcapi_endpoint_t endpoint;
    mcapi_request_t request; /* while OPENING */
    uint32_t handle;         /* while OPEN */
    enum state state;
};

static struct end packets_in = {.open = mcapi_pktchan_recv_open_i, .close = mcapi_pktchan_recv_close_i};
static struct end packets_out = {.open = mcapi_pktchan_send_open_i, .close = mcapi_pktchan_send_close_i};
static struct end scalars_in = {.open = mcapi_sclchan_recv_open_i, .close = mcapi_sclchan_recv_close_i};
static struct end scalars_out = {.open = mcapi_sclchan_send_open_i, .close = mcapi_sclchan_send_close_i};

static struct letter letter;

/* -- the ends of channels -------------------------------------------------------------------------------------- */

static mcapi_uint_t status_of(const struct end *end)
{
    mcapi_status_t status;
    mcapi_uint_t bits = 0;

    mcapi_endpoint_get_attribute(end->endpoint, MCAPI_ENDP_ATTR_STATUS, &bits, sizeof(bits), &status);
    return bits;
}

static bool is_open(const struct end *end)
{
    return (status_of(end) & MCAPI_ENDP_STATUS_OPEN) != 0;
}

/* Has the other end been closed? What it sent before may still be here. */
static bool is_closing(const struct end *end)
{
    return (status_of(end) & MCAPI_ENDP_STATUS_CLOSEPENDING) != 0;
}

static void close_end(struct end *end)
{
    mcapi_request_t request;
    mcapi_status_t status;

    end->close(end->handle, &request, &status); /* complete at once; if the peer has gone, it is closed already */
    end->state = CLOSED;
}

static void keep_open(struct end *end)
{
    mcapi_status_t status = MCAPI_PENDING;
    size_t size;

    if (end->state == CLOSED) {
        end->open(&end->handle, end->endpoint, &end->request, &status);
        if (status == MCAPI_PENDING)
            end->state = OPENING;
    } else if (end->state == OPENING) {
        mcapi_test(&end->request, &size, &status);
        if (status != MCAPI_PENDING)
            end->state = CLOSED;
    }
    if (status == MCAPI_SUCCESS)
        end->state = OPEN;
}

/* Open what can be, and notice what is not any more. An end that receives reads first what is still there. True if
 * Linux has gone, and with it what came in. */
static bool look_after(struct end *in, struct end *out)
{
    bool gone = in->state == OPEN && !is_open(in) && !is_closing(in);

    if (gone)
        in->state = CLOSED;
    if (out->state == OPEN && !is_open(out))
        close_end(out);
    keep_open(in);
    keep_open(out);
    return gone;
}

/* May one more be read? Without a way out it stays, unless its sender is gone and nobody will make one. */
static bool may_read(const struct end *in, const struct end *out)
{
    return in->state == OPEN && (out->state == OPEN || is_closing(in));
}

/* -- packets --------------------------------------------------------------------------------------------------- */

static struct {
    void *data; /* NULL: none */
    size_t size;
} packet;

static void *kept[MCAPI_BUFFERS];
static unsigned keeps, keep_at_most = 1;

void service_hold(unsigned number)
{
    keep_at_most = number;
}

static void release_kept(void)
{
    mcapi_status_t status;

    while (keeps > 0)
        mcapi_pktchan_release(kept[--keeps], &status);
}

static void keep_packet(void)
{
    kept[keeps++] = packet.data;
    packet.data = NULL;
    if (keeps >= keep_at_most || keeps == MCAPI_BUFFERS)
        release_kept();
}

static bool receive_packet(void)
{
    mcapi_status_t status;

    if (packet.data != NULL)
        return true;
    if (!may_read(&packets_in, &packets_out))
        return false;
    mcapi_pktchan_recv(packets_in.handle, &packet.data, &packet.size, &status);
    if (status == MCAPI_SUCCESS)
        return true;
    packet.data = NULL;
    if (status != MCAPI_TIMEOUT) {
        close_end(&packets_in);
        release_kept();
    }
    return false;
}

/* Their buffers are Linux's again. */
static void forget_packets(void)
{
    packet.data = NULL;
    release_kept();
}

static void echo_packets(void)
{
    mcapi_status_t status;

    while (receive_packet()) {
        if (packets_out.state == OPEN) {
            mcapi_pktchan_send(packets_out.handle, packet.data, packet.size, &status);
            if (status == MCAPI_TIMEOUT)
                return;
        }
        keep_packet();
    }
}

/* -- scalars --------------------------------------------------------------------------------------------------- */

static struct {
    uint64_t value;
    unsigned width; /* bytes; 0: none */
} scalar;

static mcapi_status_t receive_width(unsigned width)
{
    uint32_t handle = scalars_in.handle;
    mcapi_status_t status;

    if (width == 1)
        scalar.value = mcapi_sclchan_recv_uint8(handle, &status);
    else if (width == 2)
        scalar.value = mcapi_sclchan_recv_uint16(handle, &status);
    else if (width == 4)
        scalar.value = mcapi_sclchan_recv_uint32(handle, &status);
    else
        scalar.value = mcapi_sclchan_recv_uint64(handle, &status);
    return status;
}

/* Of another width it stays where it is. */
static bool receive_scalar(void)
{
    mcapi_status_t status = MCAPI_ERR_SCL_SIZE;
    unsigned width = 8;

    if (scalar.width != 0)
        return true;
    if (!may_read(&scalars_in, &scalars_out))
        return false;
    for (; width > 0; width /= 2) {
        status = receive_width(width);
        if (status != MCAPI_ERR_SCL_SIZE)
            break;
    }
    if (status == MCAPI_SUCCESS)
        scalar.width = width;
    else if (status != MCAPI_TIMEOUT)
        close_end(&scalars_in);
    return scalar.width != 0;
}

static mcapi_status_t send_scalar(void)
{
    uint32_t handle = scalars_out.handle;
    mcapi_status_t status;

    if (scalar.width == 1)
        mcapi_sclchan_send_uint8(handle, (uint8_t)scalar.value, &status);
    else if (scalar.width == 2)
        mcapi_sclchan_send_uint16(handle, (uint16_t)scalar.value, &status);
    else if (scalar.width == 4)
        mcapi_sclchan_send_uint32(handle, (uint32_t)scalar.value, &status);
    else
        mcapi_sclchan_send_uint64(handle, scalar.value, &status);
    return status;
}

static void echo_scalars(void)
{
    while (receive_scalar()) {
        if (scalars_out.state == OPEN && send_scalar() == MCAPI_TIMEOUT)
            return;
        scalar.width = 0;
    }
}

/* -- all of it ------------------------------------------------------------------------------------------------- */

static void log_peer(void)
{
    static uint32_t epoch; /* 0: none is there */
    uint32_t now = mcapi_linked() ? transport_peer_epoch() : 0;

    if (epoch != 0 && now != epoch)
        cm4_log("mcapi: gone");
    if (now != 0 && now != epoch)
        cm4_log("mcapi: up, epoch %u of Linux", (unsigned)now);
    epoch = now;
}

static void echo_messages(void)
{
    while (letter_receive(&letter))
        if (!letter_answer(&letter))
            return;
}

void service_start(void)
{
    mcapi_info_t info;
    mcapi_status_t status;

    cm4_log("mcapi: boot");
    mcapi_initialize(MCAPI_DOMAIN, MCAPI_NODE, NULL, NULL, &info, &status);
    letter.endpoint = endpoint_without_waiting(PORT_MESSAGES);
    packets_in.endpoint = endpoint_without_waiting(PORT_PACKETS_IN);
    packets_out.endpoint = endpoint_without_waiting(PORT_PACKETS_OUT);
    scalars_in.endpoint = endpoint_without_waiting(PORT_SCALARS_IN);
    scalars_out.endpoint = endpoint_without_waiting(PORT_SCALARS_OUT);
    commands_start(endpoint_without_waiting(PORT_COMMANDS), packets_in.endpoint, packets_out.endpoint,
                   scalars_in.endpoint, scalars_out.endpoint);
}

void service_run(void)
{
    mcapi_hold_doorbell(true);
    mcapi_dispatch();
    log_peer();
    if (look_after(&packets_in, &packets_out))
        forget_packets();
    if (look_after(&scalars_in, &scalars_out))
        scalar.width = 0;
    echo_messages();
    echo_packets();
    echo_scalars();
    commands_run();
    mcapi_hold_doorbell(false);
}
