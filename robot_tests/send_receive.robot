*** Settings ***
Documentation    Signals between a test in the place of Linux and real firmware: the IPCC without RPMsg.
...
...              The image answers each request on channel 5 with its complement, in interrupts, and asks in turn.

Resource         ipcclab.resource

Test Setup       Boot Signals Firmware
Test Teardown    No Signal Should Be Lost

Test Tags        signals


*** Variables ***
# The exchange of ipcc_signals in shared memory, see its source.
${READY}                ${0x10048000}
${A7_REQUEST}           ${0x10048010}
${M4_ANSWER}            ${0x10048014}
${REQUESTS_ANSWERED}    ${0x10048018}
${M4_REQUEST}           ${0x10048020}
${A7_ANSWER}            ${0x10048024}
${ANSWERS_TAKEN}        ${0x10048028}
${ANSWERS_WRONG}        ${0x1004802C}

${LISTENING}            ${0x35434349}
${WORD}                 ${0xFFFFFFFF}
${EXCHANGE_CHANNEL}     ${5}
${FIRST_QUESTION}       ${1}
${ROUNDS}               ${20}


*** Test Cases ***
Should Tell That It Listens
    Word Should Be    ${READY}    ${LISTENING}
    Firmware Should Be Running

Should Unmask Its Channels Only
    Get Register    C2CR.RXOIE    ==    ${1}
    Get Register    C2MR.CH5OM    ==    ${0}
    Get Register    C2MR.CH6OM    ==    ${0}
    FOR    ${other}    IN    1    2    3    4
        Get Register    C2MR.CH${other}OM    ==    ${1}
    END

Should Answer A Request
    Send Request    ${42}
    Answer Should Be Complement Of    ${42}
    Word Should Be    ${REQUESTS_ANSWERED}    ${1}

Should Answer By Freeing The Channel
    [Documentation]    Half duplex: the sender learns by its TX-free interrupt that the answer lies in memory.
    Enable Interrupt    tx    cpu=${CORTEX_A7}
    Send Request    ${7}
    Unmask Interrupt    tx    ${EXCHANGE_CHANNEL}    cpu=${CORTEX_A7}
    Interrupt Line Should Be Low    TX0
    Answer Should Be Complement Of    ${7}
    Interrupt Line Should Be High    TX0

Should Ask
    Wait For Channel    ${EXCHANGE_CHANNEL}    occupied    cpu=${CORTEX_M4}    within=1ms
    Word Should Be    ${M4_REQUEST}    ${FIRST_QUESTION}

Should Take The Answer On Its TX-Free Interrupt
    Answer Question    ${FIRST_QUESTION}
    Wait For Word    ${ANSWERS_TAKEN}    ${1}    within=1ms
    Word Should Be    ${ANSWERS_WRONG}    ${0}

Should Notice A Wrong Answer
    Wait For Channel    ${EXCHANGE_CHANNEL}    occupied    cpu=${CORTEX_M4}    within=1ms
    Write Word    ${A7_ANSWER}    ${FIRST_QUESTION}
    Acknowledge Channel    ${EXCHANGE_CHANNEL}    cpu=${CORTEX_A7}
    Wait For Word    ${ANSWERS_WRONG}    ${1}    within=1ms

Should Ask Once Per Request
    Answer Question    ${FIRST_QUESTION}
    FOR    ${round}    IN RANGE    ${ROUNDS}
        Send Request    ${round}
        Answer Should Be Complement Of    ${round}
        Answer Question    ${round + 2}
    END
    Wait For Word    ${ANSWERS_TAKEN}    ${ROUNDS + 1}    within=1ms
    Word Should Be    ${REQUESTS_ANSWERED}    ${ROUNDS}
    Word Should Be    ${ANSWERS_WRONG}    ${0}
    All Channels Should Be Free

Should Serve Both Directions At Once
    [Documentation]    A request and a question are under way on the same channel at the same time.
    Wait For Channel    ${EXCHANGE_CHANNEL}    occupied    cpu=${CORTEX_M4}    within=1ms
    Send Request    ${3}
    Channel Should Be Occupied    ${EXCHANGE_CHANNEL}    cpu=${CORTEX_A7}
    Answer Should Be Complement Of    ${3}
    Channel Should Be Occupied    ${EXCHANGE_CHANNEL}    cpu=${CORTEX_M4}

Should Leave A Foreign Channel Occupied
    [Documentation]    Nobody listens on channel 4: its flag stays set and interrupts nobody.
    Signal Channel    4    cpu=${CORTEX_A7}
    Run For    1ms
    Channel Should Be Occupied    4    cpu=${CORTEX_A7}
    Interrupt Line Should Be Low    RX1


*** Keywords ***
Boot Signals Firmware
    [Documentation]    Boots the image and waits until it listens.
    Boot Firmware    ${SIGNALS_IMAGE}    host=none
    Wait For Word    ${READY}    ${LISTENING}    within=10ms

Send Request
    [Documentation]    Puts a request into shared memory and signals it.
    [Arguments]    ${request}
    Write Word    ${A7_REQUEST}    ${request}
    Signal Channel    ${EXCHANGE_CHANNEL}    cpu=${CORTEX_A7}

Answer Should Be Complement Of
    [Documentation]    Waits until the firmware has freed the channel and looks at its answer.
    [Arguments]    ${request}
    Wait For Channel    ${EXCHANGE_CHANNEL}    free    cpu=${CORTEX_A7}    within=1ms
    Word Should Be    ${M4_ANSWER}    ${WORD - ${request}}

Answer Question
    [Documentation]    Waits for the firmware's question, which counts from 1, and answers it.
    [Arguments]    ${question}
    Wait For Channel    ${EXCHANGE_CHANNEL}    occupied    cpu=${CORTEX_M4}    within=1ms
    Word Should Be    ${M4_REQUEST}    ${question}
    Write Word    ${A7_ANSWER}    ${WORD - ${question}}
    Acknowledge Channel    ${EXCHANGE_CHANNEL}    cpu=${CORTEX_A7}

Word Should Be
    [Documentation]    Looks into shared memory, without waiting.
    [Arguments]    ${address}    ${expected}
    ${found} =    Read Word    ${address}
    Should Be Equal As Integers    ${found}    ${expected}
