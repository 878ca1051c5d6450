/* The node: it joins and leaves, knows itself, and looks after what comes. See mcapi.h. */
#include "objects.h"

static bool initialized;
static bool again;     /* look once more: see node_retry() */
static bool news;      /* something has come since the main loop looked */
static unsigned links; /* see node_link() */
static mcapi_node_attributes_t attributes;

uint32_t handle_new(enum handle_kind kind, unsigned slot)
{
    static uint32_t serial;

    serial++;
    return (uint32_t)kind << 28 | (serial & 0xFFFFF) << 8 | slot;
}

mcapi_status_t node_status(void)
{
    return initialized ? MCAPI_SUCCESS : MCAPI_ERR_NODE_NOTINIT;
}

unsigned node_link(void)
{
    return links;
}

void node_retry(void)
{
    again = true;
}

/* -- what the transport says ----------------------------------------------------------------------------------- */

static bool take(const struct mcapi_frame *frame)
{
    switch (frame->kind) {
    case MCAPI_KIND_MESSAGE:
        return message_take(frame);
    case MCAPI_KIND_PACKET:
        return packet_take(frame);
    case MCAPI_KIND_SCALAR:
        return scalar_take(frame);
    default:
        return control_take(frame);
    }
}

static bool on_frame(const struct mcapi_frame *frame)
{
    bool taken = take(frame);

    news = news || taken;
    return taken;
}

static void on_peer(bool up)
{
    news = true;
    if (!up) {
        links++;
        for (unsigned i = 0; i < MCAPI_MAX_ENDPOINTS; i++)
            for (unsigned priority = 0; priority < MCAPI_PRIORITIES; priority++)
                frames_keep(&endpoints[i].messages[priority]);
        channels_peer_gone();
        frames_forget_peer();
        control_reset();
    }
    remote_peer(up);
}

static void on_space(void)
{
    news = true; /* node_dispatch() tries all again in any case; the main loop may want to */
}

static const struct transport_client client = {on_frame, on_peer, on_space};

void node_dispatch(void)
{
    do {
        again = false;
        transport_dispatch(); /* also after finalize: what it has to say may wait for the channel to be free */
        if (!initialized)
            return;
        control_flush();
        remote_answer_parked();
        request_progress();
    } while (again);
}

void mcapi_dispatch(void)
{
    node_dispatch();
    news = false;
}

bool mcapi_raised(void)
{
    return news || again || transport_raised();
}

bool mcapi_linked(void)
{
    return initialized && transport_up();
}

void mcapi_hold_doorbell(bool hold)
{
    transport_hold(hold);
}

/* -- life ------------------------------------------------------------------------------------------------------ */

static void reset(void)
{
    again = news = false;
    requests_reset();
    remote_reset();
    frames_reset();
    endpoints_reset();
    control_reset();
}

void mcapi_initialize(mcapi_domain_t domain_id, mcapi_node_t node_id,
                      const mcapi_node_attributes_t *mcapi_node_attributes, const mcapi_param_t *init_parameters,
                      mcapi_info_t *mcapi_info, mcapi_status_t *mcapi_status)
{
    (void)init_parameters;
    if (initialized)
        return say(mcapi_status, MCAPI_ERR_NODE_INITIALIZED);
    if (domain_id != MCAPI_DOMAIN)
        return say(mcapi_status, MCAPI_ERR_DOMAIN_INVALID);
    if (node_id != MCAPI_NODE)
        return say(mcapi_status, MCAPI_ERR_NODE_INVALID);
    if (!mcapi_info)
        return say(mcapi_status, MCAPI_ERR_PARAMETER);
    attributes.type = mcapi_node_attributes ? mcapi_node_attributes->type : MCAPI_NODE_ATTR_TYPE_REGULAR;
    *mcapi_info = (mcapi_info_t){
        .mcapi_version = 0x00020000,
        .implementation_version = MCAPI_VERSION,
        .number_of_domains = 1,
        .number_of_nodes = 2,
        .number_of_ports = MCAPI_MAX_PORT + 1,
    };
    reset();
    initialized = true;
    transport_start(&client);
    say(mcapi_status, MCAPI_SUCCESS);
}

void mcapi_finalize(mcapi_status_t *mcapi_status)
{
    mcapi_status_t status = node_status();

    if (status == MCAPI_SUCCESS) {
        reset();
        initialized = false;
        transport_stop();
    }
    say(mcapi_status, status);
}

mcapi_domain_t mcapi_domain_id_get(mcapi_status_t *mcapi_status)
{
    say(mcapi_status, node_status());
    return initialized ? MCAPI_DOMAIN : MCAPI_DOMAIN_INVALID;
}

mcapi_node_t mcapi_node_id_get(mcapi_status_t *mcapi_status)
{
    say(mcapi_status, node_status());
    return initialized ? MCAPI_NODE : MCAPI_NODE_INVALID;
}

/* -- attributes of the node ------------------------------------------------------------------------------------ */

static mcapi_status_t check_attribute(mcapi_uint_t attribute_num, const void *attribute, size_t attribute_size)
{
    if (!attribute)
        return MCAPI_ERR_PARAMETER;
    if (attribute_num != MCAPI_NODE_ATTR_TYPE)
        return MCAPI_ERR_ATTR_NUM;
    return attribute_size == sizeof(mcapi_uint_t) ? MCAPI_SUCCESS : MCAPI_ERR_ATTR_SIZE;
}

void mcapi_node_init_attributes(mcapi_node_attributes_t *mcapi_node_attributes, mcapi_status_t *mcapi_status)
{
    if (!mcapi_node_attributes)
        return say(mcapi_status, MCAPI_ERR_PARAMETER);
    mcapi_node_attributes->type = MCAPI_NODE_ATTR_TYPE_REGULAR;
    say(mcapi_status, MCAPI_SUCCESS);
}

void mcapi_node_set_attribute(mcapi_node_attributes_t *mcapi_node_attributes, mcapi_uint_t attribute_num,
                              const void *attribute, size_t attribute_size, mcapi_status_t *mcapi_status)
{
    mcapi_status_t status = check_attribute(attribute_num, attribute, attribute_size);

    if (!mcapi_node_attributes)
        status = MCAPI_ERR_PARAMETER;
    else if (status == MCAPI_SUCCESS && *(const mcapi_uint_t *)attribute != MCAPI_NODE_ATTR_TYPE_REGULAR)
        status = MCAPI_ERR_ATTR_VALUE;
    if (status == MCAPI_SUCCESS)
        mcapi_node_attributes->type = *(const mcapi_uint_t *)attribute;
    say(mcapi_status, status);
}

void mcapi_node_get_attribute(mcapi_domain_t domain_id, mcapi_node_t node_id, mcapi_uint_t attribute_num,
                              void *attribute, size_t attribute_size, mcapi_status_t *mcapi_status)
{
    mcapi_status_t status = node_status();

    if (status == MCAPI_SUCCESS && domain_id != MCAPI_DOMAIN)
        status = MCAPI_ERR_DOMAIN_INVALID;
    if (status == MCAPI_SUCCESS && node_id > MCAPI_NODE)
        status = MCAPI_ERR_NODE_INVALID;
    if (status == MCAPI_SUCCESS)
        status = check_attribute(attribute_num, attribute, attribute_size);
    if (status == MCAPI_SUCCESS && node_id != MCAPI_NODE)
        status = MCAPI_ERR_ATTR_NOTSUPPORTED; /* the peer's are not known here */
    if (status == MCAPI_SUCCESS)
        *(mcapi_uint_t *)attribute = attributes.type;
    say(mcapi_status, status);
}
