# Finds the C client of NATS and defines the imported target Nats::nats. Its own package file also
# wants the libraries that it is linked with, in versions for development.
find_path(Nats_INCLUDE_DIR NAMES nats/nats.h)
find_library(Nats_LIBRARY NAMES nats)
mark_as_advanced(Nats_INCLUDE_DIR Nats_LIBRARY)

if(Nats_INCLUDE_DIR)
  file(STRINGS "${Nats_INCLUDE_DIR}/nats/version.h" _nats_version_line REGEX "#define[ \t]+NATS_VERSION_STRING")
  string(REGEX REPLACE ".*\"([0-9.]+).*\".*" "\\1" Nats_VERSION "${_nats_version_line}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Nats REQUIRED_VARS Nats_LIBRARY Nats_INCLUDE_DIR VERSION_VAR Nats_VERSION)

if(Nats_FOUND AND NOT TARGET Nats::nats)
  add_library(Nats::nats UNKNOWN IMPORTED)
  set_target_properties(Nats::nats PROPERTIES
    IMPORTED_LOCATION "${Nats_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${Nats_INCLUDE_DIR}")
endif()
