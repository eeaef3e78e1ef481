# The component kafka of the installed package.
find_package(RdKafka QUIET)
if(RdKafka_FOUND)
  include("${CMAKE_CURRENT_LIST_DIR}/cairn_kafkaTargets.cmake")
  set(cairn_kafka_FOUND TRUE)
else()
  set(cairn_NOT_FOUND_MESSAGE "the component kafka needs librdkafka")
endif()
