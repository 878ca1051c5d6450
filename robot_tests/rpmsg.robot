*** Settings ***
Documentation    RPMsg between the model of Linux and firmware that echoes what it gets.

Resource         ipcclab.resource

Test Setup       Boot Firmware    ${ECHO_IMAGE}
Test Teardown    No Signal Should Be Lost

Test Tags        rpmsg


*** Variables ***
${TTY}                rpmsg-tty
${SECOND_TTY}         rpmsg-tty:2
${CLIENT_SAMPLE}      rpmsg-client-sample
# Dynamic addresses begin at 1024.
${FIRST_ADDRESS}      ${1024}
# A buffer of 512 bytes less the header of 16.
${LONGEST_MESSAGE}    ${496}


*** Test Cases ***
Should Announce Endpoints
    ${address} =    Endpoint Should Be Announced    ${TTY}    within=50ms
    Should Be Equal As Integers    ${address}    ${FIRST_ADDRESS}
    ${address} =    Endpoint Should Be Announced    ${SECOND_TTY}
    Should Be Equal As Integers    ${address}    ${FIRST_ADDRESS + 1}
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    ${names} =    Get Announced Endpoints
    Should Be Equal    ${names}    ${{['${TTY}', '${TTY}', '${CLIENT_SAMPLE}']}}

Should Echo A Message
    Host Sends    hello
    Firmware Should Answer    hello    within=50ms

Should Answer From The Endpoint Sent To
    FOR    ${endpoint}    IN    ${TTY}    ${SECOND_TTY}    ${CLIENT_SAMPLE}
        Host Sends    hello ${endpoint}    endpoint=${endpoint}
        Firmware Should Answer    hello ${endpoint}    endpoint=${endpoint}
    END

Should Keep Messages In Flight In Order
    Host Sends    first
    Host Sends    second
    Host Sends    third
    FOR    ${text}    IN    first    second    third
        Firmware Should Answer    ${text}
    END
    Nothing Should Be Stuck

Should Pass The Longest Message
    ${text} =    Evaluate    'x' * ${LONGEST_MESSAGE}
    Host Sends    ${text}
    Firmware Should Answer    ${text}

Should Refuse Too Long A Message
    [Documentation]    Linux says EMSGSIZE; the firmware never hears of it.
    ${text} =    Evaluate    'x' * ${LONGEST_MESSAGE + 1}
    Run Keyword And Expect Error    *-90 (EMSGSIZE)*    Host Sends    ${text}    endpoint=${CLIENT_SAMPLE}
    Firmware Should Stay Silent    10ms

Should Stay Silent Unasked
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    Firmware Should Stay Silent    10ms

Should Log To The Trace Buffer
    Firmware Should Log    rpmsg_echo: boot
    Host Sends    hello
    Firmware Should Log    message 0x400 -> 0x400: 5 bytes

Should Leave All Channels Free
    Host Sends    hello
    Firmware Should Answer    hello
    Run For    1ms
    All Channels Should Be Free
    Nothing Should Be Stuck

Should Listen On Remoteproc's Channels Only
    Endpoint Should Be Announced    ${TTY}
    FOR    ${channel}    IN    1    2    3    4
        Get Register    C2MR.CH${channel}OM    ==    ${0}
    END
    Get Register    C2MR.CH5OM    ==    ${1}
    Get Register    C2MR.CH6OM    ==    ${1}

Should Probe The Controller In Linux's Order
    [Documentation]    stm32_ipcc_probe masks everything, then enables both lines, then asks for channels and version.
    Accesses Should Be
    ...    R C1MR    W C1MR    R C1CR    W C1CR    R HWCFGR    R VERR
    ...    cpu=${CORTEX_A7}    function=stm32_ipcc_probe

Should Send In Linux's Order
    [Documentation]    Occupied first, TX-free unmasked second; SCR is read, modified and written.
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    Run For    1ms
    Forget Earlier Accesses
    Host Sends    hello
    Accesses Should Be
    ...    R C1SCR    W C1SCR    R C1MR    W C1MR
    ...    cpu=${CORTEX_A7}    function=stm32_ipcc_send_data

Should Serve Interrupts In Linux's Order
    [Documentation]    TX-free: status, mask, mask the channel. RX: status, mask, callback, then free the channel.
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    Run For    1ms
    Forget Earlier Accesses
    Host Sends    hello
    Firmware Should Answer    hello
    Run For    1ms
    Accesses Should Be
    ...    R C1TOC2SR    R C1MR    R C1MR    W C1MR
    ...    cpu=${CORTEX_A7}    function=stm32_ipcc_tx_irq
    Accesses Should Be
    ...    R C2TOC1SR    R C1MR    R C1SCR    W C1SCR
    ...    cpu=${CORTEX_A7}    function=stm32_ipcc_rx_irq

Should Acknowledge Shutdown
    Endpoint Should Be Announced    ${CLIENT_SAMPLE}
    Shut Down Firmware
    Channel Should Be Free    3    cpu=${CORTEX_A7}
    Run Keyword And Expect Error    the firmware is not running*    Firmware Should Be Running

Should Echo From A Task
    [Documentation]    The same service as a task of a preemptive scheduler, beside tasks that compute with floats.
    Boot Firmware    ${RTOS_ECHO_IMAGE}
    Host Sends    hello    endpoint=${SECOND_TTY}
    Firmware Should Answer    hello
    Firmware Should Log    float a: 8 sums are right    within=100ms
    Firmware Should Log    float b: 8 sums are right    within=100ms

Should Say What Came Instead Of An Answer
    Host Sends    hello
    ${failure} =    Run Keyword And Expect Error    *    Firmware Should Answer    other    within=5ms
    Should Start With
    ...    ${failure}
    ...    expected "other" from rpmsg-tty (0x400) within 5ms, but "hello" from rpmsg-tty (0x400) came.
    Should Contain    ${failure}    Last accesses:

Should Not Take A Part For The Answer
    Host Sends    hello
    Run Keyword And Expect Error    expected "hell" *, but "hello" *
    ...    Firmware Should Answer    hell    within=5ms

Should Explain An Unknown Endpoint
    Run Keyword And Expect Error
    ...    *there is no endpoint `rpmsg-tyt`; the firmware announced rpmsg-tty (0x400), *Did you mean `rpmsg-tty`?
    ...    Host Sends    hello    endpoint=rpmsg-tyt    within=50ms
