*** Settings ***
Documentation    The examples of the keywords' documentation that need firmware: its life, its pins, what it says.
...
...              Steps stand here as they stand there; what is added looks at what came of them.

Resource         ipcclab.resource

Suite Setup      Skip Unless Engine Is Installed

Test Tags        keyword-examples


*** Test Cases ***
Booting
    Boot Firmware    rpmsg_echo.elf
    Linux Should Have    /dev/ttyRPMSG0
    Boot Firmware    rpmsg_echo.elf    kernel=6.12
    Kernel Log Should Contain    remote processor m4 is now up
    Boot Firmware    ipcc_signals.elf    host=none
    Wait For Channel    5    occupied    cpu=2
    Boot Firmware    ipcc_signals.elf    boot_mode=engineering
    Wait For Channel    5    occupied    cpu=2

Shutting Down
    Boot Firmware    rpmsg_echo.elf
    Run For    10ms
    Shut Down Firmware
    Remote Processor State Should Be    offline

Waiting For A Channel
    Boot Firmware    ipcc_signals.elf    host=none
    Wait For Channel    5    occupied    cpu=2    within=1ms
    Channel Should Be Occupied    5    cpu=2

Waiting For A Word
    Boot Firmware    ipcc_signals.elf    host=none
    Wait For Word    0x10048000    0x35434349    within=10ms
    Get Register    C2MR.CH5OM    ==    0

Reading And Writing Words
    Boot Firmware    ipcc_signals.elf    host=none
    Write Word    0x10040000    42
    ${answer} =    Read Word    0x10040000
    Should Be Equal As Integers    ${answer}    42

Running For A Time
    Boot Firmware    rpmsg_echo.elf
    ${before} =    Get Virtual Time
    Run For    10ms
    ${after} =    Get Virtual Time
    Should Be Equal As Integers    ${after - ${before}}    10000000
    Firmware Should Be Running
    Nothing Should Be Stuck

Reading The Firmware's Log
    Boot Firmware    rpmsg_echo.elf
    Firmware Should Log    rpmsg_echo: boot

Reading What The Firmware Prints
    Boot Firmware    neighbours.elf    host=none
    Firmware Should Print    neighbours: reset causes 0x15    uart=uart4
    Run For    1ms
    ${text} =    Get Uart Output    uart4
    Should Start With    ${text}    neighbours:

Typing On A UART
    Boot Firmware    neighbours.elf    host=none
    Type On Uart    uart4    hsem 5\n
    Firmware Should Print    hsem 5: one step 0x80000200

Driving Pins And Reading Them
    Boot Firmware    ipcc_signals.elf    host=none
    Pin Should Be    PA14    high
    ${button} =    Get Pin    PA14
    Should Be Equal As Integers    ${button}    1
    Get Pin    PH7    ==    0
    Set Pin    PA14    low
    Wait For Pin    PA14    low    within=200ms
    Run For    20ms
    Pin Should Be    PA14    low
    Set Pin    PA14    high
    Pin Should Be    PA14    high

Talking By RPMsg
    Boot Firmware    rpmsg_echo.elf
    Endpoint Should Be Announced    rpmsg-tty    within=50ms
    Host Sends    hello
    Firmware Should Answer    hello    within=50ms
    Firmware Should Stay Silent    10ms
    Host Sends    hello    endpoint=rpmsg-client-sample
    Firmware Should Answer    hello    endpoint=0x402

Asking For What Is Announced
    Boot Firmware    rpmsg_echo.elf
    Run For    1ms
    ${names} =    Get Announced Endpoints
    Should Be Equal    ${names}    ${{ ["rpmsg-tty", "rpmsg-tty", "rpmsg-client-sample"] }}

Comparing The Trace
    Boot Firmware    rpmsg_echo.elf
    Host Sends    hello
    Firmware Should Answer    hello
    Trace Should Match    ${CURDIR}/approved/echo.txt    times=ignore

Looking Into Shared Memory
    Boot Firmware    rpmsg_echo.elf
    Host Sends    hello
    ${memory} =    Get Shared Memory
    Should Be Equal    ${memory}[devices][0][rings][1][descriptors][0][message][payload_text]    hello
    ${unread} =    Get Descriptors Held By    firmware    vring=1
    Should Be Equal    ${unread}    ${{ [0] }}
    Descriptor Should Belong To    0    firmware    vring=1
    Firmware Should Answer    hello
    Shared Memory Should Be Consistent
