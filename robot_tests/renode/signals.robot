*** Settings ***
Documentation    Signals in both directions between an image on the Cortex-M4 and a test that plays processor 1.
...
...              The image does everything in interrupts and sleeps in between: an answer is proof of an interrupt.

Resource         signals.resource

Suite Setup      Setup
Test Setup       Start Signals

Test Tags        signals


*** Test Cases ***
Should Answer Each Other
    FOR    ${number}    ${word}    IN ENUMERATE    0x00000000    0x12345678    0xFFFFFFFF    start=1
        Exchange Requests    ${number}    ${word}
    END
    Word Should Be    ${WRONG_ANSWERS}    0

Should Not Answer Without A Signal
    [Documentation]    The word alone says nothing to processor 2.
    Write Word    ${REQUEST_TO_2}    0x12345678
    Run For    0.01
    Word Should Be    ${ANSWER_OF_2}    0x0
    Word Should Be    ${ANSWERED_BY_2}    0

Should Not Take An Answer Without A Signal
    Write Word    ${ANSWER_OF_1}    0xFFFFFFFE
    Run For    0.01
    Word Should Be    ${TAKEN_BY_2}    0
    Flags Should Be    0x00    0x10

Should Not Answer On A Channel That Is Masked
    Write Register    C2MR    ${MASK_ALL}
    Write Word    ${REQUEST_TO_2}    0x12345678
    Signal    ${OCCUPY_CHANNEL_5}
    Word Should Be    ${ANSWERED_BY_2}    0
    Flags Should Be    0x10    0x10
    Write Register    C2MR    0xFFFFFFEF
    Run For    0.001
    Word Should Be    ${ANSWERED_BY_2}    1
    Flags Should Be    0x00    0x10

Should Notice A Wrong Answer
    Write Word    ${ANSWER_OF_1}    0x00000001
    Signal    ${FREE_CHANNEL_5}
    Word Should Be    ${TAKEN_BY_2}    1
    Word Should Be    ${WRONG_ANSWERS}    1

Should Answer Texts
    [Documentation]    Half duplex on the two flags of channel 6: the request is freed first, then the answer is there.
    FOR    ${text}    ${answer}    IN    hello    HELLO    Renode    RENODE
        Write Text    ${text}
        Signal    ${OCCUPY_CHANNEL_6}
        Flags Should Be    0x00    0x30
        Text Should Be    ${answer}
        Signal    ${FREE_CHANNEL_6}
        Flags Should Be    0x00    0x10
    END

Should Listen On The Channels Of RPMsg
    [Documentation]    Without Linux rpmsg_echo.elf gets no further: it waits for a kick.
    [Setup]    Start Image    rpmsg_echo.elf
    Register Should Be    C2CR    ${ENABLE_BOTH}
    Flags Should Be    0x00    0x00
    ${masks} =    Read Word    ${IPCC}[C2MR]
    Should Be Equal As Integers    ${{ int($masks, 16) & 3 }}    0    CH1 and CH2 are not masked
