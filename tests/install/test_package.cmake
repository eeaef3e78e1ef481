# Installs a build tree to a prefix of its own, then configures, builds and runs consumer/ against it.
cmake_minimum_required(VERSION 3.25)

foreach(name IN ITEMS build_dir source_dir scratch_dir generator make_program compiler config)
  if(NOT ${name})
    message(FATAL_ERROR "-D ${name}=... is missing")
  endif()
endforeach()
set(prefix "${scratch_dir}/prefix")
set(consumer_build "${scratch_dir}/build")

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT failed EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "failed with ${failed}: ${command}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${scratch_dir}")
file(MAKE_DIRECTORY "${consumer_build}")
run("${CMAKE_COMMAND}" --install "${build_dir}" --prefix "${prefix}" --config "${config}")

# What is installed must not point back to where it was built.
file(GLOB_RECURSE package_files "${prefix}/*.cmake" "${prefix}/*.pc")
if(NOT package_files)
  message(FATAL_ERROR "nothing for CMake is installed below ${prefix}")
endif()
foreach(package_file IN LISTS package_files)
  file(READ "${package_file}" content)
  foreach(place IN ITEMS "${build_dir}" "${source_dir}/")
    string(FIND "${content}" "${place}" found)
    if(NOT found EQUAL -1)
      message(FATAL_ERROR "${package_file} mentions ${place}")
    endif()
  endforeach()
endforeach()

# The tree is moved, as a package manager would do.
set(moved "${scratch_dir}/moved")
file(RENAME "${prefix}" "${moved}")

run("${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/consumer" -B "${consumer_build}" -G "${generator}"
  -D "CMAKE_MAKE_PROGRAM=${make_program}" -D "CMAKE_CXX_COMPILER=${compiler}"
  -D "CMAKE_CXX_FLAGS=${flags}" -D "CMAKE_BUILD_TYPE=${config}" -D "CMAKE_PREFIX_PATH=${moved}"
  -D CMAKE_FIND_PACKAGE_NO_PACKAGE_REGISTRY=ON -D CMAKE_FIND_USE_SYSTEM_PACKAGE_REGISTRY=OFF)
run("${CMAKE_COMMAND}" --build "${consumer_build}" --config "${config}")
run("${consumer_build}/consumer_test")
foreach(name IN ITEMS kafka nats postgres search sqlite)
  if(EXISTS "${consumer_build}/consumer_${name}")
    run("${consumer_build}/consumer_${name}")
  elseif(EXISTS "${moved}/include/cairn/${name}" OR EXISTS "${moved}/include/cairn/${name}.hpp"
      OR EXISTS "${moved}/include/cairn/event_${name}.hpp")
    message(FATAL_ERROR "the component ${name} is installed, and not found")
  endif()
endforeach()
run("${consumer_build}/consumer")
if(NOT output MATCHES "the package works")
  message(FATAL_ERROR "the consumer ended well, but said: ${output}")
endif()
message(STATUS "${output}")
