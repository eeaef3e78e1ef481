# The component postgres of the installed package.
find_package(PostgreSQL 14 QUIET)
if(PostgreSQL_FOUND)
  include("${CMAKE_CURRENT_LIST_DIR}/cairn_postgresTargets.cmake")
  set(cairn_postgres_FOUND TRUE)
else()
  set(cairn_NOT_FOUND_MESSAGE "the component postgres needs libpq 14")
endif()
