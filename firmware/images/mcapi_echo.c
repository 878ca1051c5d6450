/* mcapi_echo: the MCAPI echo service as the main loop of a bare-metal image. It sleeps in WFI when there is nothing to do. */
#include "ipcc.h"
#include "mcapi/mcapi.h"
#include "mcapi/transport.h"
#include "mcapi_service.h"

int main(void)
{
    ipcc_init();
    service_start();
    for (;;) {
        do
            service_run();
        while (mcapi_raised());
        mcapi_wait_for_event();
    }
}
