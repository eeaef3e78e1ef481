# The component search of the installed package. What it finds is kept in SQLite: ask for that, too.
include("${CMAKE_CURRENT_LIST_DIR}/cairn_searchTargets.cmake")
set(cairn_search_FOUND TRUE)
