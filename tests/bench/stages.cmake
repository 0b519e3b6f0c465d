# Limits on the cost of a probe, with the release build (tests/bench/limits).
pl_stage(bench/build bench-limits cmake --build --preset release --target
  check_privatelink privatelink aws_probe bench_lab bench_raw bench_probe bench_fleet)
add_test(NAME bench/configure COMMAND cmake --preset release WORKING_DIRECTORY ${root})
set_tests_properties(bench/configure PROPERTIES LABELS bench-limits FIXTURES_SETUP release_tree)
set_tests_properties(bench/build PROPERTIES FIXTURES_REQUIRED release_tree
  FIXTURES_SETUP release_programs)
foreach(limit instructions_per_probe instructions_per_check flat contexts files segments faults memory linear
    names holes)
  pl_stage(bench/${limit} bench-limits ${root}/tests/bench/limits build/release ${limit})
  set_tests_properties(bench/${limit} PROPERTIES FIXTURES_REQUIRED release_programs TIMEOUT 300
    SKIP_RETURN_CODE 77)
endforeach()
# The static build: its cost, and the EC2 API, for which it loads libcurl with another OpenSSL.
pl_stage(static/configure static cmake --preset static)
pl_stage(static/build static cmake --build --preset static -- --quiet)
set(static_check ${root}/build/static/nagios/check_privatelink)
pl_stage(static/state static ${root}/tests/aws/run ${SYSTEM_PYTHON} ${root}/tests/aws/state.py ${static_check})
pl_stage(static/limits static ${root}/tests/bench/limits build/release static_check)
# How both builds are hardened.
pl_stage(security/hardening static ${root}/tests/security/hardening build/release build/static)
set_tests_properties(security/hardening PROPERTIES FIXTURES_REQUIRED "static_program;release_programs")
set_tests_properties(static/configure PROPERTIES FIXTURES_SETUP static_tree)
set_tests_properties(static/build PROPERTIES FIXTURES_REQUIRED static_tree FIXTURES_SETUP static_program)
set_tests_properties(static/state PROPERTIES FIXTURES_REQUIRED static_program SKIP_RETURN_CODE 77)
set_tests_properties(static/limits PROPERTIES FIXTURES_REQUIRED "static_program;release_programs"
  SKIP_RETURN_CODE 77)
if(PL_STAGE STREQUAL "full")
  pl_stage(static/lab static ${lab} --binary ${static_check})
  set_tests_properties(static/lab PROPERTIES FIXTURES_REQUIRED static_program RESOURCE_LOCK lab COST 1
    SKIP_RETURN_CODE 77)
  # What each tool calls blocked that is open.
  pl_stage(bench/vacuity bench-limits ${root}/tests/bench/vacuity build/release/nagios/check_privatelink)
  set_tests_properties(bench/vacuity PROPERTIES FIXTURES_REQUIRED release_programs RESOURCE_LOCK waiting
    SKIP_RETURN_CODE 77)
  # Only tests that the benchmark runs. Its figures on a shared machine are not compared with anything.
  pl_stage(bench/run bench-limits ${root}/tests/bench/run --parts cpu,poller --rounds 1)
  set_tests_properties(bench/run PROPERTIES FIXTURES_REQUIRED release_programs TIMEOUT 600
    SKIP_RETURN_CODE 77 RESOURCE_LOCK waiting)
endif()
# These open many sockets or wait for real time, so they run one at a time.
set_tests_properties(bench/memory bench/names bench/holes PROPERTIES RESOURCE_LOCK waiting)
