/* Attributes of endpoints. See mcapi.h; those that must be equal at both ends are one word, as CONNECT carries it. */
#include "objects.h"

/* The bits of a field, if `value` fits in it. */
#define FIELD(field) MCAPI_ATTRIBUTE_##field##_SHIFT, MCAPI_ATTRIBUTE_##field##_MASK

static uint32_t with(uint32_t word, unsigned shift, uint32_t mask, uint32_t value)
{
    return (word & ~(mask << shift)) | value << shift;
}

static mcapi_uint_t type_of(const struct channel *channel)
{
    switch (channel->type) {
    case MCAPI_TYPE_PACKET:
        return MCAPI_ENDP_ATTR_TYPE_PACKET;
    case MCAPI_TYPE_SCALAR:
        return MCAPI_ENDP_ATTR_TYPE_SCALAR;
    default:
        return MCAPI_ENDP_ATTR_TYPE_MESSAGE;
    }
}

static mcapi_uint_t status_of(const struct channel *channel)
{
    mcapi_uint_t bits = 0;

    if (channel->state == CONNECTING)
        bits |= MCAPI_ENDP_STATUS_CONNECTING;
    if (channel->state == CONNECTED)
        bits |= MCAPI_ENDP_STATUS_CONNECTED;
    if (channel->closed || channel->peer_closed)
        bits |= MCAPI_ENDP_STATUS_CLOSEPENDING;
    else if (channel->open)
        bits |= MCAPI_ENDP_STATUS_OPEN;
    else if (channel->opened)
        bits |= MCAPI_ENDP_STATUS_OPENPENDING;
    if (channel->sends)
        bits |= MCAPI_ENDP_STATUS_SENDS;
    return bits;
}

static mcapi_status_t get(const struct endpoint *endpoint, mcapi_uint_t which, mcapi_uint_t *value)
{
    uint32_t word = endpoint->attributes;

    switch (which) {
    case MCAPI_ENDP_ATTR_TYPE:
        *value = type_of(&endpoint->channel);
        break;
    case MCAPI_ENDP_ATTR_GET_COUNT:
        *value = (mcapi_uint_t)endpoint->users + endpoint->peer_users;
        break;
    case MCAPI_ENDP_ATTR_MAX_PAYLOAD_SIZE:
        *value = ATTRIBUTE(word, MAX_PAYLOAD_SIZE);
        break;
    case MCAPI_ENDP_ATTR_BUFFER_TYPE:
        *value = ATTRIBUTE(word, BUFFER_TYPE);
        break;
    case MCAPI_ENDP_ATTR_MEMORY_TYPE:
        *value = ATTRIBUTE(word, MEMORY_LOCALITY) | ATTRIBUTE(word, MEMORY_FAILS) << 16;
        break;
    case MCAPI_ENDP_ATTR_NUM_PRIORITIES:
        *value = ATTRIBUTE(word, NUM_PRIORITIES);
        break;
    case MCAPI_ENDP_ATTR_PRIORITY:
        *value = ATTRIBUTE(word, PRIORITY);
        break;
    case MCAPI_ENDP_ATTR_NUM_SEND_BUFFERS:
    case MCAPI_ENDP_ATTR_NUM_RECV_BUFFERS:
        *value = MCAPI_BUFFERS;
        break;
    case MCAPI_ENDP_ATTR_STATUS:
        *value = status_of(&endpoint->channel);
        break;
    case MCAPI_ENDP_ATTR_TIMEOUT:
        *value = endpoint->timeout;
        break;
    default:
        return MCAPI_ERR_ATTR_NOTSUPPORTED;
    }
    return MCAPI_SUCCESS;
}

static mcapi_status_t set(struct endpoint *endpoint, mcapi_uint_t which, mcapi_uint_t value)
{
    uint32_t *word = &endpoint->attributes;

    switch (which) {
    case MCAPI_ENDP_ATTR_MAX_PAYLOAD_SIZE:
        if (value < 1 || value > MCAPI_BUFFER_SIZE)
            return MCAPI_ERR_ATTR_VALUE;
        *word = with(*word, FIELD(MAX_PAYLOAD_SIZE), value);
        break;
    case MCAPI_ENDP_ATTR_BUFFER_TYPE:
        if (value != MCAPI_ENDP_ATTR_FIFO_BUFFER)
            return MCAPI_ERR_ATTR_VALUE;
        break;
    case MCAPI_ENDP_ATTR_MEMORY_TYPE:
        if ((value & ~MCAPI_ENDP_ATTR_FAIL_LIMIT) > MCAPI_ENDP_ATTR_REMOTE_MEMORY)
            return MCAPI_ERR_ATTR_VALUE;
        *word = with(*word, FIELD(MEMORY_LOCALITY), value & 0xFFFF);
        *word = with(*word, FIELD(MEMORY_FAILS), value >> 16);
        break;
    case MCAPI_ENDP_ATTR_NUM_PRIORITIES:
        if (value > MCAPI_PRIORITIES || value <= ATTRIBUTE(*word, PRIORITY))
            return MCAPI_ERR_ATTR_VALUE;
        *word = with(*word, FIELD(NUM_PRIORITIES), value);
        break;
    case MCAPI_ENDP_ATTR_PRIORITY:
        if (value >= ATTRIBUTE(*word, NUM_PRIORITIES))
            return MCAPI_ERR_ATTR_VALUE;
        *word = with(*word, FIELD(PRIORITY), value);
        break;
    case MCAPI_ENDP_ATTR_TIMEOUT:
        endpoint->timeout = value;
        break;
    case MCAPI_ENDP_ATTR_GET_SOURCE:
        return MCAPI_ERR_ATTR_NOTSUPPORTED;
    default:
        return MCAPI_ERR_ATTR_READONLY;
    }
    return MCAPI_SUCCESS;
}

static mcapi_status_t check(mcapi_uint_t which, const void *attribute, size_t size)
{
    if (!attribute)
        return MCAPI_ERR_PARAMETER;
    if (which > MCAPI_ENDP_ATTR_TIMEOUT)
        return MCAPI_ERR_ATTR_NUM;
    return size == sizeof(mcapi_uint_t) ? MCAPI_SUCCESS : MCAPI_ERR_ATTR_SIZE;
}

void mcapi_endpoint_get_attribute(mcapi_endpoint_t handle, mcapi_uint_t attribute_num, void *attribute,
                                  size_t attribute_size, mcapi_status_t *mcapi_status)
{
    struct endpoint *endpoint;
    mcapi_status_t status = endpoint_own(handle, &endpoint);

    if (status == MCAPI_SUCCESS)
        status = check(attribute_num, attribute, attribute_size);
    if (status == MCAPI_SUCCESS)
        status = get(endpoint, attribute_num, attribute);
    say(mcapi_status, status);
}

void mcapi_endpoint_set_attribute(mcapi_endpoint_t handle, mcapi_uint_t attribute_num, const void *attribute,
                                  size_t attribute_size, mcapi_status_t *mcapi_status)
{
    struct endpoint *endpoint;
    mcapi_status_t status = endpoint_own(handle, &endpoint);

    if (status == MCAPI_SUCCESS)
        status = check(attribute_num, attribute, attribute_size);
    if (status == MCAPI_SUCCESS && attribute_num != MCAPI_ENDP_ATTR_TIMEOUT && endpoint->channel.type != 0)
        status = MCAPI_ERR_CHAN_CONNECTED;
    if (status == MCAPI_SUCCESS)
        status = set(endpoint, attribute_num, *(const mcapi_uint_t *)attribute);
    say(mcapi_status, status);
}
