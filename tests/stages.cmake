# What ./test runs in addition to the tests of one build: lint, fuzzing, the coverage gate, and the tests
# of the other builds. All are tests of the dev build, so that one ctest run has every result.
set(root ${CMAKE_SOURCE_DIR})
set(lab ${root}/tests/lab/run)

function(pl_stage name label)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${root})
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT 2400
    ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")
endfunction()

foreach(rule includes banned cycles size words format tidy cppcheck scripts texts)
  pl_stage(lint/${rule} lint ${root}/tests/lint/${rule})
endforeach()

# SECURITY.md and docs/privileges.md.
foreach(name promises dropin)
  pl_stage(security/${name} lint ${root}/tests/security/${name})
endforeach()

# ./demo, ./test and cmake on a new machine, in any order.
foreach(name builds libraries packages)
  pl_stage(setup/${name} setup ${root}/tests/setup/${name})
endforeach()

include(packaging/stages.cmake)

include(bench/stages.cmake)

include(${CMAKE_CURRENT_LIST_DIR}/dashboards/stages.cmake)

pl_stage(clang/unit clang ctest --test-dir build/clang -L unit --output-on-failure
  --repeat until-pass:2)

# A writer of a state file that is killed at random moments.
if(PL_STAGE STREQUAL "full")
  set(kills 1000)
  set(mutate ${root}/build/release/tests/evidence_mutate 100000 10000) # hours with sanitizers
else()
  set(kills 50)
  set(mutate $<TARGET_FILE:evidence_mutate> 2000 200)
endif()
pl_stage(memory/kill memory $<TARGET_FILE:memory_kill> ${kills})
# The same for a writer of the evidence log; a full disk; and changes of a log, which must be detected.
pl_stage(evidence/kill evidence $<TARGET_FILE:evidence_kill> ${kills})
pl_stage(evidence/full evidence $<TARGET_FILE:evidence_full>)
pl_stage(evidence/mutate evidence ${mutate})

if(PL_STAGE STREQUAL "full")
  set(fuzz_seconds 60)
else()
  set(fuzz_seconds 10)
endif()
file(GLOB fuzzers CONFIGURE_DEPENDS fuzz/*/fuzz_*.c)
foreach(source ${fuzzers})
  get_filename_component(name ${source} NAME_WE)
  string(REPLACE "fuzz_" "" what ${name})
  pl_stage(fuzz/${what} fuzz ${root}/tests/fuzz/run ${what} ${fuzz_seconds})
endforeach()

pl_stage(coverage/reset coverage ${root}/tests/coverage reset)
pl_stage(coverage/unit coverage ctest --test-dir build/coverage -L unit --output-on-failure
  --repeat until-pass:2)
pl_stage(coverage/lab coverage ${lab} --binary build/coverage/nagios/check_privatelink)
pl_stage(coverage/gate coverage ${root}/tests/coverage)
set_tests_properties(coverage/reset PROPERTIES FIXTURES_SETUP counters)
set_tests_properties(coverage/unit coverage/lab PROPERTIES FIXTURES_REQUIRED counters
  FIXTURES_SETUP counted)
set_tests_properties(coverage/gate PROPERTIES FIXTURES_REQUIRED counted)

# Whole runs of the unit tests and of the lab, one at a time of each kind. They are long, so they begin early.
set_tests_properties(clang/unit coverage/unit PROPERTIES RESOURCE_LOCK units COST 1)
set_tests_properties(coverage/lab PROPERTIES RESOURCE_LOCK lab COST 1 SKIP_RETURN_CODE 77)

if(PL_STAGE STREQUAL "full")
  # A recorded case keeps the verdict of each of them.
  pl_stage(evidence/worlds evidence ${CMAKE_COMMAND} -E env PL_TEST_WORLDS=100000
    $<TARGET_FILE:test_evidence_case>)
  pl_stage(release/unit release ctest --test-dir build/release -L unit --output-on-failure
  --repeat until-pass:2)
  pl_stage(release/lab release ${lab} --binary build/release/nagios/check_privatelink --timing)
  pl_stage(valgrind/unit valgrind ${root}/tests/valgrind/unit build/release)
  pl_stage(valgrind/lab valgrind ${lab} --binary ${root}/tests/valgrind/check --memory --jobs 4)
  pl_stage(floor/build floor ${root}/tests/floor)
  # Data races.
  pl_stage(tsan/unit tsan ctest --test-dir build/tsan -L "unit|plugin" --output-on-failure)
  set_tests_properties(release/unit valgrind/unit tsan/unit PROPERTIES RESOURCE_LOCK units COST 1)
  set_tests_properties(release/lab valgrind/lab PROPERTIES RESOURCE_LOCK lab COST 1 SKIP_RETURN_CODE 77)
endif()

include(aws/stages.cmake)
include(plugin/stages.cmake)
