# The component nats of the installed package.
find_package(Nats 3.4 QUIET)
if(Nats_FOUND)
  include("${CMAKE_CURRENT_LIST_DIR}/cairn_natsTargets.cmake")
  set(cairn_nats_FOUND TRUE)
else()
  set(cairn_NOT_FOUND_MESSAGE "the component nats needs libnats 3.4")
endif()
