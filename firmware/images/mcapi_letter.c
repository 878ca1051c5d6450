/* Messages and their answers. See mcapi_letter.h. */
#include "mcapi_letter.h"

mcapi_endpoint_t endpoint_without_waiting(mcapi_port_t port)
{
    static const mcapi_timeout_t at_once = MCAPI_TIMEOUT_IMMEDIATE;
    mcapi_status_t status;
    mcapi_endpoint_t endpoint = mcapi_endpoint_create(port, &status);

    mcapi_endpoint_set_attribute(endpoint, MCAPI_ENDP_ATTR_TIMEOUT, &at_once, sizeof(at_once), &status);
    return endpoint;
}

bool letter_receive(struct letter *letter)
{
    mcapi_status_t status = MCAPI_SUCCESS;

    if (!letter->full)
        mcapi_msg_recv_from(letter->endpoint, letter->text, sizeof(letter->text), &letter->size, &letter->sender,
                            &letter->priority, &status);
    letter->full = letter->full || status == MCAPI_SUCCESS;
    return letter->full;
}

bool letter_answer(struct letter *letter)
{
    mcapi_status_t status;

    mcapi_msg_send(letter->endpoint, letter->sender, letter->text, letter->size, letter->priority, &status);
    letter->full = status == MCAPI_TIMEOUT;
    return !letter->full;
}
