# Finds the headers of xxHash and defines XxHash::headers: everything is inlined, nothing is linked.
find_path(XxHash_INCLUDE_DIR NAMES xxhash.h)
mark_as_advanced(XxHash_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(XxHash REQUIRED_VARS XxHash_INCLUDE_DIR)

if(XxHash_FOUND AND NOT TARGET XxHash::headers)
  add_library(XxHash::headers INTERFACE IMPORTED)
  set_target_properties(XxHash::headers PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${XxHash_INCLUDE_DIR}"
    INTERFACE_COMPILE_DEFINITIONS XXH_INLINE_ALL)
endif()
