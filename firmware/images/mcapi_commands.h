/* What port 6 of the MCAPI echo service is asked for, by messages of text, and how it answers:
 *
 *   connect packet IN OUT   connects our 3 with port IN of Linux, and port OUT of Linux with our 2
 *   connect scalar IN OUT   the same with 5 and 4
 *   status                  what the transport has counted: "FRAMES_SENT 1 FRAMES_RECEIVED 2 ..."
 *   hold N                  see service_hold(); from 1 to 24
 *
 * The answer to the others is a status name, such as SUCCESS or ERR_CHAN_CONNECTED; to anything else, ERR_PARAMETER.
 * A connect waits until Linux has both ports; the next connect ends that with ERR_REQUEST_CANCELLED. */
#ifndef MCAPI_COMMANDS_H
#define MCAPI_COMMANDS_H

#include "mcapi/mcapi.h"

void commands_start(mcapi_endpoint_t commands, mcapi_endpoint_t packets_in, mcapi_endpoint_t packets_out,
                    mcapi_endpoint_t scalars_in, mcapi_endpoint_t scalars_out);

/* Do what can be done now. */
void commands_run(void);

#endif
