# embed.cmake -- writes the Lua scripts as one library of Redis functions into a table for C:
# SCRIPT (NAME, "function"), one row a file, and LIBRARY ("text"). Run by the build with -D FOLDER=...
# -D OUTPUT=...
#
# The name of the library and of each function ends in a hash of all of it, so that matchers of two
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
        string (APPEND text "do\n${own}"
            "redis.register_function ('${name}_@HASH@', function (keys, arguments)\n"
            "    begin (keys, arguments)\n"
            "    return run ()\n"
            "end)\n"
            "end\n")
        string (TOUPPER "${name}" upper)
        string (APPEND rows "SCRIPT (${upper}, \"${name}_@HASH@\")\n")
    endif ()
endforeach ()
string (SHA256 hash "${text}")
string (SUBSTRING "${hash}" 0 16 hash)
string (REPLACE "@HASH@" "${hash}" text "#!lua name=chat_${hash}\n${text}")
string (REPLACE "\\" "\\\\" text "${text}")
string (REPLACE "\"" "\\\"" text "${text}")
string (REPLACE "\n" "\\n\"\n    \"" text "${text}")
string (REPLACE "@HASH@" "${hash}" rows "${rows}LIBRARY (\n    \"${text}\")\n")
file (WRITE "${OUTPUT}" "${rows}")
