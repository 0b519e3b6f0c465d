# What must not grow (tests/bench/limits): counts and ratios, which need no quiet machine, of the
# release build.
pl_stage(bench/build bench-limits cmake --build --preset release --target
  check_privatelink aws_probe bench_lab bench_raw bench_probe)
add_test(NAME bench/configure COMMAND cmake --preset release WORKING_DIRECTORY ${root})
set_tests_properties(bench/configure PROPERTIES LABELS bench-limits FIXTURES_SETUP release_tree)
set_tests_properties(bench/build PROPERTIES FIXTURES_REQUIRED release_tree
  FIXTURES_SETUP release_programs)
foreach(limit instructions_per_probe instructions_per_check flat contexts files faults memory names holes)
  pl_stage(bench/${limit} bench-limits ${root}/tests/bench/limits build/release ${limit})
  set_tests_properties(bench/${limit} PROPERTIES FIXTURES_REQUIRED release_programs TIMEOUT 300
    SKIP_RETURN_CODE 77)
endforeach()
if(PL_STAGE STREQUAL "full")
  # That the benchmark itself works; what it measures on a shared machine is held to nothing.
  pl_stage(bench/run bench-limits ${root}/tests/bench/run --parts cpu,poller --rounds 1)
  set_tests_properties(bench/run PROPERTIES FIXTURES_REQUIRED release_programs TIMEOUT 600
    SKIP_RETURN_CODE 77 RESOURCE_LOCK waiting)
endif()
# Many sockets at once, and time that passes: one after the other.
set_tests_properties(bench/memory bench/names bench/holes PROPERTIES RESOURCE_LOCK waiting)
