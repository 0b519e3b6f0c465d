# What ./test adds for the EC2 API: the same tests with other builds. The coverage build measures
# memory, because it has no sanitizer. The search for secrets runs with it and with the build that is
# released.
find_program(SYSTEM_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
set(aws ${root}/tests/aws)
set(in_namespace ${aws}/run ${SYSTEM_PYTHON})

pl_stage(coverage/aws coverage ${in_namespace} ${aws}/client/scenarios.py
  ${root}/build/coverage/tests/aws/aws_probe)
pl_stage(coverage/state coverage ${in_namespace} ${aws}/state.py
  ${root}/build/coverage/nagios/check_privatelink)
pl_stage(coverage/secrets coverage ${in_namespace} ${aws}/secrets.py
  ${root}/build/coverage/nagios/check_privatelink ${root}/build/coverage/plugin/privatelink.so)
pl_stage(release/secrets aws ${in_namespace} ${aws}/secrets.py ${root}/build/release/nagios/check_privatelink)
set_tests_properties(release/secrets PROPERTIES FIXTURES_REQUIRED release_programs SKIP_RETURN_CODE 77)
set(aws_stages coverage/aws coverage/state coverage/secrets)
set_tests_properties(${aws_stages} PROPERTIES FIXTURES_REQUIRED counters FIXTURES_SETUP counted)

if(PL_STAGE STREQUAL "full")
  pl_stage(tsan/aws tsan ${in_namespace} ${aws}/client/scenarios.py ${root}/build/tsan/tests/aws/aws_probe)
  set_tests_properties(tsan/aws PROPERTIES RESOURCE_LOCK waiting)
  list(APPEND aws_stages tsan/aws)
endif()
set_tests_properties(${aws_stages} PROPERTIES SKIP_RETURN_CODE 77)
