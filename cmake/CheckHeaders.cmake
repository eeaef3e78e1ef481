# The target check_headers compiles each public header alone, and twice in a row, so that it includes
# what it needs and has its guard. Include this after the libraries are defined.
add_custom_target(check_headers)

foreach(name IN ITEMS core config persistence actors runtime testing kafka nats postgres search sqlite)
  if(NOT TARGET cairn_${name})
    continue()
  endif()
  get_target_property(headers cairn_${name} HEADER_SET)
  get_target_property(source_dir cairn_${name} SOURCE_DIR)
  if(NOT headers)
    continue()
  endif()
  set(sources)
  foreach(header IN LISTS headers)
    cmake_path(ABSOLUTE_PATH header BASE_DIRECTORY "${source_dir}")
    cmake_path(RELATIVE_PATH header BASE_DIRECTORY "${source_dir}/include" OUTPUT_VARIABLE included)
    string(REGEX REPLACE "[/.]" "_" stem "${included}")
    set(source "${PROJECT_BINARY_DIR}/check_headers/${name}/${stem}.cpp")
    # Written only when its content differs, so that nothing is compiled again without need.
    file(CONFIGURE OUTPUT "${source}"
      CONTENT "#include \"${included}\"\n#include \"${included}\"\n")
    list(APPEND sources "${source}")
  endforeach()
  add_library(check_headers_${name} OBJECT EXCLUDE_FROM_ALL ${sources})
  target_link_libraries(check_headers_${name} PRIVATE cairn::${name} cairn_warnings)
  # No code is wanted, only the compiler's opinion.
  target_compile_options(check_headers_${name} PRIVATE -O0 -g0)
  add_dependencies(check_headers check_headers_${name})
endforeach()
