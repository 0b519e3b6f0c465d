# Packages of the work tree. ./test builds and lints the Debian packages. ./test full also installs, uses
# and removes them in clean Debian systems, if this machine can create these.
set(packaging ${root}/tests/packaging)
set(packages ${CMAKE_BINARY_DIR}/packages)

function(pl_package_stage name seconds)
  pl_stage(package/${name} package ${ARGN})
  set_tests_properties(package/${name} PROPERTIES TIMEOUT ${seconds} SKIP_RETURN_CODE 77)
endfunction()

# In a clean Debian system. These wait for real time, so they run one at a time.
function(pl_contained_stage name seconds)
  pl_package_stage(${name} ${seconds} ${packaging}/contained ${ARGN})
  set_tests_properties(package/${name} PROPERTIES RESOURCE_LOCK packages COST 1
    FIXTURES_REQUIRED "packages;old_packages")
endfunction()

pl_package_stage(version 60 ${packaging}/version $<TARGET_FILE:check_privatelink>
  ${CMAKE_BINARY_DIR}/tools/check_privatelink.1)
pl_package_stage(deb 900 ${packaging}/deb ${packages}/new)
set_tests_properties(package/deb PROPERTIES FIXTURES_SETUP packages)

if(PL_STAGE STREQUAL "full")
  pl_package_stage(old 900 ${packaging}/old_deb ${packages}/old)
  set_tests_properties(package/old PROPERTIES FIXTURES_SETUP old_packages)
  pl_package_stage(reproducible 900 ${packaging}/reproducible ${packages}/new)
  set_tests_properties(package/reproducible PROPERTIES FIXTURES_REQUIRED packages)
  pl_package_stage(rpm 900 ${packaging}/rpm)
  pl_package_stage(container 900 ${packaging}/container)
  set_tests_properties(package/rpm package/container PROPERTIES RESOURCE_LOCK packages COST 1)

  foreach(suite bookworm trixie)
    pl_contained_stage(clean-${suite} 900 ${packaging}/clean.py ${suite} ${packages}/new
      ${packages}/old)
  endforeach()
  pl_contained_stage(piuparts 600 ${packaging}/debian_tools.py piuparts ${packages}/new)
  pl_contained_stage(autopkgtest 600 ${packaging}/debian_tools.py autopkgtest ${packages}/new)
  pl_contained_stage(monitors 900 ${packaging}/monitors.py ${packages}/new
    ${CMAKE_BINARY_DIR}/nagios.png)
  pl_contained_stage(walk 900 ${packaging}/walk.py ${packages}/new)
  pl_contained_stage(minimal 1200 ${packaging}/minimal.py ${packages}/new)
  pl_contained_stage(arm64 3600 ${packaging}/arm64.py ${packages}/new)
  pl_contained_stage(newer-trixie 1200 ${packaging}/newer.py trixie ${packages}/new)
endif()
