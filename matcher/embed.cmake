# embed.cmake -- writes the Lua scripts as one library of a Redis function into a table for C:
# SCRIPT (NAME, "name"), one row a file, and LIBRARY ("function", "text"). Run by the build with
# -D FOLDER=... -D OUTPUT=...
#
# The name of the library and of its function ends in a hash of all of it, so that matchers of two
# versions can be at work beside each other.

cmake_minimum_required (VERSION 3.25)

file (READ "${FOLDER}/shared.lua" text)
file (GLOB paths "${FOLDER}/*.lua")
list (SORT paths)
set (rows "// Made from matcher/scripts by matcher/embed.cmake.\n")
foreach (path IN LISTS paths)
    get_filename_component (name "${path}" NAME_WE)
    if (NOT name STREQUAL "shared")
        file (READ "${path}" own)
        string (APPEND text "do\n${own}add_script ('${name}', run, TOLD)\nend\n")
        string (TOUPPER "${name}" upper)
        string (APPEND rows "SCRIPT (${upper}, \"${name}\")\n")
    endif ()
endforeach ()
string (APPEND text "redis.register_function ('chat_@HASH@', serve)\n")
string (SHA256 hash "${text}")
string (SUBSTRING "${hash}" 0 16 hash)
string (REPLACE "@HASH@" "${hash}" text "#!lua name=chat_${hash}\n${text}")
string (REPLACE "\\" "\\\\" text "${text}")
string (REPLACE "\"" "\\\"" text "${text}")
string (REPLACE "\n" "\\n\"\n    \"" text "${text}")
string (REPLACE "@HASH@" "${hash}" rows "${rows}LIBRARY (\"chat_@HASH@\",\n    \"${text}\")\n")
file (WRITE "${OUTPUT}" "${rows}")
