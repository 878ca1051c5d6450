*** Settings ***
Documentation    Whole traces against approved ones: what happened, in which order, and when.

Library          OperatingSystem
Resource         ipcclab.resource

Test Tags        traces


*** Variables ***
${APPROVED}    ${CURDIR}/approved


*** Test Cases ***
Should Match On A Bare Device
    [Documentation]    Both processors by hand: the orders of Linux and of a firmware that masks while it serves.
    Needs A Bare Device    the trace shows the test as both processors
    Enable Interrupt    rx    cpu=${CORTEX_M4}
    Unmask Interrupt    rx    2    cpu=${CORTEX_M4}
    Enable Interrupt    tx    cpu=${CORTEX_A7}
    Signal Channel    2    cpu=${CORTEX_A7}
    Unmask Interrupt    tx    2    cpu=${CORTEX_A7}
    Mask Interrupt    rx    2    cpu=${CORTEX_M4}
    Acknowledge Channel    2    cpu=${CORTEX_M4}
    Unmask Interrupt    rx    2    cpu=${CORTEX_M4}
    Mask Interrupt    tx    2    cpu=${CORTEX_A7}
    Trace Should Match    ${APPROVED}/bare_exchange.txt

Should Match With All Times
    [Documentation]    From remoteproc's start to the answer, with all times.
    Skip If    $ENGINE == "renode"    Renode counts the instructions that a failed condition skips, too
    Boot Firmware    ${ECHO_IMAGE}
    Host Sends    hello
    Firmware Should Answer    hello
    Trace Should Match    ${APPROVED}/echo.txt

Should Match But For Times On Every Engine
    Boot Firmware    ${ECHO_IMAGE}
    Host Sends    hello
    Firmware Should Answer    hello
    Trace Should Match    ${APPROVED}/echo.txt    times=ignore

Should Match Whatever The Times
    Boot Firmware    ${SIGNALS_IMAGE}    host=none
    Wait For Channel    5    occupied    cpu=${CORTEX_M4}
    Trace Should Match    ${APPROVED}/signals.txt    times=ignore

Should Not Match Another Trace
    Signal Channel    2    cpu=${CORTEX_A7}
    Run Keyword And Expect Error    the trace is not the approved one:*
    ...    Trace Should Match    ${APPROVED}/bare_exchange.txt

Should Match As Events
    [Documentation]    An approved file for programs, which holds more than the lines of the text.
    Signal Channel    1    cpu=${CORTEX_A7}
    Save Trace    ${OUTPUT_DIR}/signalled.ndjson
    Trace Should Match    ${OUTPUT_DIR}/signalled.ndjson
    Signal Channel    2    cpu=${CORTEX_A7}
    Run Keyword And Expect Error    the trace is not the approved one:*Only signalled.received.ndjson has this: *
    ...    Trace Should Match    ${OUTPUT_DIR}/signalled.ndjson
    File Should Exist    ${OUTPUT_DIR}/signalled.difference.html

Should Keep The Trace As A File
    Signal Channel    1    cpu=${CORTEX_A7}
    Save Trace    ${OUTPUT_DIR}/signal.ndjson
    File Should Hold The Schema    ${OUTPUT_DIR}/signal.ndjson


*** Keywords ***
File Should Hold The Schema
    [Documentation]    Looks for the name of the schema at the head of the file.
    [Arguments]    ${file}
    ${content} =    Get File    ${file}
    Should Start With    ${content}    {"schema":"ipcclab-trace/2"
