*** Settings ***
Documentation    What lies in shared memory between Linux and firmware that echoes: the table, the rings, who holds
...              which buffer, and what is found when something is wrong with it.

Resource         ipcclab.resource

Test Setup       Boot Firmware    ${ECHO_IMAGE}

Test Tags        memory


*** Variables ***
# Where Linux's device tree has the rings, and in a ring of 16 the words whose upper halves are avail.idx and used.idx.
${VRING0}    ${0x10040000}
${VRING1}    ${0x10041000}
${AVAIL}     ${0x100}
${USED}      ${0x130}
${IDX}       ${0x10000}
# A header's len stands in the lower half of its fourth word.
${LEN}       ${12}
@{ALL}       ${0}    ${1}    ${2}    ${3}    ${4}    ${5}    ${6}    ${7}
...          ${8}    ${9}    ${10}    ${11}    ${12}    ${13}    ${14}    ${15}
@{FIRST}     ${0}
${TEXT}      hello


*** Test Cases ***
Should Be Consistent After An Exchange
    Host Sends    ${TEXT}
    Firmware Should Answer    ${TEXT}
    Shared Memory Should Be Consistent

Should Tell Who Holds A Message
    Endpoint Should Be Announced    rpmsg-tty
    Descriptor Should Belong To    0    Linux    vring=1
    Host Sends    ${TEXT}
    Descriptor Should Belong To    0    firmware    vring=1
    ${held} =    Get Descriptors Held By    firmware    vring=1
    Should Be Equal    ${held}    ${FIRST}
    Firmware Should Answer    ${TEXT}
    Descriptor Should Belong To    0    Linux    vring=1

Should Tell Who Holds The Empty Buffers
    Endpoint Should Be Announced    rpmsg-client-sample
    Run For    1ms
    ${held} =    Get Descriptors Held By    firmware    vring=0
    Should Be Equal    ${held}    ${ALL}

Should Show The Message In Its Buffer
    Host Sends    ${TEXT}
    ${memory} =    Get Shared Memory
    ${message} =    Evaluate    $memory["devices"][0]["rings"][1]["descriptors"][0]["message"]
    Should Be Equal    ${message}[payload_text]    ${TEXT}
    Should Be Equal    ${message}[service]    rpmsg-tty
    Should Be True    ${message}[current]

Should Know Endpoints By Their Announcements
    Endpoint Should Be Announced    rpmsg-client-sample
    ${memory} =    Get Shared Memory
    ${names} =    Evaluate    [f"{end['name']} {end['address']:#x}" for end in $memory["endpoints"]]
    Should Be Equal    ${names}    ${{['rpmsg-tty 0x400', 'rpmsg-tty 0x401', 'rpmsg-client-sample 0x402']}}

Should Find That More Was Given Back Than Given
    Endpoint Should Be Announced    rpmsg-tty
    Write Word    ${VRING1 + ${USED}}    ${99 * ${IDX}}
    Run Keyword And Expect Error
    ...    shared memory contradicts itself: vring1: avail.idx is 0 and used.idx 99: 99 more were given back than given*
    ...    Shared Memory Should Be Consistent

Should Find That A Buffer Was Given Which Does Not Exist
    Endpoint Should Be Announced    rpmsg-client-sample
    Run For    1ms
    Write Word    ${VRING0 + ${AVAIL} + 4}    ${0x00010010}
    Run Keyword And Expect Error
    ...    *vring0: avail.ring?0? is 16, and the ring has 16 descriptors*
    ...    Shared Memory Should Be Consistent

Should Find A Message That Is Longer Than Its Buffer
    Host Sends    ${TEXT}
    Write Word    ${{0x10044000 + $LEN}}    ${0x1F1}
    Run Keyword And Expect Error
    ...    *vring1: descriptor 0: the header's len is 497, and the buffer has 5 bytes behind the header*
    ...    Shared Memory Should Be Consistent

Should Refuse To Say Who Holds What There Is Not
    Endpoint Should Be Announced    rpmsg-tty
    Run Keyword And Expect Error    *vring1 has the descriptors 0 to 15, and no 16.
    ...    Descriptor Should Belong To    16    Linux
    Run Keyword And Expect Error    *there is no vring2 in memory.*
    ...    Get Descriptors Held By    Linux    vring=2

Should Say When A Descriptor Belongs To The Other Side
    Host Sends    ${TEXT}
    Run Keyword And Expect Error
    ...    descriptor 0 of vring1 belongs to firmware (a message that the firmware has not given back), expected Linux*
    ...    Descriptor Should Belong To    0    Linux    vring=1

Should Have No Rings Without A Resource Table
    [Setup]    Boot Firmware    ${SIGNALS_IMAGE}
    Shared Memory Should Be Consistent
    Run Keyword And Expect Error    *there is no vring1 in memory. There is no resource table*
    ...    Get Descriptors Held By    firmware
