# The component sqlite of the installed package.
find_package(SQLite3 3.38 QUIET)
if(SQLite3_FOUND)
  include("${CMAKE_CURRENT_LIST_DIR}/cairn_sqliteTargets.cmake")
  set(cairn_sqlite_FOUND TRUE)
else()
  set(cairn_NOT_FOUND_MESSAGE "the component sqlite needs libsqlite3 3.38")
endif()
