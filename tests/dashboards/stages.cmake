# Dashboards and alert rules. The story needs a browser, and the schema needs npm, so only ./test full
# runs these two.
set(dashboards ${root}/tests/dashboards)
pl_stage(dashboards/rules dashboards ${dashboards}/rules)
pl_stage(dashboards/names dashboards ${dashboards}/names.py)
pl_stage(dashboards/walk dashboards ${dashboards}/walk)
set_tests_properties(dashboards/walk PROPERTIES TIMEOUT 60 SKIP_RETURN_CODE 77)
pl_stage(dashboards/current dashboards ${root}/tools/dashboard.py --check)
set_tests_properties(dashboards/rules dashboards/names dashboards/current PROPERTIES TIMEOUT 120)

if(PL_STAGE STREQUAL "full")
  pl_stage(dashboards/schema dashboards ${dashboards}/schema)
  set_tests_properties(dashboards/schema PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77)
  pl_stage(dashboards/story dashboards ${dashboards}/story.py
    $<TARGET_FILE:privatelink>)
  pl_stage(dashboards/story-exporter dashboards ${dashboards}/story.py --exporter
    $<TARGET_FILE:check_privatelink>)
  set_tests_properties(dashboards/story dashboards/story-exporter PROPERTIES TIMEOUT 600
    RESOURCE_LOCK waiting COST 2)
endif()
